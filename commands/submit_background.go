package commands

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// bulkRow is what a table shows of many background jobs; json and jsonl have a row for each job.
type bulkRow struct {
	Server    string  `json:"server"`
	Queue     string  `json:"queue" out:"wide"`
	Submitted int64   `json:"submitted"`
	Refused   int64   `json:"refused"`
	Merged    int64   `json:"merged"` // into jobs with the same unique key
	Bytes     int64   `json:"bytes" out:"bytes"`
	Duration  float64 `json:"duration_seconds" out:"seconds"`
}

// Style marks what did not become a job.
func (r bulkRow) Style(key string) output.Style {
	if key == "refused" && r.Refused > 0 || key == "merged" && r.Merged > 0 {
		return output.Bad
	}
	return output.Plain
}

// jobYielder makes jobs, each valid until the next. It calls idle before it waits for input.
type jobYielder interface {
	jobs(ctx context.Context, idle func() error) iter.Seq2[*wire.Submission, error]
}

// bulkJobs says which background jobs are submitted, and how.
type bulkJobs struct {
	queue  string
	packet wire.Type // that submits them
	window int       // jobs in flight
	all    bool      // to every server, not to the first that accepts
	many   bool      // there may be more than one
}

// bulk is a running submission of background jobs to one or several servers.
type bulk struct {
	jobs    bulkJobs
	log     Log
	now     func() time.Time
	rows    *output.Printer[submitRow] // nil when totals is not
	totals  *output.Printer[bulkRow]
	targets []*target
	errs    []error
	start   time.Time
	mu      sync.Mutex // guards rows and printed: receipts come from a goroutine for each server
	printed bool       // a row
	told    bool       // of a job without data
}

// run submits the jobs of source over conns, which it closes.
func (b *bulk) run(ctx context.Context, conns []*wire.Conn, source jobYielder) error {
	for _, c := range conns {
		defer c.Close()
		b.add(ctx, c)
	}
	b.errs = append(b.errs, flatten(b.send(ctx, source))...)
	return b.finish(ctx)
}

// target is one server that gets the jobs.
type target struct {
	conn    *wire.Conn
	submit  *wire.Submitter
	failed  error
	row     bulkRow
	refusal error // the first
}

func (b *bulk) add(ctx context.Context, c *wire.Conn) {
	t := &target{conn: c, row: bulkRow{Server: c.Server(), Queue: b.jobs.queue}}
	// What is in flight is waited for also when the user interrupts: the answers tell which jobs there are.
	t.submit = wire.NewSubmitter(context.WithoutCancel(ctx), c, b.jobs.window, func(r wire.SubmitResult) error { return b.receipt(t, r) })
	b.targets = append(b.targets, t)
}

func (b *bulk) send(ctx context.Context, source jobYielder) error {
	for job, err := range source.jobs(ctx, b.flush) {
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

// sendOne hands job to every target that still works, and reports whether there is one.
func (b *bulk) sendOne(job *wire.Submission) bool {
	if len(job.Workload) == 0 && !b.told {
		b.told = true
		b.log.Info("%s: a job has no data: %s", b.jobs.queue, emptyJobs)
	}
	alive := false
	for _, t := range b.targets {
		if t.failed == nil {
			t.row.Bytes += int64(len(job.Workload))
			t.failed = t.submit.Send(job)
		}
		alive = alive || t.failed == nil
	}
	return alive
}

// flush is called before waiting for input: what was read so far must not wait with us.
func (b *bulk) flush() error {
	for _, t := range b.targets {
		if t.failed == nil {
			t.failed = t.submit.Flush()
		}
	}
	if b.rows == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rows.Flush()
}

func (b *bulk) receipt(t *target, r wire.SubmitResult) error {
	row := submitRow{Server: t.row.Server, Queue: t.row.Queue, Handle: string(r.Handle), Unique: r.Unique, State: stateCreated}
	if r.Err != nil {
		row.State, row.Result = stateRefused, refusal(r.Err, b.jobs.packet)
		t.row.Refused++
		if t.refusal == nil {
			t.refusal = r.Err
		}
	} else {
		t.row.Submitted++
		if r.Merged {
			t.row.Merged++
		}
	}
	if b.rows == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.printed = true
	return b.rows.Print(row)
}

// refusal says why a server refused a job.
func refusal(err error, t wire.Type) string {
	if isUnknownPacket(err) {
		return "the server has no " + t.String()
	}
	return err.Error()
}

// finish waits for the answers still due and tells what became of the jobs.
func (b *bulk) finish(ctx context.Context) error {
	var done int64
	rows := make([]bulkRow, 0, len(b.targets))
	for _, t := range b.targets {
		b.errs = append(b.errs, flatten(t.close(context.WithoutCancel(ctx), b.jobs.packet))...)
		t.row.Duration = b.now().Sub(b.start).Seconds()
		done += t.row.Submitted
		rows = append(rows, t.row)
		if t.row.Merged > 0 && b.rows != nil {
			b.log.Info("%s: %s merged into a waiting job with the same unique key", t.row.Server, output.Plural(t.row.Merged, "job was", "jobs were"))
		}
	}
	switch {
	case b.rows != nil && (b.printed || len(b.errs) == 0):
		b.errs = append(b.errs, flatten(b.rows.Close())...)
	case b.rows == nil:
		b.errs = append(b.errs, flatten(b.totals.PrintAll(rows))...)
	}
	for _, err := range b.errs {
		if errors.Is(err, errInterrupted) {
			b.log.Info("interrupted: %s on the server", output.Plural(done, "job is", "jobs are"))
		}
	}
	return someFailed(b.errs, done > 0 && !errors.Is(errors.Join(b.errs...), errInterrupted))
}

// close ends the target's Submitter and says what it leaves open.
func (t *target) close(ctx context.Context, packet wire.Type) error {
	sent, answered, err := t.submit.Close()
	if t.failed != nil {
		err = t.failed
	}
	if err != nil && sent > answered {
		err = errorf("%w: %d jobs were accepted, %d more are unconfirmed and may or may not be there", err, t.row.Submitted, sent-answered)
	}
	if t.refusal == nil {
		return err
	}
	why := explainSubmission(ctx, t.conn, t.refusal, packet)
	return errors.Join(err, errorf("submit to queue %s on %s: %s refused: %w",
		t.row.Queue, t.row.Server, output.Plural(t.row.Refused, "job", "jobs"), why))
}
