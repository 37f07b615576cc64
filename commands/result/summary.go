package result

import (
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// finish waits for the answers still due, prints what became of the results, and returns what went wrong: err, that
// of reading them, first.
func (s *dispatcher) finish(err error) error {
	if s.rows != nil && errors.Is(err, s.printError()) {
		err = nil // closing the printer returns it
	}
	errs := cmderr.Flatten(err)
	var rows []serverRow
	var sent int64
	for _, o := range s.senders {
		problems := o.close()
		for _, row := range o.rows {
			row.Bad, row.Duration = s.bad, s.env.Now().Sub(s.start).Seconds()
			rows = append(rows, *row)
		}
		if o.role == roleDupserver {
			s.warnCopies(problems)
			continue
		}
		errs = append(errs, problems...)
		for _, row := range o.rows {
			sent += row.Sent
		}
	}
	if s.bad > 0 {
		errs = append(errs, s.badError(sent))
	}
	errs = append(errs, s.print(rows, sent)...)
	interrupted := errors.Is(errors.Join(errs...), cmderr.ErrInterrupted)
	if interrupted {
		s.env.Info("interrupted: %s accepted", output.Plural(sent, "result was", "results were"))
	}
	return cmderr.SomeFailed(errs, sent > 0 && !interrupted)
}

// warnCopies tells what is wrong with a dupserver, which is no failure: the results themselves went their way.
func (s *dispatcher) warnCopies(problems []error) {
	for _, err := range problems {
		s.env.Warn("dupserver: %s", s.env.OneLine(err))
	}
}

func (s *dispatcher) badError(sent int64) error {
	if !s.several() {
		return cmderr.Errorf("the result was not sent")
	}
	bad := output.Plural(s.bad, s.unit(), map[string]string{"line": "lines", "child": "children"}[s.unit()])
	err := cmderr.Errorf("%s could not be sent, see above", bad)
	if sent > 0 || !s.o.lines {
		return err
	}
	return cmderr.WithHint(err, "a line is HOST, SERVICE, CODE, OUTPUT or HOST, CODE, OUTPUT separated by %q; set --delimiter for another separator", s.o.delimiter)
}

// print writes the rows of the servers, or ends those of the results.
func (s *dispatcher) print(rows []serverRow, sent int64) []error {
	if s.rows == nil {
		return cmderr.Flatten(s.totals.PrintAll(rows))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.rows.Close()
	if cmderr.IsReaderGone(err) {
		err = cmderr.Errorf("send to queue %s: %w: %s accepted until then", s.o.queue, cmderr.ErrReaderGone, output.Plural(sent, "result was", "results were"))
	}
	return cmderr.Flatten(err)
}
