package top

import (
	"math"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/trend"
	"gearctl/output"
	"gearctl/wire"
)

// queueState is what is known of a queue on a server. As most queues of a large server change seldom, what follows from
// their being the same is not stored: see history.
type queueState struct {
	wire.FunctionStatus
	server            *serverState
	history           *history // nil: its figures are those that it began with
	since             int64    // the cell of trends in which it was first seen
	high, normal, low int64
	hasPriorities     bool // the three are known

	nameWidth uint8  // on the screen, at most maxQueueWidth
	polled    bool   // its figures are known
	gone      bool   // the server has it no more
	listed    bool   // it is in state.order
	wanted    bool   // by the command line and the filter
	filter    uint32 // the number of the filter that wanted is for
}

// history is how the figures of a queue changed.
type history struct {
	flow    trend.Flow
	waiting trend.Series
}

// serverState is what is known of a server.
type serverState struct {
	name    string
	version string
	rank    int               // of its name
	labels  map[string]string // of the context
	context string            // the one that names it; empty: none

	queues     []*queueState // in the server's order, as of the last poll
	changed    bool          // queues came or went since state.order was made
	sum        figures       // of its queues
	total      queueState    // all of them as one, for its trend
	arrived    trend.Flow    // jobs; only what rises
	left       trend.Flow    // the same
	unserved   int           // queues with waiting jobs and no worker, without gearctl's own
	worst      *queueState   // the one of these with the most jobs; nil: there is none
	polls      int64         // the next one has this number
	lastAnswer time.Time     // when the last answer came; zero before the first
	spans      trend.Spans
	heard      heardCells
	connLost   bool // the connection was lost since the last poll that counted

	hasPriorities bool // some queues have

	askedAt  time.Time // when what is being asked was asked; zero when nothing is
	err      error     // of the last poll
	failures int       // one after the other
	retry    time.Time // not to be asked before
	badLines int       // lines of the last answer that could not be read
}

// figures are sums over the queues of a server.
type figures struct{ waiting, running, workers int64 }

