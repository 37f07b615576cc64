package top

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/glob"
	"gearctl/wire"
)

// viewMode is which servers the rows are of.
type viewMode int

// The views. From viewFirstServer on they are of one server each.
const (
	viewAll    viewMode = iota // of every server, a row each
	viewMerged                 // of all servers, a row for a queue on any number of them
	viewFirstServer
)

// rebuild recomputes the rows, after a poll or when other rows are wanted, and keeps the cursor on its queue.
func (s *state) rebuild() {
	s.rows = s.rows[:0]
	s.known, s.waiting, s.running, s.stale, s.nameWidth = 0, 0, 0, 0, 0
	places := map[string]int{}
	for _, server := range s.viewed() {
		if server.err == nil {
			s.addRows(server, places)
		}
	}
	for _, server := range s.viewed() {
		if server.err != nil {
			s.addRows(server, places)
		}
	}
	s.sortRows()
	s.findCursor()
}

// viewed returns the servers in view.
func (s *state) viewed() []*serverState {
	if s.view >= viewFirstServer {
		return s.servers[s.view-viewFirstServer:][:1]
	}
	return s.servers
}

// addRows adds the queues of a server, those that answer first. Of one that does not they are the last known.
func (s *state) addRows(server *serverState, places map[string]int) {
	for i, q := range server.queues {
		if server.err == nil {
			s.known++
			s.waiting += q.Waiting()
			s.running += q.Busy()
		}
		if !(s.hideEmpty && q.Total == 0 && q.Workers == 0) && s.wanted(q.Function) {
			s.addRow(server, server.queues[i:i+1:i+1], places)
		}
	}
}

// addRow makes a row of a queue, or adds it to the one there is in the merged view, whose sums are of the servers that
// answer.
func (s *state) addRow(server *serverState, queues []*queueState, places map[string]int) {
	row := newRow(server, queues)
	row.down = server.err != nil
	row.old = row.down || s.late(server)
	if s.view == viewMerged {
		row.server = ""
		if at, there := places[row.queue]; there {
			if row.down == s.rows[at].down {
				s.rows[at].merge(&row)
			}
			return
		}
		places[row.queue] = len(s.rows)
	}
	if row.down {
		s.stale++
	}
	s.nameWidth = max(s.nameWidth, queues[0].nameWidth)
	s.rows = append(s.rows, row)
}

// wanted reports whether a queue is asked for on the command line and by the filter: part of a name, or a glob.
func (s *state) wanted(queue string) bool {
	if !s.match.Match(queue) {
		return false
	}
	filter := strings.ToLower(s.filter)
	if filter == "" || strings.Contains(strings.ToLower(queue), filter) {
		return true
	}
	return strings.ContainsAny(filter, "*?[") && glob.Match(filter, strings.ToLower(queue))
}

// late reports whether a server's numbers are older than they should be.
func (s *state) late(server *serverState) bool {
	return !server.askedAt.IsZero() && s.now.Sub(server.askedAt) > max(2*s.interval, 2*time.Second)
}

func newRow(server *serverState, queues []*queueState) row {
	q := queues[0]
	r := row{
		server: server.name, queue: q.Function,
		waiting: q.Waiting(), running: q.Running, workers: q.Workers,
		high: q.high, normal: q.normal, low: q.low, hasPriorities: q.hasPriorities, queues: queues,
	}
	r.in, r.hasRates = server.spans.Rate(q.flow.Rise)
	r.out, _ = server.spans.Rate(q.flow.Fall)
	return r
}

// merge adds the same queue on another server.
func (r *row) merge(o *row) {
	r.waiting += o.waiting
	r.running = wire.Counted(r.running) + wire.Counted(o.running)
	r.workers += o.workers
	r.high += o.high
	r.normal += o.normal
	r.low += o.low
	r.in += o.in
	r.out += o.out
	r.hasPriorities = r.hasPriorities && o.hasPriorities
	r.hasRates = r.hasRates && o.hasRates
	r.old = r.old || o.old
	r.queues = append(r.queues, o.queues...)
}

func (s *state) sortRows() {
	slices.SortFunc(s.rows, func(a, b row) int {
		order := s.sort.compare(&a, &b)
		if s.descending {
			order = -order
		}
		if order != 0 {
			return order
		}
		return cmp.Or(cmp.Compare(a.queue, b.queue), cmp.Compare(a.server, b.server))
	})
}
