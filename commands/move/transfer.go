package move

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// transfer submits the jobs of the source to the target, and records which of them the source may forget.
type transfer struct {
	m           *mover
	priorities  *jobs.PriorityFinder
	submitter   *wire.Submitter // nil: nothing is in flight
	cleanup     sync.WaitGroup  // removal of the canary jobs of the last submitter
	progress    func(jobs int64)
	outlasting  context.Context // an interrupt does not end it, a second one does
	seen        int64           // jobs taken
	chosen      int64           // of those, submitted
	undecrypted int64           // jobs that --rekey could not decrypt

	mu          sync.Mutex     // guards what receipt changes
	pending     []submitted    // in order of submission
	accepted    jobs.NumberSet // numbers of jobs that may be removed from the source
	removal     jobs.Removal   // the same jobs
	refused     error          // why the target accepts no more
	packet      wire.Type      // of the refused job
	unconfirmed int64          // submissions that got no answer
}

// submitted is a job whose answer is outstanding.
type submitted struct {
	number int64
	handle []byte // at the source
	bytes  int
	empty  bool // at the target
	packet wire.Type
}

// errTargetRefused ends a move whose target accepts no more jobs.
var errTargetRefused = errors.New("the target refuses more jobs")

// run moves the jobs, and reports them to b.
func (t *transfer) run(ctx context.Context, b *bar) error {
	m := t.m
	start := m.env.Now()
	if !m.prioritiesRead && m.o.priority == "" {
		if err := m.checkRelease(ctx, true); err != nil {
			return err
		}
	}
	if err := m.holdFirst(ctx); err != nil {
		return err
	}
	t.priorities = jobs.NewPriorityFinder(m.checked, m.queue.Function, m.keys)
	t.progress, t.outlasting = b.part(), wire.Outlast(ctx)
	n, err := m.source.Take(ctx, t.take())
	err = errors.Join(err, t.settle())
	b.endPart()
	m.row.Duration = m.env.Now().Sub(start).Seconds()
	servers.NoteEmpty(m.env, m.to.Server, m.row.Empty)
	jobs.WarnGone(m.env, m.from.Queue, m.from.Server, n)
	remaining := t.readRemaining(t.outlasting, n)
	t.cleanup.Wait()
	return cmderr.MergeErrors(t.outcome(t.outlasting, n, err), jobs.MissingJobs(m.from.Queue, m.from.Server, n), remaining, t.partial())
}

// holdFirst finds out the priorities of the jobs, if the order does not show them. Jobs of a known kind have one in any case.
func (m *mover) holdFirst(ctx context.Context) error {
	if m.o.priority != "" {
		return nil
	}
	err := m.checked.HoldFirst(ctx, m.source, m.env.ClientID(), m.from.Queue, m.queue.Waiting())
	if errors.Is(err, jobs.ErrOthersWork) && len(m.keys) > 0 {
		return nil
	}
	return m.explainPriorities(err)
}

func (t *transfer) take() *wire.Take {
	take := &wire.Take{
		Function: t.m.from.Queue, ClientID: t.m.env.ClientID(), Window: t.m.o.window,
		Expect: t.m.queue.Waiting(),
		Job:    t.job, Sync: t.settle, Acknowledge: func(n int64) bool { return !t.m.o.copy && t.accepted.Has(n) },
		Progress: func(n wire.Taken) { t.progress(n.Jobs) },
	}
	if t.m.filter != nil || t.m.o.copy {
		take.Restore = true
		return take
	}
	take.Max, take.MaxUnacked = t.m.wouldMove(), maxUnacked
	return take
}

// maxUnacked is how many jobs at most are at the target but not yet removed from the source: a killed move leaves them in
// both.
const maxUnacked = 5000

