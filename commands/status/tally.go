package status

import (
	"context"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// tally is what the queues of a server come to.
type tally struct {
	version servers.Version
	totals
	workers  *int64 // connections that serve one of the queues; nil: the server has no list of workers
	problems []problem
	byQueue  []wire.FunctionStatus // with --by queue only
	bad      []*wire.LineError
}

// totals are sums over queues.
type totals struct{ queues, waiting, running int64 }

func (t *totals) add(q wire.FunctionStatus) {
	t.queues++
	t.waiting += q.Waiting()
	t.running += q.Busy()
}

// problem is what is wrong with a server or a queue.
type problem struct {
	judge.Problem
	server, queue string // queue is empty for the server as a whole
	waiting       int64
	silent        bool      // the server does not answer
	since         time.Time // when it was first seen; zero: unknown
}

// maxProblems is how many problems of a server are kept.
const maxProblems = 1000

// worse orders problems: the graver state first, then the whole server, then the queue where more jobs wait.
func (p *problem) worse(than *problem) bool {
	if a, b := judge.Severity(p.State), judge.Severity(than.State); a != b {
		return a > b
	}
	if (p.queue == "") != (than.queue == "") {
		return p.queue == ""
	}
	return p.waiting > than.waiting
}

// tallier asks servers for their tallies.
type tallier struct {
	o    options
	m    *servers.Matcher
	mu   sync.Mutex // guards seen
	seen servers.Seen
}

// ask asks for version, queues and workers in one round trip. A server that does not know the list of workers has no number of
// workers.
func (t *tallier) ask(ctx context.Context, c *wire.Conn) (*tally, error) {
	c.Pipeline(wire.CommandVersion, wire.CommandStatus, wire.CommandWorkers)
	var err error
	s := &tally{}
	if s.version, err = servers.AskVersion(ctx, c); err != nil && !servers.IsRefusal(err) {
		return nil, err
	}
	any := false
	s.bad, err = c.EachStatusLine(ctx, func(q wire.FunctionStatus, name []byte) error {
		any = true
		t.add(s, c.Server(), q, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !any {
		s.problems = append(s.problems, problem{Problem: judge.NoQueues(), server: c.Server()})
	}
	for _, p := range judge.Unreadable("status", s.bad) {
		s.problems = append(s.problems, problem{Problem: p, server: c.Server()})
	}
	var n int64
	bad, err := c.EachWorker(ctx, func(w wire.WorkerStatus) error {
		if slices.ContainsFunc(w.Functions, t.m.Match) {
			n++
		}
		return nil
	})
	switch s.bad = append(s.bad, bad...); {
	case err == nil:
		s.workers = &n
	case !servers.IsRefusal(err):
		return nil, err
	}
	return s, nil
}

// add adds a queue to the tally of its server. It keeps the names of few queues: there may be thousands.
func (t *tallier) add(s *tally, server string, q wire.FunctionStatus, name []byte) {
	if !t.m.All() {
		q.Function = string(name)
		t.mu.Lock()
		t.seen.Add(q.Function)
		t.mu.Unlock()
		if !t.m.Match(q.Function) {
			return
		}
	}
	if t.o.waiting && q.Waiting() == 0 {
		return
	}
	s.totals.add(q)
	if t.o.by == byQueue {
		q.Function = string(name)
		s.byQueue = append(s.byQueue, q)
	}
	p := judge.Queue(q)
	if len(p) == 0 || len(s.problems) >= maxProblems || servers.IsOwn(string(name)) {
		return
	}
	worst := slices.MaxFunc(p, func(a, b judge.Problem) int { return judge.Severity(a.State) - judge.Severity(b.State) })
	s.problems = append(s.problems, problem{Problem: worst, server: server, queue: string(name), waiting: q.Waiting()})
}
