package status

import (
	"fmt"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// unanswered is the error of all servers that did not answer, whose rows say so, or that have no row.
type unanswered struct {
	text string
	errs []error
}

func (e *unanswered) Error() string { return e.text }

// Unwrap returns the error that decides about the exit code and the hint: the first of a server that could be reached, if any.
func (e *unanswered) Unwrap() error {
	return e.errs[max(0, slices.IndexFunc(e.errs, func(err error) bool { return !wire.IsUnreachable(err) }))]
}

// namedFailures is how many servers that did not answer are named.
const namedFailures = 5

// noAnswer is the error of the servers that did not answer, nil if all did.
func noAnswer(states []serverState) error {
	e := &unanswered{}
	var names []string
	for i := range states {
		st := &states[i]
		if st.err == nil {
			continue
		}
		e.errs = append(e.errs, st.err)
		names = append(names, st.server+" ("+failureText(st.server, st.err)+")")
	}
	switch n := len(names); {
	case n == 0:
		return nil
	case len(states) == 1:
		return e.errs[0]
	case n > namedFailures:
		names = append(names[:namedFailures], fmt.Sprintf("and %d more", n-namedFailures))
	}
	e.text = fmt.Sprintf("%d of %d servers did not answer: %s", len(e.errs), len(states), strings.Join(names, ", "))
	return cmderr.SomeFailed([]error{e}, len(e.errs) < len(states))
}
