// Package bulk submits many background jobs to one or several servers and reports what became of them.
package bulk

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// TotalRow is the row of a table for many background jobs on a server; json and jsonl have a row per job.
type TotalRow struct {
	Server    string  `json:"server" out:"name"`
	Queue     string  `json:"queue" out:"name"`
	Submitted int64   `json:"submitted" out:"keep"`
	Refused   int64   `json:"refused" out:"drop8"`
	Merged    int64   `json:"merged" out:"drop6"` // into jobs with the same unique key
	Bytes     int64   `json:"bytes" out:"bytes,drop2"`
	Duration  float64 `json:"duration_seconds" out:"seconds,drop1"`
}

// Style marks refused and merged jobs.
func (r TotalRow) Style(key string) output.Style {
	if key == "refused" && r.Refused > 0 || key == "merged" && r.Merged > 0 {
		return output.Bad
	}
	return output.Plain
}

// Source yields jobs, each valid until the next. It calls idle before it waits for input.
type Source interface {
	Jobs(ctx context.Context, idle func() error) iter.Seq2[*wire.Submission, error]
}

// Request describes which background jobs to submit, and how.
type Request struct {
	Queue  string
	Packet wire.Type // the packet type that submits them
	Window int       // jobs in flight
	All    bool      // submit to every server, not to the first that accepts
	Many   bool      // there may be more than one job
	At     time.Time // when the jobs are due; zero: at once
}

// Batch is a running submission of background jobs to one or several servers.
type Batch struct {
	Request    Request
	Log        cmderr.Log
	Now        func() time.Time
	Rows       *output.Printer[JobRow] // nil if Totals is set
	Totals     *output.Printer[TotalRow]
	targets    []*target
	Errs       []error
	Start      time.Time
	mu         sync.Mutex // guards Rows and printed: every server reports results from its own goroutine
	printed    bool       // at least one row
	emptyNoted bool       // the note about jobs without data was logged
}

// Run submits the jobs of source over conns and closes them.
func (b *Batch) Run(ctx context.Context, conns []*wire.Conn, source Source) error {
	for _, c := range conns {
		defer c.Close()
		b.add(ctx, c)
	}
	b.Errs = append(b.Errs, cmderr.Flatten(b.send(ctx, source))...)
	return b.finish(ctx)
}

// target is a server to which the jobs are submitted.
type target struct {
	conn    *wire.Conn
	submit  *wire.Submitter
	failed  error
	row     TotalRow
	sent    atomic.Int64
	refusal error  // the first one
	last    string // handle of the last job that was accepted
}

func (b *Batch) add(ctx context.Context, c *wire.Conn) {
	t := &target{conn: c, row: TotalRow{Server: c.Server(), Queue: b.Request.Queue}}
	// Wait for answers in flight even after an interrupt: they show which jobs were accepted.
	t.submit = wire.NewSubmitter(wire.Outlast(ctx), c, b.Request.Window, func(r wire.SubmitResult) error { return b.record(t, r) })
	b.targets = append(b.targets, t)
}

func (b *Batch) send(ctx context.Context, source Source) error {
	for job, err := range source.Jobs(ctx, b.flush) {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if !b.sendOne(job) {
			return nil
		}
	}
	return nil
}

// sendOne submits job to every target that has not failed, and reports whether there is one.
func (b *Batch) sendOne(job *wire.Submission) bool {
	if len(job.Workload) == 0 && !b.emptyNoted {
		b.emptyNoted = true
		b.Log.Info("%s: a job has no data: %s", b.Request.Queue, servers.EmptyJobsRisk)
	}
	alive := false
	for _, t := range b.targets {
		if t.failed == nil {
			t.row.Bytes += int64(len(job.Workload))
			t.sent.Add(1)
			t.failed = t.submit.Send(job)
		}
		alive = alive || t.failed == nil
	}
	return alive
}

// flush is called before waiting for input, so that jobs read so far are not delayed.
func (b *Batch) flush() error {
	for _, t := range b.targets {
		if t.failed == nil {
			t.failed = t.submit.Flush()
		}
	}
	if b.Rows == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Rows.Flush()
}

func (b *Batch) record(t *target, r wire.SubmitResult) error {
	row := JobRow{Server: t.row.Server, Queue: t.row.Queue, Handle: string(r.Handle), Unique: r.Unique, At: b.Request.At, State: StateCreated}
	if r.Err != nil {
		row.State, row.Result = StateRefused, refusal(r.Err, b.Request.Packet)
		t.row.Refused++
		if t.refusal == nil {
			t.refusal = r.Err
		}
	} else {
		t.row.Submitted++
		t.last = row.Handle
		if r.Merged {
			t.row.Merged++
		}
	}
	if b.Rows == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printed = true
	err := b.Rows.Print(row)
	if err == nil && t.row.Submitted+t.row.Refused == t.sent.Load() { // there may be no more for long
		err = b.Rows.Flush()
	}
	return err
}

// refusal describes why a server refused a job.
func refusal(err error, t wire.Type) string {
	if servers.IsUnknownPacket(err) {
		return "the server has no " + t.String()
	}
	return err.Error()
}

// finish waits for the outstanding answers and reports the outcome.
func (b *Batch) finish(ctx context.Context) error {
	var done int64
	rows := make([]TotalRow, 0, len(b.targets))
	for _, t := range b.targets {
		b.Errs = append(b.Errs, cmderr.Flatten(t.close(wire.Outlast(ctx), b.Request.Packet))...)
		t.row.Duration = b.Now().Sub(b.Start).Seconds()
		done += t.row.Submitted
		rows = append(rows, t.row)
		if t.row.Merged > 0 && b.Rows != nil {
			b.Log.Info("%s: %s merged into a waiting job with the same unique key", t.row.Server, output.Plural(t.row.Merged, "job was", "jobs were"))
		}
	}
	switch {
	case b.Rows != nil && (b.printed || len(b.Errs) == 0):
		b.Errs = append(b.Errs, cmderr.Flatten(b.Rows.Close())...)
	case b.Rows == nil:
		b.Errs = append(b.Errs, cmderr.Flatten(b.Totals.PrintAll(rows))...)
	}
	b.noteLater(ctx)
	for _, err := range b.Errs {
		if errors.Is(err, cmderr.ErrInterrupted) {
			b.Log.Info("interrupted: %s on the server", output.Plural(done, "job is", "jobs are"))
		}
	}
	return cmderr.SomeFailed(b.Errs, done > 0 && !errors.Is(errors.Join(b.Errs...), cmderr.ErrInterrupted))
}

// close closes the target's Submitter and reports refused and unconfirmed jobs.
func (t *target) close(ctx context.Context, packet wire.Type) error {
	sent, answered, err := t.submit.Close()
	if t.failed != nil {
		err = t.failed
	}
	if err != nil && sent > answered {
		err = cmderr.Errorf("%w: %s accepted, %s unconfirmed and may or may not be there", err,
			output.Plural(t.row.Submitted, "job was", "jobs were"), output.Plural(sent-answered, "more is", "more are"))
	}
	if t.refusal == nil {
		return err
	}
	why := servers.ExplainSubmission(ctx, t.conn, t.refusal, packet)
	return errors.Join(err, cmderr.Errorf("submit to queue %s on %s: %s refused: %w",
		t.row.Queue, t.row.Server, output.Plural(t.row.Refused, "job", "jobs"), why))
}
