package commands

import (
	"errors"

	"gearctl/wire"
)

// someFailed makes one error of errs: *partial when some of the work was done.
func someFailed(errs []error, some bool) error {
	switch {
	case len(errs) == 0:
		return nil
	case some:
		return &partial{errs}
	}
	return errors.Join(errs...)
}

// badLines returns what says that lines of an answer could not be read: the rest was printed, so it is partial.
func badLines(bad []*wire.LineError) error {
	errs := make([]error, 0, len(bad))
	for _, b := range bad {
		errs = append(errs, b)
	}
	return someFailed(errs, true)
}

// mergeErrors joins the outcomes of several steps of a command, partial if any of them was.
func mergeErrors(steps ...error) error {
	var all []error
	some := false
	for _, err := range steps {
		var p *partial
		some = some || errors.As(err, &p)
		all = append(all, flatten(err)...)
	}
	return someFailed(all, some)
}
