package peek

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// scheduledRow tells the waiting jobs of a queue that workers are given now from those that they are not.
type scheduledRow struct {
	Server    string    `json:"server" out:"name"`
	Queue     string    `json:"queue" out:"name"`
	Waiting   int64     `json:"waiting"`
	Due       int64     `json:"due"`                  // given to a worker that asks
	Scheduled int64     `json:"scheduled" out:"keep"` // for later, or held up by such a job, also when cancelled
	Handles   *[]string `json:"handles" out:"wide"`   // of those that are not cancelled; null where the server does not tell
	Reason    string    `json:"reason"`               // why not
}

// Style marks what waits for its time.
func (r scheduledRow) Style(key string) output.Style {
	if key == "scheduled" && r.Scheduled > 0 {
		return output.Warn
	}
	return output.Plain
}

// maxHandles is up to how many handles are named.
const maxHandles = 1000

// census counts the jobs of a queue while all that a worker can get are held: what waits then is for later.
type census struct {
	p       *peeker
	q       servers.Queue
	held    wire.HandleSet
	n       int64 // held
	row     scheduledRow
	version servers.Version
	asked   bool
	err     error
}

// count takes note of a job that is held.
func (s *census) count(j wire.Job) error {
	s.n++
	s.held.Add(j.Handle)
	return nil
}

// ask asks the server, on another connection, what waits beside the jobs that are held.
func (s *census) ask(ctx context.Context) error {
	s.asked = true
	_, s.err = wire.WithConn(ctx, s.p.dialer, s.q.Server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		for n := 1; ; n++ {
			ours, err := s.askOn(ctx, c)
			if err != nil || !ours || n == canaryRounds || !cmderr.Pause(ctx, canaryPause) {
				return struct{}{}, err
			}
		}
	})
	return nil // the jobs are released in any case
}

// How often, and after which pauses, a server is asked again that still has the test job of the release check.
const (
	canaryRounds = 20
	canaryPause  = 10 * time.Millisecond
)

// askOn reports whether jobs of our own were in the way.
func (s *census) askOn(ctx context.Context, c *wire.Conn) (ours bool, err error) {
	if s.version, err = servers.AskVersion(ctx, c); err != nil {
		return false, err
	}
	list, err := servers.AskQueues(ctx, c)
	if err != nil {
		return false, err
	}
	s.row = scheduledRow{Server: s.q.Server, Queue: s.q.Function, Waiting: s.n, Due: s.n}
	q := list.Queue(s.q.Function)
	if q == nil || q.Waiting() == 0 {
		s.row.Handles = &[]string{}
		return false, nil
	}
	s.row.Scheduled = q.Waiting()
	s.row.Waiting += s.row.Scheduled
	others := servers.TotalJobs(list.Queues.Rows) - q.Waiting() - s.n
	switch {
	case others > 0:
		ours = slices.ContainsFunc(list.Queues.Rows, func(q wire.FunctionStatus) bool { return q.Total > 0 && servers.IsOwn(q.Function) })
		s.row.Reason = "the server has " + output.Plural(others, "other job", "other jobs") + ", and does not tell which are of this queue"
	case s.row.Scheduled > maxHandles || servers.TotalJobs(list.Queues.Rows) > servers.MaxListedJobs:
		s.row.Reason = "too many jobs to list"
	default:
		return false, s.listHandles(ctx, c)
	}
	return ours, nil
}

// listHandles lists the jobs of a server that has no others than those of the queue.
func (s *census) listHandles(ctx context.Context, c *wire.Conn) error {
	handles := []string{}
	_, err := c.EachJob(ctx, func(j wire.JobEntry) error {
		if j.Ignored || s.held.Has([]byte(j.Handle)) {
			return nil
		}
		if int64(len(handles)) == s.row.Scheduled {
			return errGhosts
		}
		handles = append(handles, strings.Clone(j.Handle))
		return nil
	})
	switch {
	case errors.Is(err, errGhosts):
		s.row.Reason = errGhosts.Error()
		return nil
	case err == nil:
		s.row.Handles = &handles
	}
	return servers.ExplainUnsupported(ctx, c, err, "show jobs", "1.1.6")
}

// errGhosts is what queues leave that were dropped with their jobs.
var errGhosts = errors.New("the server has jobs that are in no queue")

// countScheduled counts the jobs of one queue that are for later.
func (p *peeker) countScheduled(ctx context.Context, q servers.Queue) error {
	s := &census{p: p, q: q}
	start := p.env.Now()
	n, err := wire.WithConn(ctx, p.dialer, q.Server, func(ctx context.Context, c *wire.Conn) (wire.Taken, error) {
		return c.Take(ctx, &wire.Take{
			Function: q.Function, ClientID: p.env.ClientID(), Restore: true, Expect: q.Waiting(),
			Job: s.count, Sync: func() error { return s.ask(ctx) }, Acknowledge: func(int64) bool { return false },
		})
	})
	if err == nil && !s.asked { // nothing had to be held
		_ = s.ask(ctx)
	}
	if n.Jobs > 0 {
		p.noteHeld(q, n, p.env.Now().Sub(start))
	}
	if err := errors.Join(err, s.err); err != nil {
		return err
	}
	s.note()
	p.printed = true
	return p.counts.Print(s.row)
}

// note says what can be done about the jobs for later.
func (s *census) note() {
	if s.row.Scheduled == 0 {
		return
	}
	log, where := s.p.env, s.q.Function+" on "+s.q.Server
	if s.version.FutureHidesLow() {
		log.Info("%s: low-priority jobs may be among them: %s gives out none while a job for later is in the queue", where, s.version)
	}
	if s.row.Reason != "" {
		log.Info("%s: no handles: %s", where, s.row.Reason)
	}
	if h := s.row.Handles; h != nil && int64(len(*h)) < s.row.Scheduled {
		log.Info("%s: %d of them cancelled: counted until their time has come and a worker asks", where, s.row.Scheduled-int64(len(*h)))
	}
	if h := s.row.Handles; h != nil && len(*h) > 0 {
		s.version.NoteCancelLater(log, s.q.Server, (*h)[0])
	}
}

// noteScheduled points out that fewer jobs were held than waited.
func (p *peeker) noteScheduled(q servers.Queue, held int64) {
	if more := q.Waiting() - held; more > 0 {
		p.env.Info("%s on %s: %s that no worker is given: for later, cancelled, or taken by a worker in the meantime; count them: %s",
			q.Function, q.Server, output.Plural(more, "more job was counted", "more jobs were counted"), cmderr.Try("peek", "--scheduled").Queues(q.Function).On(q.Server))
	}
}
