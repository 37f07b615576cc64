package move

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
)

// transfer is what happens to the jobs of a mover.
type transfer struct {
	*mover
	priorities  *jobs.PriorityFinder
	submit      *wire.Submitter // nil when nothing is in flight
	cleanup     sync.WaitGroup  // removes the marks of the last one
	bar         *output.Progress
	seen        int64 // jobs that came
	chosen      int64 // of them, submitted
	undecrypted int64 // that --rekey cannot open

	mu          sync.Mutex     // guards what receipts change
	pending     []submitted    // in the order of their submission
	accepted    jobs.NumberSet // jobs that may go, by their number
	refused     error          // why the target takes no more
	packet      wire.Type
	unconfirmed int64 // submissions that got no answer
}

// submitted is a job without its answer.
type submitted struct {
	number int64
	bytes  int
	empty  bool // at the target
	packet wire.Type
}

// errTargetRefused stops a move whose target takes no more.
var errTargetRefused = errors.New("the target refuses more jobs")

func (m *mover) move(ctx context.Context) error {
	if m.queue.Waiting() == 0 {
		return nil
	}
	start := m.env.Now()
	k := &transfer{mover: m}
	if !m.o.yes && m.o.priority == "" {
		if err := m.checkRelease(ctx, true); err != nil {
			return err
		}
	}
	k.priorities = jobs.NewPriorityFinder(m.checked.Priorities, m.queue.Function, m.checked.Totals, m.keys)
	k.bar = m.env.Progress("move", m.queue.Waiting())
	n, err := m.source.Take(ctx, k.take())
	err = errors.Join(err, k.settle())
	k.bar.Finish()
	m.row.Duration = m.env.Now().Sub(start).Seconds()
	after := context.WithoutCancel(ctx)
	cli.NoteEmpty(k.env, k.o.to.Server, k.row.Empty)
	unasked := k.remaining(after)
	k.cleanup.Wait()
	return cmderr.MergeErrors(k.outcome(after, n, err), jobs.MissingJobs(m.o.from.Queue, m.o.from.Server, n), unasked, m.filter.Undecoded(), k.partial())
}

func (k *transfer) take() *wire.Take {
	t := &wire.Take{
		Function: k.o.from.Queue, ClientID: k.env.ClientID(), Window: k.o.window,
		Expect: k.queue.Waiting(),
		Job:    k.job, Sync: k.settle, Acknowledge: func(n int64) bool { return !k.o.copy && k.accepted.Has(n) },
		Progress: func(n wire.Taken) { k.bar.Set(n.Jobs) },
	}
	if k.filter != nil || k.o.copy {
		t.Restore = true
		return t
	}
	t.Max, t.MaxUnacked = k.queue.Waiting(), maxUnacked
	if k.o.max > 0 {
		t.Max = min(t.Max, k.o.max)
	}
	return t
}

// maxUnacked is how many jobs at most are at the target and not yet off the source: a move that is killed leaves them in
// both.
const maxUnacked = 5000

// job submits a job that is meant to the target.
func (k *transfer) job(j wire.Job) error {
	k.seen++
	place := k.priorities.ByPosition(j.Handle)
	if !k.wants(j) {
		return nil
	}
	s := &wire.Submission{
		Function: k.o.to.Queue, Workload: j.Workload, Background: true,
		// Of a job without one the same each time, so that a move which is repeated finds it there.
		Unique: jobs.UniqueOf(&archive.Record{Server: k.o.from.Server, Queue: k.o.from.Queue, Handle: string(j.Handle), Unique: string(j.Unique), Data: j.Workload}),
	}
	s.Priority = cmp.Or(k.o.asPriority, k.priorities.Find(place, j.Workload))
	if k.rekey != nil {
		var err error
		if s.Workload, err = k.rekey.Payload(j.Workload); err != nil {
			k.undecrypted++
			return nil
		}
	}
	k.chosen++
	return k.send(s, len(j.Workload))
}

func (k *transfer) wants(j wire.Job) bool {
	if k.o.max > 0 && k.chosen >= k.o.max || k.seen > k.queue.Waiting() {
		return false
	}
	return k.filter == nil || k.filter.Matches(string(j.Function), string(j.Unique), j.Workload)
}