// job submits a job to the target if it is selected.
func (t *transfer) job(j wire.Job) error {
	t.seen++
	byPosition := t.priorities.ByPosition(j.Handle)
	if !t.selects(j) {
		return nil
	}
	s := &wire.Submission{
		Function: t.m.to.Queue, Workload: j.Workload, Background: true,
		// A job without one gets the same one each time, so that a repeated move finds it at the target.
		Unique: jobs.UniqueOf(&archive.Record{Server: t.m.from.Server, Queue: t.m.from.Queue, Handle: string(j.Handle), Unique: string(j.Unique), Data: j.Workload}),
	}
	s.Priority = cmp.Or(t.m.o.asPriority, t.priorities.Find(byPosition, j.Workload))
	if t.m.rekey != nil {
		var err error
		if s.Workload, err = t.m.rekey.payload(j.Workload); err != nil {
			t.undecrypted++
			return nil
		}
	}
	t.chosen++
	return t.send(s, j.Handle, len(j.Workload))
}

func (t *transfer) selects(j wire.Job) bool {
	if t.m.o.max > 0 && t.chosen >= t.m.o.max || t.seen > t.m.queue.Waiting() {
		return false
	}
	return t.m.filter == nil || t.m.filter.Matches(string(j.Function), string(j.Unique), j.Workload)
}

func (t *transfer) send(s *wire.Submission, handle []byte, size int) error {
	if t.submitter == nil {
		t.cleanup.Wait() // on the same connection
		// An interrupt does not end the wait for answers: they say which jobs may be removed.
		t.submitter = wire.NewSubmitter(t.outlasting, t.m.target, t.m.o.window, t.receipt)
		t.submitter.DetectMerged()
	}
	t.mu.Lock()
	refused := t.refused
	if refused == nil {
		t.pending = append(t.pending, submitted{t.seen - 1, bytes.Clone(handle), size, len(s.Workload) == 0, s.Type()})
	}
	t.mu.Unlock()
	if refused != nil {
		return errTargetRefused
	}
	if err := t.submitter.Send(s); err != nil {
		return errTargetRefused // settle finds out why
	}
	return nil
}

// receipt records the answer for a job, which may be removed from the source if the target accepted it as new.
func (t *transfer) receipt(answer wire.SubmitResult) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent := t.pending[0]
	t.pending = t.pending[1:]
	switch {
	case answer.Err != nil:
		if t.refused == nil {
			t.refused, t.packet = answer.Err, sent.packet
		}
		return nil
	case answer.Merged:
		t.m.row.Coalesced++
		if t.m.o.coalesce {
			t.accept(sent)
		}
		return nil
	}
	t.m.row.Moved++
	if sent.empty {
		t.m.row.Empty++
	}
	t.m.row.Bytes += int64(sent.bytes)
	t.accept(sent)
	return nil
}

// accept lets the source remove a job.
func (t *transfer) accept(sent submitted) {
	t.accepted.Add(sent.number)
	if !t.m.o.copy {
		t.removal.Add(sent.handle)
	}
}

// settle waits for the answers to what was submitted. It never fails: jobs without an answer stay at the source.
func (t *transfer) settle() error {
	if t.submitter == nil {
		return nil
	}
	submitter := t.submitter
	sent, answered, err := submitter.Finish()
	t.cleanup.Go(func() { submitter.RemoveCanaries(err) }) // while the source removes the jobs
	t.submitter = nil
	if err != nil {
		t.unconfirmed += sent - answered
		t.mu.Lock()
		defer t.mu.Unlock()
		t.refused = errors.Join(t.refused, err)
	}
	return nil
}

