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

// jobOutcome is what was seen of a check on its way.
type jobOutcome struct {
	last         wire.JobState
	queuedIn     *wire.FunctionStatus // its queue, when it was seen waiting first
	finalQueue   *wire.FunctionStatus // its queue at the end
	firstRunning time.Time            // when it was seen running first; zero: never
	lastRunning  time.Time            // when it was seen running last
	lastWaiting  time.Time            // when it was seen waiting last
	unknownSince time.Time            // since when the server does not know it; zero: it does
	workerDied   bool                 // it waited again after it had run
	connErr      error                // the connection's error: nothing is known from then on
	decodeErr    error                // why a result that came cannot be read
}

// update takes what a server said.
func (f *jobOutcome) update(l observation) {
	if l.err != nil {
		f.connErr = l.err
		return
	}
	f.last = l.state
	if l.queue != nil {
		f.queuedIn = l.queue
	}
	switch {
	case !l.state.Known:
		if f.unknownSince.IsZero() {
			f.unknownSince = l.at
		}
		return
	case l.state.Running:
		if f.firstRunning.IsZero() {
			f.firstRunning = l.at
		}
		f.lastRunning = l.at
	default:
		f.lastWaiting = l.at
		f.workerDied = f.workerDied || !f.firstRunning.IsZero()
	}
	f.unknownSince = time.Time{}
}

// mayAnswer reports whether a result may still come.
func (f *jobOutcome) mayAnswer() bool { return f.connErr != nil || f.last.Known && f.last.Running }

// discarded reports whether a worker took the check and did not run it, or answered with another key.
func (f *jobOutcome) discarded() bool {
	return f.decodeErr != nil || f.connErr == nil && !f.unknownSince.IsZero() && f.lastRunning.IsZero()
}

// cause says why no result came within waited.
func (f *jobOutcome) cause(server, queue string, waited time.Duration, key modgearman.Key) string {
	where := fmt.Sprintf("queue %s on %s", queue, server)
	within := cmderr.ShortDuration(waited.Round(time.Millisecond))
	switch {
	case f.decodeErr != nil:
		return fmt.Sprintf("cannot decode the result from %s: %v (%s here)", where, f.decodeErr, KeyName(key))
	case errors.Is(f.connErr, context.DeadlineExceeded):
		return fmt.Sprintf("no result within %s; the outcome of the check in %s is unknown: the server stopped answering", within, where)
	case f.connErr != nil:
		return fmt.Sprintf("no result within %s; the outcome of the check in %s is unknown: %v", within, where, f.connErr)
	case !f.unknownSince.IsZero() && !f.lastRunning.IsZero():
		return fmt.Sprintf("a worker of %s ran the check for about %s but no result came back: it went to another server or queue", where, output.Seconds(f.lastRunning.Sub(f.firstRunning).Seconds()))
	case !f.unknownSince.IsZero():
		return fmt.Sprintf("a worker took the check from %s but no result came back: the keys probably differ (%s here)", where, KeyName(key))
	case f.last.Running:
		return fmt.Sprintf("late: the check from %s is still running after %s; its result will come too late", where, within)
	case f.workerDied:
		return fmt.Sprintf("the worker died: it took the check from %s, which was requeued after %s", where, within)
	case f.queuedIn != nil && f.queuedIn.Workers == 0 && (f.finalQueue == nil || f.finalQueue.Workers == 0):
		return fmt.Sprintf("no worker serves %s (waited %s)", where, within)
	}
	return fmt.Sprintf("no worker took the check from %s within %s%s", where, within, f.queueSummary())
}

// queueSummary tells who could have taken the check, and how many jobs stand there.
func (f *jobOutcome) queueSummary() string {
	q := f.finalQueue
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
