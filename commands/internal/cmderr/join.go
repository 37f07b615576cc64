package cmderr

import (
	"errors"

	"gearctl/wire"
)

// SomeFailed makes one error of errs: *partial when some of the work was done.
func SomeFailed(errs []error, some bool) error {
	switch {
	case len(errs) == 0:
		return nil
	case some:
		return &Partial{errs}
	}
	return errors.Join(errs...)
}

// BadLines returns what says that lines of an answer could not be read: the rest was printed, so it is partial.
func BadLines(bad []*wire.LineError) error {
	errs := make([]error, 0, len(bad))
	for _, b := range bad {
		errs = append(errs, b)
	}
	return SomeFailed(errs, true)
}

// MergeErrors joins the outcomes of several steps of a command, partial if any of them was.
func MergeErrors(steps ...error) error {
	var all []error
	some := false
	for _, err := range steps {
		var p *Partial
		some = some || errors.As(err, &p)
		all = append(all, Flatten(err)...)
	}
	return SomeFailed(all, some)
}
