package replay

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// replayer submits the records of archives.
type replayer struct {
	env    *cli.Env
	o      *options
	start  time.Time
	source *source
	done   *checkpoint
	server string
	bar    *output.Progress

	mu          sync.Mutex // guards what receipt changes, in a goroutine of the Submitter
	rows        map[string]*row
	pending     []submitted // in order of submission
	refused     error       // the first refusal
	packet      wire.Type   // of the refused job
	resubmitted int64       // jobs already waiting, from a killed run
}

// submitted is a record whose answer is outstanding.
type submitted struct {
	row    *row
	at     position
	bytes  int
	packet wire.Type
}

func (r *replayer) run(ctx context.Context) error {
	if r.o.dryRun {
		for rec := range r.source.each(ctx) {
			row := r.row(rec.Record)
			row.Records++
			if row.WouldSubmit == nil {
				row.WouldSubmit = new(int64)
			}
			*row.WouldSubmit++
			row.Bytes += int64(len(rec.Data))
			row.countEmpty(len(rec.Data))
		}
		return r.problems(nil)
	}
	d, addrs, err := r.env.Network()
	if err != nil {
		return err
	}
	c, skipped, err := d.DialFirst(ctx, addrs)
	if err != nil {
		return err
	}
	r.env.NoteSkipped(skipped, c.Server())
	defer c.Close()
	r.server = c.Server()
	if err := r.done.setTarget(servers.Endpoint{Server: r.server, Queue: r.o.queue}.String()); err != nil {
		return err
	}
	r.bar = r.env.Progress("replay", r.source.records)
	if err = r.send(ctx, c); err == nil {
		r.bar.Set(r.source.records) // including those left out
	}
	r.bar.Finish()
	return r.problems(err)
}

func (r *replayer) send(ctx context.Context, c *wire.Conn) error {
	// An interrupt does not end the wait for answers: they say which jobs are on the server.
	s := wire.NewSubmitter(wire.Outlast(ctx), c, r.o.window, r.receipt)
	s.DetectMerged()
	r.source.idle = s.Flush
	err := r.sendAll(ctx, s)
	sent, answered, closed := s.Finish()
	if err == nil {
		err = closed
	}
	if left := s.RemoveCanaries(closed); closed == nil && left != nil { // no job is in doubt because of that
		r.env.Verbose("%v", left)
	}
	switch {
	case err != nil && sent > answered:
		err = cmderr.Errorf("replay: %w: %s unconfirmed and may or may not be there", err, output.Plural(sent-answered, "job was", "jobs were"))
	case err == nil && r.refused != nil:
		err = r.refusal(wire.Outlast(ctx), c)
	case err == nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	if sent == answered {
		r.done.allAnswered()
	}
	return cmderr.MergeErrors(err, r.done.save())
}

func (r *replayer) sendAll(ctx context.Context, s *wire.Submitter) error {
	pace, pausing := &pacer{rate: r.o.rate, now: r.env.Now}, ctx
	if slices.Contains(r.o.files, "-") {
		pausing = wire.Outlast(ctx)
	}
	job := &wire.Submission{Background: true}
	for rec := range r.source.each(ctx) {
		if alive, err := pace.wait(pausing, s.Flush); !alive || err != nil {
			return err
		}
		if !r.fill(job, rec) {
			return nil
		}
		if err := r.done.beforeSubmit(rec.at); err != nil {
			return err
		}
		if err := s.Send(job); err != nil {
			return err
		}
	}
	return nil
}

// fill makes the job of a record, whose answer is then outstanding. It reports false if the server accepts no more.
func (r *replayer) fill(job *wire.Submission, rec entry) bool {
	row := r.row(rec.Record)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refused != nil {
		return false
	}
	row.Records++
	job.Function, job.Unique, job.Workload = row.Queue, rec.unique, rec.Data
	job.Priority = cmp.Or(r.o.asPriority, rec.Priority)
	r.pending = append(r.pending, submitted{row, rec.at, len(rec.Data), job.Type()})
	return true
}

// row returns the row of the queue that a record goes to.
func (r *replayer) row(rec *archive.Record) *row {
	r.mu.Lock()
	defer r.mu.Unlock()
	queue := cmp.Or(r.o.queue, rec.Queue)
	if r.rows[queue] == nil {
		r.rows[queue] = &row{Server: r.server, Queue: queue}
	}
	return r.rows[queue]
}

// countSkipped counts a record that is left out.
func (r *replayer) countSkipped(rec *archive.Record, duplicate bool) {
	row := r.row(rec)
	if duplicate {
		row.Duplicate++
	} else {
		row.Unmatched++
	}
}

// countRefused counts a record that no server accepts.
func (r *replayer) countRefused(rec *archive.Record) {
	row := r.row(rec)
	r.mu.Lock()
	defer r.mu.Unlock()
	row.Records++
	row.Refused++
}

func (r *replayer) receipt(answer wire.SubmitResult) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	sent := r.pending[0]
	r.pending = r.pending[1:]
	switch {
	case answer.Err != nil:
		sent.row.Refused++
		r.done.skip(sent.at)
		if r.refused == nil {
			r.refused, r.packet = answer.Err, sent.packet
		}
		return nil
	case answer.Merged && sent.at.maybeSubmitted():
		r.resubmitted++
	case answer.Merged && !r.o.coalesce:
		sent.row.Coalesced++
		r.done.skip(sent.at)
		return nil
	case answer.Merged:
		sent.row.Coalesced++
	default:
		sent.row.Submitted++
		sent.row.Bytes += int64(sent.bytes)
		sent.row.countEmpty(sent.bytes)
	}
	if answer.Number%progressInterval == 0 {
		r.bar.Set(answer.Number + 1)
	}
	return r.done.markDone(sent.at, r.env.Now())
}

