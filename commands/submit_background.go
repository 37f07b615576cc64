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

// submitBackground submits the jobs of source with many in flight.
func submitBackground(ctx context.Context, env *Env, o *submitOptions, source jobYielder) error {
	b := &bulk{env: env, o: o, start: env.Now()}
	if err := b.openPrinter(); err != nil {
		return err
	}
	if err := b.open(ctx); err != nil && len(b.targets) == 0 {
		return err
	} else if err != nil {
		b.errs = append(b.errs, flatten(err)...)
	}
	defer b.closeConns()
	b.errs = append(b.errs, flatten(b.send(ctx, source))...)
	return b.finish(ctx)
}

// bulk is a running submission of background jobs to one or several servers.
type bulk struct {
	env     *Env
	o       *submitOptions
	start   time.Time
	targets []*target
	errs    []error
	mu      sync.Mutex                 // guards rows and printed: receipts come from a goroutine for each server
	rows    *output.Printer[submitRow] // nil when totals is not
	totals  *output.Printer[bulkRow]
	printed bool // a row
	told    bool // of a job without data
}

// target is one server that gets the jobs.
type target struct {
	conn    *wire.Conn
	submit  *wire.Submitter
	failed  error
	row     bulkRow
	refusal error // the first
}

// aggregated reports whether the output is a row for each server, not for each job: a table has to be kept until
// it is complete.
func (b *bulk) aggregated() bool {
	f, _ := b.env.format()
	return f.Kind == "table" && (b.o.lines || b.o.count > 1)
}

func (b *bulk) open(ctx context.Context) error {
	d, servers, err := b.env.network()
	if err != nil {
		return err
	}
	if !b.o.all {
		c, skipped, err := d.DialFirst(ctx, servers)
		if err != nil {
			return err
		}
		b.env.noteSkipped(skipped, c.Server())
		b.add(ctx, c)
		return nil
	}
	var errs []error
	for _, server := range servers {
		c, err := d.Dial(ctx, server)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.add(ctx, c)
	}
	return errors.Join(errs...)
}

func (b *bulk) add(ctx context.Context, c *wire.Conn) {
	t := &target{conn: c, row: bulkRow{Server: c.Server(), Queue: b.o.queue}}
	// What is in flight is waited for also when the user interrupts: the answers tell which jobs there are.
	t.submit = wire.NewSubmitter(context.WithoutCancel(ctx), c, b.o.window, func(r wire.SubmitResult) error { return b.receipt(t, r) })
	b.targets = append(b.targets, t)
}

func (b *bulk) closeConns() {
	for _, t := range b.targets {
		t.conn.Close()
	}
}

func (b *bulk) openPrinter() (err error) {
	if b.aggregated() {
		b.totals, err = newPrinter[bulkRow](b.env, output.Options{HideInTable: b.env.serverColumn()})
		return err
	}
	b.rows, err = newPrinter[submitRow](b.env, output.Options{HideInTable: append(b.env.serverColumn(), "result")})
	return err
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
		b.env.Info("%s: a job has no data: %s", b.o.queue, emptyJobs)
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
		row.State, row.Result = stateRefused, refusal(r.Err, b.o.packet())
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
		b.errs = append(b.errs, flatten(t.close(context.WithoutCancel(ctx), b.o))...)
		t.row.Duration = b.env.Now().Sub(b.start).Seconds()
		done += t.row.Submitted
		rows = append(rows, t.row)
		if t.row.Merged > 0 && b.rows != nil {
			b.env.Info("%s: %s merged into a waiting job with the same unique key", t.row.Server, output.Plural(t.row.Merged, "job was", "jobs were"))
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
			b.env.Info("interrupted: %s on the server", output.Plural(done, "job is", "jobs are"))
		}
	}
	return someFailed(b.errs, done > 0 && !errors.Is(errors.Join(b.errs...), errInterrupted))
}

// close ends the target's Submitter and says what it leaves open.
func (t *target) close(ctx context.Context, o *submitOptions) error {
	sent, answered, err := t.submit.Close()
	if t.failed != nil {
		err = t.failed
	}
	if err != nil && sent > answered {
		err = errorf("%w: %d jobs were accepted, %d more were sent without an answer and may or may not be there", err, t.row.Submitted, sent-answered)
	}
	if t.refusal == nil {
		return err
	}
	why := explainSubmission(ctx, t.conn, t.refusal, o.packet())
	return errors.Join(err, errorf("submit to queue %s on %s: %s refused: %w",
		t.row.Queue, t.row.Server, output.Plural(t.row.Refused, "job", "jobs"), why))
}
