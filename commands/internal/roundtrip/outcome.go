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

// jobOutcome is what was observed of a check between submission and result.
type jobOutcome struct {
	last         wire.JobState
	queuedIn     *wire.FunctionStatus // its queue when it was first seen waiting
	finalQueue   *wire.FunctionStatus // its queue at the end
	firstRunning time.Time            // when it was first seen running; zero: never
	lastRunning  time.Time            // when it was last seen running
	lastWaiting  time.Time            // when it was last seen waiting
	unknownSince time.Time            // since when the server no longer knows it; zero: it does
	workerDied   bool                 // it was requeued after it had run
	connErr      error                // of the connection: nothing is known after that
	decodeErr    error                // why a result that arrived cannot be decoded
}

// update adds an observation.
func (f *jobOutcome) update(o observation) {
	if o.err != nil {
		f.connErr = o.err
		return
	}
	f.last = o.state
	if o.queue != nil {
		f.queuedIn = o.queue
	}
	switch {
	case !o.state.Known:
		if f.unknownSince.IsZero() {
			f.unknownSince = o.at
		}
		return
	case o.state.Running:
		if f.firstRunning.IsZero() {
			f.firstRunning = o.at
		}
		f.lastRunning = o.at
	default:
		f.lastWaiting = o.at
		f.workerDied = f.workerDied || !f.firstRunning.IsZero()
	}
	f.unknownSince = time.Time{}
}

// mayAnswer reports whether a result may still arrive.
func (f *jobOutcome) mayAnswer() bool { return f.connErr != nil || f.last.Known && f.last.Running }

// discarded reports whether a worker took the check without running it, or answered with another key.
func (f *jobOutcome) discarded() bool {
	return f.decodeErr != nil || f.connErr == nil && !f.unknownSince.IsZero() && f.lastRunning.IsZero()
}

// cause explains why no result arrived within waited.
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

// queueSummary describes the workers and jobs of the queue at the end.
func (f *jobOutcome) queueSummary() string {
	q := f.finalQueue
	if q == nil {
		return ""
	}
	return fmt.Sprintf(": %s, %s waiting, %d running", output.Plural(q.Workers, "worker", "workers"), output.Plural(q.Waiting(), "job", "jobs"), q.Running)
}

// KeyName describes the key in use for messages: its fingerprint, or that there is none.
func KeyName(key modgearman.Key) string {
	if key.IsZero() {
		return "no encryption"
	}
	return key.String()
}
