package top

import (
	"time"

	"gearctl/commands/internal/trend"
	"gearctl/output"
	"gearctl/wire"
)

// queueState is what is known of a queue on a server, and of its last minutes.
type queueState struct {
	wire.FunctionStatus
	high, normal, low int64
	hasPriorities     bool // the three are known
	nameWidth         int  // on the screen, at most maxQueueWidth
	flow              trend.Flow
	trend             trend.Series
}

// serverState is what is known of a server.
type serverState struct {
	name    string
	version string

	queues     []*queueState // in the server's order, as of the last poll
	spare      []*queueState
	byName     map[string]*queueState
	polls      int64     // on this connection
	lastAnswer time.Time // when the last answer came; zero before the first
	spans      trend.Spans
	connLost   bool // the connection was lost since the last poll that counted

	askedAt  time.Time // when what is being asked was asked; zero when nothing is
	err      error     // of the last poll
	failures int       // one after the other
	retry    time.Time // not to be asked before
	badLines int       // lines of the last answer that could not be read
}

func newServerState(name string) *serverState {
	return &serverState{name: name, byName: map[string]*queueState{}}
}

// How long to wait before a server that failed is asked again, twice as long each time: not at all the first time, for
// it may have been restarted.
const (
	minRetryDelay = time.Second
	maxRetryDelay = 5 * time.Second
)

// due reports whether the server is to be asked now.
func (s *serverState) due(now time.Time) bool { return s.askedAt.IsZero() && !now.Before(s.retry) }

// failed records that a poll failed.
func (s *serverState) failed(now time.Time, err error) {
	s.err, s.connLost = err, true
	wait := time.Duration(0)
	if s.failures > 0 {
		wait = min(minRetryDelay<<min(s.failures-1, 10), maxRetryDelay)
	}
	s.failures++
	s.retry = now.Add(wait)
}

// answered records the result of a poll; continuous means that the poll before was no longer ago than usual.
func (s *serverState) answered(l *pollResult, continuous bool) {
	lost := l.fresh || s.connLost
	if lost {
		s.forgetRates()
	} else {
		s.spans.Add(s.polls, l.at.Sub(s.lastAnswer))
	}
	cell := trend.CellOf(l.at)
	next := s.spare[:0]
	for i, status := range l.snap.Queues.Rows {
		q, known := s.find(i, status.Function)
		if !lost {
			q.flow.Add(s.polls, status.Total-q.Total)
		}
		name := q.Function // the string that byName holds
		q.FunctionStatus = status
		q.Function = name
		q.trend.Add(cell, status.Waiting(), continuous && known && !lost)
		q.hasPriorities = false
		next = append(next, q)
	}
	s.spare, s.queues = s.queues, next
	s.dropRemoved()
	s.setPriorities(l.snap.Priorities.Rows)
	s.polls++
	s.lastAnswer, s.version, s.badLines = l.at, l.snap.Version.Text, int(wire.CountBad(l.snap.Bad()))
	s.err, s.failures, s.retry, s.connLost = nil, 0, time.Time{}, false
}

// find returns the queue of a name, most likely the one that was i-th before, and whether it was known.
func (s *serverState) find(i int, name string) (q *queueState, known bool) {
	if i < len(s.queues) && s.queues[i].Function == name {
		return s.queues[i], true
	}
	if q, known = s.byName[name]; !known {
		q = &queueState{FunctionStatus: wire.FunctionStatus{Function: name}, nameWidth: min(output.Width(output.Escape(name)), maxQueueWidth), trend: trend.NewSeries(trendCells)}
		s.byName[name] = q
	}
	return q, known
}

// dropRemoved forgets the queues that the server no longer has.
func (s *serverState) dropRemoved() {
	clear(s.spare)
	if len(s.byName) == len(s.queues) {
		return
	}
	byName := make(map[string]*queueState, len(s.queues))
	for _, q := range s.queues {
		byName[q.Function] = q
	}
	s.byName = byName
}

// forgetRates resets them: what happened between the polls is unknown, and the server may be another one.
func (s *serverState) forgetRates() {
	s.polls, s.spans = 0, trend.Spans{}
	for _, q := range s.byName {
		q.flow = trend.Flow{}
	}
}

// setPriorities notes the waiting jobs by priority, in the order of the queues as a rule.
func (s *serverState) setPriorities(list []wire.PriorityStatus) {
	for i, p := range list {
		q := s.byName[p.Function]
		if i < len(s.queues) && s.queues[i].Function == p.Function {
			q = s.queues[i]
		}
		if q != nil {
			q.high, q.normal, q.low, q.hasPriorities = p.High, p.Normal, p.Low, true
		}
	}
}
