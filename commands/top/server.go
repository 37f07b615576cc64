package top

import (
	"time"

	"gearctl/wire"
)

// topQueue is what is known of a queue on a server, and of its last minutes.
type topQueue struct {
	wire.FunctionStatus
	high, normal, low int64
	split             bool // the three are known
	flow              topFlow
	trend             topTrend
}

// topServer is what is known of a server.
type topServer struct {
	name    string
	version string

	queues  []*topQueue // in the server's order, after the last look
	spare   []*topQueue
	byName  map[string]*topQueue
	looks   int64     // on this connection
	looked  time.Time // when the last answer came; zero before the first
	spans   topSpans
	goneFor bool // the connection was lost since the last look that counted

	asking   time.Time // when what is being asked was asked; zero when nothing is
	err      error     // of the last look
	failures int       // one after the other
	retry    time.Time // not to be asked before
	bad      int       // lines of the last answer that could not be read
}

func newTopServer(name string) *topServer {
	return &topServer{name: name, byName: map[string]*topQueue{}}
}

// How long to wait before a server that failed is asked again, twice as long each time: not at all the first time, for
// it may have been restarted.
const (
	topRetryFirst = time.Second
	topRetryLast  = 5 * time.Second
)

// due reports whether the server is to be asked now.
func (s *topServer) due(now time.Time) bool { return s.asking.IsZero() && !now.Before(s.retry) }

// failed notes that a look brought nothing.
func (s *topServer) failed(now time.Time, err error) {
	s.err, s.goneFor = err, true
	wait := time.Duration(0)
	if s.failures > 0 {
		wait = min(topRetryFirst<<min(s.failures-1, 10), topRetryLast)
	}
	s.failures++
	s.retry = now.Add(wait)
}

// answered takes in what a look brought; goesOn says that the look before was no longer ago than usual.
func (s *topServer) answered(l *topLook, goesOn bool) {
	lost := l.fresh || s.goneFor
	if lost {
		s.forgetRates()
	} else {
		s.spans.add(s.looks, l.at.Sub(s.looked))
	}
	cell := topCell(l.at)
	next := s.spare[:0]
	for i, status := range l.snap.Queues.Rows {
		q, known := s.find(i, status.Function)
		if !lost {
			q.flow.add(s.looks, status.Total-q.Total)
		}
		name := q.Function // the string that byName holds
		q.FunctionStatus = status
		q.Function = name
		q.trend.add(cell, status.Waiting(), goesOn && known && !lost)
		q.split = false
		next = append(next, q)
	}
	s.spare, s.queues = s.queues, next
	s.dropGone()
	s.splitPriorities(l.snap.Priorities.Rows)
	s.looks++
	s.looked, s.version, s.bad = l.at, l.snap.Version.Text, int(wire.CountBad(l.snap.Bad()))
	s.err, s.failures, s.retry, s.goneFor = nil, 0, time.Time{}, false
}

// find returns the queue of a name, most likely the one that was i-th before, and whether it was known.
func (s *topServer) find(i int, name string) (q *topQueue, known bool) {
	if i < len(s.queues) && s.queues[i].Function == name {
		return s.queues[i], true
	}
	if q, known = s.byName[name]; !known {
		q = &topQueue{FunctionStatus: wire.FunctionStatus{Function: name}}
		s.byName[name] = q
	}
	return q, known
}

// dropGone forgets the queues that the server no longer has.
func (s *topServer) dropGone() {
	clear(s.spare)
	if len(s.byName) == len(s.queues) {
		return
	}
	byName := make(map[string]*topQueue, len(s.queues))
	for _, q := range s.queues {
		byName[q.Function] = q
	}
	s.byName = byName
}

// forgetRates begins them anew: what happened while nobody looked is not known, and the server may be another one.
func (s *topServer) forgetRates() {
	s.looks, s.spans = 0, topSpans{}
	for _, q := range s.byName {
		q.flow = topFlow{}
	}
}

// splitPriorities notes the waiting jobs by priority, in the order of the queues as a rule.
func (s *topServer) splitPriorities(list []wire.PriorityStatus) {
	for i, p := range list {
		q := s.byName[p.Function]
		if i < len(s.queues) && s.queues[i].Function == p.Function {
			q = s.queues[i]
		}
		if q != nil {
			q.high, q.normal, q.low, q.split = p.High, p.Normal, p.Low, true
		}
	}
}
