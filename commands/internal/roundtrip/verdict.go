package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// jobFate is what was seen of a check on its way.
type jobFate struct {
	last      wire.JobState
	first     *wire.FunctionStatus // its queue, when it was seen waiting first
	end       *wire.FunctionStatus // its queue at the end
	running   time.Time            // when it was seen running first; zero: never
	ran       time.Time            // when it was seen running last
	waiting   time.Time            // when it was seen waiting last
	gone      time.Time            // since when the server does not know it; zero: it does
	died      bool                 // it waited again after it had run
	lost      error                // the connection's error: nothing is known from then on
	undecoded error                // why a result that came cannot be read
}

// see takes what a server said.
func (f *jobFate) see(l jobLook) {
	if l.err != nil {
		f.lost = l.err
		return
	}
	f.last = l.state
	if l.queue != nil {
		f.first = l.queue
	}
	switch {
	case !l.state.Known:
		if f.gone.IsZero() {
			f.gone = l.at
		}
		return
	case l.state.Running:
		if f.running.IsZero() {
			f.running = l.at
		}
		f.ran = l.at
	default:
		f.waiting = l.at
		f.died = f.died || !f.running.IsZero()
	}
	f.gone = time.Time{}
}

// mayAnswer reports whether a result may still come.
func (f *jobFate) mayAnswer() bool { return f.lost != nil || f.last.Known && f.last.Running }

// discarded reports whether a worker took the check and did not run it, or answered with another key.
func (f *jobFate) discarded() bool {
	return f.undecoded != nil || f.lost == nil && !f.gone.IsZero() && f.ran.IsZero()
}

// cause says why no result came within waited.
func (f *jobFate) cause(server, queue string, waited time.Duration, key modgearman.Key) string {
	where := fmt.Sprintf("queue %s on %s", queue, server)
	within := cmderr.ShortDuration(waited.Round(time.Millisecond))
	switch {
	case f.undecoded != nil:
		return fmt.Sprintf("cannot decode the result from %s: %v (%s here)", where, f.undecoded, KeyName(key))
	case errors.Is(f.lost, context.DeadlineExceeded):
		return fmt.Sprintf("no result within %s; the outcome of the check in %s is unknown: the server stopped answering", within, where)
	case f.lost != nil:
		return fmt.Sprintf("no result within %s; the outcome of the check in %s is unknown: %v", within, where, f.lost)
	case !f.gone.IsZero() && !f.ran.IsZero():
		return fmt.Sprintf("a worker of %s ran the check for about %s but no result came back: it went to another server or queue", where, output.Seconds(f.ran.Sub(f.running).Seconds()))
	case !f.gone.IsZero():
		return fmt.Sprintf("a worker took the check from %s but no result came back: the keys probably differ (%s here)", where, KeyName(key))
	case f.last.Running:
		return fmt.Sprintf("late: the check from %s is still running after %s; its result will come too late", where, within)
	case f.died:
		return fmt.Sprintf("the worker died: it took the check from %s, which was requeued after %s", where, within)
	case f.first != nil && f.first.Workers == 0 && (f.end == nil || f.end.Workers == 0):
		return fmt.Sprintf("no worker serves %s (waited %s)", where, within)
	}
	return fmt.Sprintf("no worker took the check from %s within %s%s", where, within, f.crowd())
}

// crowd tells who could have taken the check, and how many jobs stand there.
func (f *jobFate) crowd() string {
	q := f.end
	if q == nil {
		return ""
	}
	return fmt.Sprintf(": %s, %s waiting, %d running", output.Plural(q.Workers, "worker", "workers"), output.Plural(q.Waiting(), "job", "jobs"), q.Running)
}

func KeyName(key modgearman.Key) string {
	if key.IsZero() {
		return "no encryption"
	}
	return key.String()
}
