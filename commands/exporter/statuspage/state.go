package statuspage

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/trend"
	"gearctl/wire"
)

// serverState is what is known of a server.
type serverState struct {
	name    string
	labels  map[string]string
	version servers.Version
	queues  map[string]*queueState
	leftOut int // queues that are not kept
	bad     []*wire.LineError
	series  trend.Series // of all its queues together

	err           error     // of the last poll
	lastAnswer    time.Time // zero before the first
	polls         int64     // answered in a row
	answersSince  time.Time // when the first of those was answered
	total, active int64     // waiting and running jobs, of queues that are kept or not
	known         int       // queues, kept or not
}

// queueState is what is known of a queue.
type queueState struct {
	wire.FunctionStatus
	id          int64
	server      *serverState
	flow        trend.Flow
	series      *trend.Series // nil: nothing has waited lately, or there was no room
	lost        bool          // there was no room
	lastWaiting time.Time     // when jobs waited last
	unserved    time.Time     // since when jobs wait without a worker; zero: they do not
	stall       *judge.Stall  // nil: it makes progress
	stalled     time.Time     // when stall began
	samples     int           // of stall
}

// take notes the outcome of a poll.
func (p *Page) take(s *serverState, snap *servers.Snapshot, err error, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.generation++
	if s.err = err; err != nil {
		s.polls = 0
		return
	}
	if s.polls == 0 {
		s.answersSince = now
	}
	s.version, s.bad = snap.Version, snap.Queues.Bad
	p.takeQueues(s, snap.Queues.Rows, now)
	s.series.Add(trend.CellOf(now), s.total, s.polls > 0)
	s.lastAnswer = now
	s.polls++
	p.shareSeries(now)
}

// takeQueues notes the queues of a server.
func (p *Page) takeQueues(s *serverState, rows []wire.FunctionStatus, now time.Time) {
	rows = slices.DeleteFunc(rows, func(q wire.FunctionStatus) bool { return p.c.Wants != nil && !p.c.Wants(q.Function) })
	s.total, s.active, s.known, s.leftOut = 0, 0, len(rows), 0
	for _, q := range rows {
		s.total += q.Waiting()
		s.active += q.Busy()
	}
	if most := max(maxQueues/len(p.servers), 1); len(rows) > most {
		slices.SortFunc(rows, func(a, b wire.FunctionStatus) int {
			return cmp.Or(cmp.Compare(b.Waiting(), a.Waiting()), cmp.Compare(b.Busy(), a.Busy()), strings.Compare(a.Function, b.Function))
		})
		rows, s.leftOut = rows[:most], len(rows)-most
	}
	queues := make(map[string]*queueState, len(rows))
	for _, row := range rows {
		row.Function = shortName(row.Function)
		q := s.queues[row.Function]
		if q == nil {
			p.nextID++
			q = &queueState{id: p.nextID, server: s, FunctionStatus: row}
		}
		row.Function = q.Function // the string that is kept already
		q.take(row, s.polls, now)
		if q.series == nil && row.Waiting() > 0 {
			q.lost = p.series >= maxSeries
			if !q.lost {
				q.beginSeries(trend.CellOf(now), s.polls > 0)
				p.series++
			}
		}
		queues[q.Function] = q
	}
	s.queues = queues
}

// maxName is the longest name that is kept whole. gearmand's are up to 511 bytes.
const maxName = 600

// shortName returns a name of at most maxName bytes, another one for each name.
func shortName(name string) string {
	if len(name) <= maxName {
		return name
	}
	return fmt.Sprintf("%s… (%d bytes, SHA-256 %.8x)", name[:maxName/2], len(name), sha256.Sum256([]byte(name)))
}

// take notes a poll of a queue; polls is how many were answered before, in a row.
func (q *queueState) take(now wire.FunctionStatus, polls int64, at time.Time) {
	if polls == 0 {
		q.flow, q.stall = trend.Flow{}, nil
	} else {
		q.flow.Add(polls, now.Total-q.Total)
	}
	switch {
	case !judge.Unserved(now):
		q.unserved = time.Time{}
	case q.unserved.IsZero():
		q.unserved = at
	}
	switch {
	case q.stall != nil && q.stall.Add(now) && now.Waiting() > 0:
		q.samples++
	case judge.MayStall(now):
		stall := judge.NewStall(now)
		q.stall, q.stalled, q.samples = &stall, at, 0
	default:
		q.stall = nil
	}
	q.FunctionStatus = now
	if now.Waiting() > 0 {
		q.lastWaiting = at
	}
	if q.series != nil {
		q.series.Add(trend.CellOf(at), now.Waiting(), polls > 0)
	}
}

// shareSeries takes back, once in each cell, the series of queues in which nothing has waited for 15 minutes. If there are too few,
// the queues with the most waiting jobs get them.
func (p *Page) shareSeries(now time.Time) {
	cell := trend.CellOf(now)
	if cell == p.swept {
		return
	}
	p.swept = cell
	var wanting []*queueState
	for _, s := range p.servers {
		for _, q := range s.queues {
			if !q.lastWaiting.IsZero() && now.Sub(q.lastWaiting) < seriesLen*trend.CellDuration {
				wanting = append(wanting, q)
				continue
			}
			q.series, q.lost = nil, false
		}
	}
	p.noSeries = max(0, len(wanting)-maxSeries)
	slices.SortFunc(wanting, func(a, b *queueState) int {
		return cmp.Or(cmp.Compare(b.weight(), a.weight()), b.lastWaiting.Compare(a.lastWaiting), cmp.Compare(a.id, b.id))
	})
	p.series = min(len(wanting), maxSeries)
	for _, q := range wanting[p.series:] {
		q.series, q.lost = nil, true
	}
	for _, q := range wanting[:p.series] {
		if q.series == nil {
			q.lost = false
			q.beginSeries(cell, false)
		}
	}
}

// weight is how much a queue wants a series. One that has one keeps it, unless another has twice as many waiting jobs.
func (q *queueState) weight() int64 {
	w := q.Waiting()
	if q.series != nil {
		w = 2*w + 1
	}
	return w
}

// beginSeries begins a series. empty reports that no jobs waited in the polls before.
func (q *queueState) beginSeries(cell int64, empty bool) {
	s := trend.NewSeries(seriesLen)
	first := max(trend.CellOf(q.server.answersSince), cell-seriesLen+1)
	if empty && first < cell {
		s.Add(first, 0, false)
		s.Add(cell-1, 0, true)
	}
	s.Add(cell, q.Waiting(), true)
	q.series = &s
}