// progressInterval is how many answers pass between two updates of the progress bar.
const progressInterval = 256

// refusal is the error that the server accepts no more jobs.
func (r *replayer) refusal(ctx context.Context, c *wire.Conn) error {
	why := cmderr.Errorf("replay to %s: %w: stopped", r.server, servers.ExplainSubmission(ctx, c, r.refused, r.packet))
	switch {
	case servers.IsUnknownPacket(r.refused):
		return cmderr.WithHint(why, "replay with --priority normal")
	case r.o.checkpoint == "":
		return cmderr.AddHint(why, "refused jobs are still in the archive; --checkpoint FILE makes a replay resumable")
	}
	return cmderr.AddHint(why, "refused jobs are still in the archive; run the same command to continue")
}

// problems is everything that went wrong, as a partial success if jobs were accepted.
func (r *replayer) problems(err error) error {
	errs := append(r.source.errs, cmderr.Flatten(err)...)
	errs = append(errs, cmderr.Flatten(r.source.filter.Undecoded())...)
	var accepted, coalesced int64
	for _, row := range r.rows {
		accepted, coalesced = accepted+row.Submitted+row.Coalesced, coalesced+row.Coalesced
	}
	r.noteSkipped()
	if coalesced > 0 && !r.o.coalesce {
		errs = append(errs, cmderr.WithHint(cmderr.Errorf("replay to %s: %s merged into waiting jobs with the same unique key; their payloads are in the archive only",
			r.server, output.Plural(coalesced, "job was", "jobs were")), "if this is intended, as when repeating a replay: --allow-coalesce"))
	}
	if slices.ContainsFunc(errs, func(err error) bool { return errors.Is(err, cmderr.ErrInterrupted) }) {
		r.env.Info("interrupted: %s on the server", output.Plural(accepted, "job is", "jobs are"))
		for _, err := range errs {
			if !cmderr.IsInterruption(err) {
				r.env.Warn("%v", err)
			}
		}
		return cmderr.ErrInterrupted
	}
	return cmderr.SomeFailed(errs, accepted > 0 || r.o.dryRun)
}

// noteSkipped logs which records were not submitted, and why.
func (r *replayer) noteSkipped() {
	var twice, unmatched, empty int64
	for _, row := range r.rows {
		twice, unmatched, empty = twice+row.Duplicate, unmatched+row.Unmatched, empty+row.Empty
	}
	servers.NoteEmpty(r.env, cmp.Or(r.server, "replay"), empty)
	if n := r.source.alreadyDone; n > 0 {
		r.env.Info("%s already replayed, according to %s", output.Plural(n, "record was", "records were"), r.o.checkpoint)
	}
	if twice > 0 {
		r.env.Info("%s: from a killed drain and the next one, or from a copy", output.Plural(twice, "duplicate record, submitted once", "duplicate records, submitted once"))
	}
	if unmatched > 0 {
		r.env.Info("%s not match", output.Plural(unmatched, "record does", "records do"))
	}
	if r.resubmitted > 0 {
		r.env.Info("%s already waiting, submitted by the killed replay", output.Plural(r.resubmitted, "job was", "jobs were"))
	}
}

// result returns the rows.
func (r *replayer) result() []row {
	rows := make([]row, 0, len(r.rows))
	for _, row := range r.rows {
		row.Duration = r.env.Now().Sub(r.start).Seconds()
		rows = append(rows, *row)
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Queue, b.Queue) })
	return rows
}