// newServerStates returns what is known of servers at first.
func newServerStates(names []string) []*serverState {
	list := make([]*serverState, len(names))
	for i, name := range names {
		list[i] = &serverState{name: name}
		list[i].total.server = list[i]
	}
	byName := slices.SortedFunc(slices.Values(list), func(a, b *serverState) int { return strings.Compare(a.name, b.name) })
	for i, server := range byName {
		server.rank = i
	}
	return list
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

// answered records the result of a poll, of which it keeps no memory but the names of new queues; continuous means that the
// poll before was no longer ago than usual.
func (s *serverState) answered(l *pollResult, continuous bool) {
	lost := l.fresh || s.connLost
	if lost {
		s.forgetRates()
	} else {
		s.spans.Add(s.polls, l.at.Sub(s.lastAnswer))
	}
	p := poll{number: s.polls, cell: trend.CellOf(l.at), lost: lost}
	p.again = s.heard.add(p.cell, continuous && !lost)
	rows := l.snap.Queues.Rows
	s.setQueues(rows, p.cell)
	s.sum, s.unserved, s.worst = figures{}, 0, nil
	var arrived, left int64
	for i, q := range s.queues {
		change := q.update(&rows[i], p)
		arrived, left = arrived+max(0, change), left+max(0, -change)
		waiting := q.Waiting()
		s.sum.waiting += waiting
		s.sum.running += q.Busy()
		s.sum.workers += wire.Counted(q.Workers)
		if judge.Unserved(q.FunctionStatus) && !servers.IsOwn(q.Function) {
			s.unserved++
			if s.worst == nil || waiting > s.worst.Waiting() {
				s.worst = q
			}
		}
	}
	s.total.update(&wire.FunctionStatus{Total: s.sum.waiting}, p)
	if !lost {
		s.arrived.Add(s.polls, arrived)
		s.left.Add(s.polls, left)
	}
	s.setPriorities(l.snap.Priorities.Rows)
	s.polls++
	s.lastAnswer, s.version, s.badLines = l.at, l.snap.Version.Text, int(wire.CountBad(l.snap.Bad()))
	s.err, s.failures, s.retry, s.connLost = nil, 0, time.Time{}, false
}

// poll is what the queues of a server need to know of a poll.
type poll struct {
	number, cell int64
	lost         bool // what was between it and the one before is not known
	again        bool // the one before was in the same cell of trends
}

// update records the figures of a poll and returns by how many jobs the queue grew; 0 if that is not known.
func (q *queueState) update(row *wire.FunctionStatus, p poll) (change int64) {
	change = row.Total - q.Total
	if change == 0 && row.Running == q.Running && row.Workers == q.Workers && q.polled {
		return 0
	}
	before := q.Waiting()
	q.Total, q.Running, q.Workers = row.Total, row.Running, row.Workers
	known := q.polled
	q.polled = true
	if p.lost {
		change = 0
	}
	rates, waits := change != 0, known && q.Waiting() != before
	if !rates && !waits {
		return change
	}
	if q.history == nil {
		q.history = &history{waiting: trend.NewSeries(trendCells)}
	}
	if rates {
		q.history.flow.Add(p.number, change)
	}
	if waits {
		q.history.waiting.Change(p.cell, before, q.Waiting(), p.again)
	}
	return change
}

// setQueues makes the queues those of rows, in that order.
func (s *serverState) setQueues(rows []wire.FunctionStatus, cell int64) {
	same := len(rows) == len(s.queues)
	for i := 0; same && i < len(rows); i++ {
		same = rows[i].Function == s.queues[i].Function
	}
	if same {
		return
	}
	known := s.byName()
	for _, q := range s.queues {
		q.gone = true
	}
	next := make([]*queueState, len(rows))
	for i, row := range rows {
		q := known[row.Function]
		if q == nil {
			q = &queueState{FunctionStatus: wire.FunctionStatus{Function: row.Function}, server: s, since: cell}
			q.nameWidth = uint8(min(output.Width(output.Escape(row.Function)), maxQueueWidth))
			known[row.Function] = q
		}
		q.gone = false
		next[i] = q
	}
	s.queues, s.changed = next, true
}

// forgetRates makes all that happened before older than the polls over which rates are computed: what happened in between
// is unknown, and the server may be another one.
func (s *serverState) forgetRates() {
	s.polls += trend.Window
	s.spans = trend.Spans{}
}

// setPriorities notes the waiting jobs by priority, in the order of the queues as a rule.
func (s *serverState) setPriorities(list []wire.PriorityStatus) {
	if len(list) == 0 && !s.hasPriorities {
		return
	}
	s.hasPriorities = len(list) > 0
	for _, q := range s.queues {
		q.hasPriorities = false
	}
	var byName map[string]*queueState
	for i, p := range list {
		var q *queueState
		switch {
		case i < len(s.queues) && s.queues[i].Function == p.Function:
			q = s.queues[i]
		case byName == nil:
			byName = s.byName()
			fallthrough
		default:
			q = byName[p.Function]
		}
		if q != nil {
			q.high, q.normal, q.low, q.hasPriorities = p.High, p.Normal, p.Low, true
		}
	}
}

// byName returns the queues by their names.
func (s *serverState) byName() map[string]*queueState {
	m := make(map[string]*queueState, len(s.queues))
	for _, q := range s.queues {
		m[q.Function] = q
	}
	return m
}

// flowed returns by how many jobs the queue grew and shrank in the last polls.
func (q *queueState) flowed() (rise, fall int64) {
	if q.history == nil {
		return 0, 0
	}
	return q.history.flow.Sums(q.server.polls)
}

// lastFlow returns by how many jobs the queue grew and shrank between the last two polls.
func (q *queueState) lastFlow() (rise, fall int64) {
	if q.history == nil {
		return 0, 0
	}
	return q.history.flow.Last(q.server.polls)
}

// waitingIn returns how many jobs waited in a cell of trends at most, or trend.Unknown.
func (q *queueState) waitingIn(cell int64) int32 {
	switch {
	case cell < q.since || !q.server.heard.in(cell):
		return trend.Unknown
	case q.history == nil || cell > q.history.waiting.Newest():
		return int32(min(q.Waiting(), math.MaxInt32))
	}
	return q.history.waiting.At(cell)
}
