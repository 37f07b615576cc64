package cmderr

import (
	"errors"

	"gearctl/wire"
)

// SomeFailed joins errs, as *Partial if some of the work was done.
func SomeFailed(errs []error, some bool) error {
	switch {
	case len(errs) == 0:
		return nil
	case some:
		return &Partial{errs}
	}
	return errors.Join(errs...)
}

// BadLines returns the error for answer lines that could not be parsed: *Partial, because the rest was printed.
func BadLines(bad []*wire.LineError) error {
	errs := make([]error, 0, len(bad))
	for _, b := range bad {
		errs = append(errs, b)
	}
	return SomeFailed(errs, true)
}

// MergeErrors joins the errors of several steps of a command, as *Partial if any of them is.
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