func (k *transfer) send(s *wire.Submission, bytes int) error {
	if k.submit == nil {
		k.cleanup.Wait() // on the same connection
		// What is in flight is waited for also when the user interrupts: the answers tell what may go.
		k.submit = wire.NewSubmitter(context.Background(), k.target, k.o.window, k.receipt)
		k.submit.DetectMerged()
	}
	k.mu.Lock()
	refused := k.refused
	if refused == nil {
		k.pending = append(k.pending, submitted{k.seen - 1, bytes, len(s.Workload) == 0, s.Type()})
	}
	k.mu.Unlock()
	if refused != nil {
		return errTargetRefused
	}
	if err := k.submit.Send(s); err != nil {
		return errTargetRefused // settle tells why
	}
	return nil
}

// receipt notes what the target says of a job: it may leave the source when it is new there.
func (k *transfer) receipt(answer wire.SubmitResult) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	sent := k.pending[0]
	k.pending = k.pending[1:]
	switch {
	case answer.Err != nil:
		if k.refused == nil {
			k.refused, k.packet = answer.Err, sent.packet
		}
		return nil
	case answer.Merged:
		k.row.Coalesced++
		if k.o.coalesce {
			k.accepted.Add(sent.number)
		}
		return nil
	}
	k.row.Moved++
	if sent.empty {
		k.row.Empty++
	}
	k.row.Bytes += int64(sent.bytes)
	k.accepted.Add(sent.number)
	return nil
}

// settle waits for the answers of what was submitted. It never fails: what got no answer is not accepted, and stays.
func (k *transfer) settle() error {
	if k.submit == nil {
		return nil
	}
	submit := k.submit
	sent, answered, err := submit.Finish()
	k.cleanup.Go(func() { submit.RemoveCanaries(err) }) // while the source forgets the jobs
	k.submit = nil
	if err != nil {
		k.unconfirmed += sent - answered
		k.mu.Lock()
		defer k.mu.Unlock()
		k.refused = errors.Join(k.refused, err)
	}
	return nil
}

// outcome says what became of the jobs when a move did not come to its end.
func (k *transfer) outcome(ctx context.Context, n wire.Taken, err error) error {
	err = k.cause(ctx, err)
	if err == nil || errors.Is(err, cmderr.ErrInterrupted) {
		k.priorities.Report(k.env, k.o.from.Queue, k.o.from.Server, k.o.max == 0 && err == nil)
		return err
	}
	where := fmt.Sprintf("%d are at the target, %d of them removed from the source, the others requeued at the source", k.row.Moved, n.Acknowledged)
	var op *wire.OpError
	if errors.As(err, &op) && op.Server == k.o.from.Server && connect.IsOutage(err) {
		where += " if that still runs"
	}
	if n.Unconfirmed > 0 {
		where += fmt.Sprintf("; %d of those may be removed, the source did not confirm", n.Unconfirmed)
	}
	if k.unconfirmed > 0 {
		where += fmt.Sprintf("; %d are unconfirmed and may be in both", k.unconfirmed)
	}
	why := cmderr.Errorf("move %s to %s: %w: of %s %s%s", k.o.from, k.o.to, err, output.Plural(k.queue.Waiting(), "job", "jobs"), where, jobs.LostJobs(n))
	return cmderr.SomeFailed([]error{why}, k.row.Moved > 0)
}

// cause is why a move ended early: what the target said, what the source said, or both.
func (k *transfer) cause(ctx context.Context, err error) error {
	if k.refused == nil || errors.Is(err, cmderr.ErrInterrupted) {
		return err
	}
	why := servers.ExplainSubmission(ctx, k.target, k.refused, k.packet)
	var source *wire.OpError
	if errors.As(err, &source) {
		return fmt.Errorf("%w, and %w", why, source)
	}
	return why
}

// remaining asks what is left at the source.
func (k *transfer) remaining(ctx context.Context) error {
	s, err := k.checked.Snapshot(ctx, k.dialer, k.o.from.Server)
	if err != nil {
		return err
	}
	k.row.Remaining = new(int64)
	if q := s.Queue(k.o.from.Queue); q != nil {
		*k.row.Remaining = q.Waiting()
	}
	return cmderr.BadLines(s.Bad())
}

// partial tells of jobs that stay though they were meant.
func (k *transfer) partial() error {
	var errs []error
	if k.row.Coalesced > 0 && !k.o.coalesce {
		errs = append(errs, cmderr.WithHint(cmderr.Errorf("move to %s: %s with the same unique key: they stay at the source",
			k.o.to, output.Plural(k.row.Coalesced, "job waits there", "jobs wait there")), "to discard their payloads: --allow-coalesce"))
	}
	if k.undecrypted > 0 {
		errs = append(errs, cmderr.Errorf("--rekey: %s could not be decrypted with the old key: left at the source", output.Plural(k.undecrypted, "job", "jobs")))
	}
	return cmderr.SomeFailed(errs, true)
}