// outcome is the error of a move, which says where the jobs are.
func (t *transfer) outcome(ctx context.Context, n wire.Taken, err error) error {
	if errors.Is(err, cmderr.ErrAborted) {
		err = cmderr.ErrAborted // without its effect on the target
	}
	err = t.cause(ctx, err)
	if err == nil || errors.Is(err, cmderr.ErrInterrupted) && !errors.Is(err, cmderr.ErrAborted) {
		t.priorities.Report(t.m.env, t.m.from.Queue, t.m.from.Server, t.m.o.max == 0 && err == nil)
		return err
	}
	where := fmt.Sprintf("%d are at the target, %d of them removed from the source, the others requeued at the source", t.m.row.Moved, n.Acknowledged)
	var op *wire.OpError
	if errors.As(err, &op) && op.Server == t.m.from.Server && connect.IsOutage(err) {
		where += " if that still runs"
	}
	if n.Unconfirmed > 0 {
		where += fmt.Sprintf("; %d of those may be removed, the source did not confirm", n.Unconfirmed)
	}
	if t.m.filter != nil || t.m.o.copy {
		if errors.Is(err, cmderr.ErrAborted) {
			where += ", in another order"
		}
	}
	n.Unconfirmed = 0 // reported
	if t.unconfirmed > 0 {
		where += fmt.Sprintf("; %d are unconfirmed and may be in both", t.unconfirmed)
	}
	why := cmderr.Errorf("move %s to %s: %w: of %s %s%s", t.m.from, t.m.to, err, output.Plural(t.m.queue.Waiting(), "job", "jobs"), where, jobs.LostJobs(n))
	return cmderr.SomeFailed([]error{why}, t.m.row.Moved > 0)
}

// cause is why a move ended early: the error of the target, of the source, or of both.
func (t *transfer) cause(ctx context.Context, err error) error {
	if t.refused == nil || errors.Is(err, cmderr.ErrInterrupted) {
		return err
	}
	why := servers.ExplainSubmission(ctx, t.m.target, t.refused, t.packet)
	var source *wire.OpError
	if errors.As(err, &source) {
		return fmt.Errorf("%w, and %w", why, source)
	}
	return why
}

// readRemaining asks the source how many jobs are left, and whether moved ones are among them.
func (t *transfer) readRemaining(ctx context.Context, n wire.Taken) error {
	var bad, kept error
	err := t.m.checked.Ask(ctx, t.m.dialer, t.m.from.Server, func(ctx context.Context, c *wire.Conn) error {
		s, err := servers.AskQueues(ctx, c)
		if err != nil {
			return err
		}
		bad = cmderr.BadLines(s.Bad())
		t.m.row.Remaining = new(int64)
		q := s.Queue(t.m.from.Queue)
		if q == nil || q.Total == 0 {
			return nil
		}
		*t.m.row.Remaining = q.Waiting()
		kept, err = t.checkRemoved(ctx, c, n)
		return err
	})
	return errors.Join(err, bad, kept)
}

// checkRemoved says whether the source has kept jobs although it confirmed that they were acknowledged. The second error
// means that it could not be asked.
func (t *transfer) checkRemoved(ctx context.Context, c *wire.Conn, n wire.Taken) (kept, err error) {
	if t.removal.Len() == 0 {
		return nil, nil
	}
	known, err := jobs.CountKept(ctx, c, &t.removal)
	if servers.IsUnknownCommand(err) {
		return jobs.NotConfirmed("move "+t.m.from.String(), c.Server()), nil
	}
	if err != nil {
		return nil, err
	}
	requeued := t.removal.Len() - n.Acknowledged - n.Gone // at most, because the connection broke
	if known[0] <= requeued {
		return nil, nil
	}
	return cmderr.SomeFailed([]error{jobs.KeptError("move "+t.m.from.String(), c.Server(), known[0]-requeued)}, true), nil
}

// partial is the error that selected jobs stay at the source.
func (t *transfer) partial() error {
	var errs []error
	if t.m.row.Coalesced > 0 && !t.m.o.coalesce {
		errs = append(errs, cmderr.WithHint(cmderr.Errorf("move to %s: %s with the same unique key: they stay at the source",
			t.m.to, output.Plural(t.m.row.Coalesced, "job waits there", "jobs wait there")), "to discard their payloads: --allow-coalesce"))
	}
	if t.undecrypted > 0 {
		errs = append(errs, cmderr.Errorf("--rekey: %s could not be decrypted with the old key: left at the source", output.Plural(t.undecrypted, "job", "jobs")))
	}
	return cmderr.SomeFailed(errs, true)
}
