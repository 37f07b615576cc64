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

// rowRef is a row of the list: the queues order[from:to], one or, in the merged view, those of one name. There may be a
// hundred thousand, of which a screen shows a few: what these hold is computed by row.
type rowRef struct {
	key      float64 // what it is sorted by
	from, to int32
}

// rebuild recomputes the rows, after a poll or when other rows are wanted, and keeps the cursor on its queue.
func (s *state) rebuild() {
	s.reorder()
	s.known, s.waiting, s.running, s.stale, s.nameWidth = 0, 0, 0, 0, 0
	for _, server := range s.viewed() {
		if server.err == nil {
			s.known += len(server.queues)
			s.waiting += server.sum.waiting
			s.running += server.sum.running
		}
	}
	if s.filter != s.filtered || s.filterNumber == 0 {
		s.filtered = s.filter
		s.filterNumber++
	}
	s.rows = s.rows[:0]
	names := 0
	for from := 0; from < len(s.order); {
		q, to := s.order[from], from+1
		if s.view == viewMerged {
			for to < len(s.order) && s.order[to].Function == q.Function {
				to++
			}
		}
		queues := s.order[from:to]
		if s.wanted(q) && !(s.hideEmpty && !slices.ContainsFunc(queues, (*queueState).used)) {
			if s.sort == colQueue && (from == 0 || s.order[from-1].Function != q.Function) {
				names++
			}
			s.rows = append(s.rows, rowRef{s.sortKey(queues, names), int32(from), int32(to)})
			s.nameWidth = max(s.nameWidth, int(q.nameWidth))
			if allDown(queues) {
				s.stale++
			}
		}
		from = to
	}
	slices.SortFunc(s.rows, func(a, b rowRef) int {
		switch {
		case a.key == b.key:
			return int(a.from - b.from)
		case (a.key < b.key) != s.descending:
			return -1
		}
		return 1
	})
	s.findCursor()
}

// sortKey returns what a row is sorted by; name is the number of its name.
func (s *state) sortKey(queues []*queueState, name int) float64 {
	switch s.sort {
	case colServer:
		if s.view == viewMerged {
			return 0
		}
		return float64(queues[0].server.rank)
	case colQueue:
		return float64(name)
	}
	if len(queues) == 1 {
		return s.sort.keyOf(queues[0])
	}
	return s.sort.sortKey(rowOf(queues, nil))
}

// reorder puts the queues of the servers in view into the order of their names, then of their servers. It adds to the order
// that there is, for to sort a hundred thousand names takes a while.
func (s *state) reorder() {
	view := s.viewed()
	if len(s.ordered) != len(view) || s.ordered[0] != view[0] {
		for _, q := range s.order {
			q.listed = false
		}
		s.order, s.ordered = nil, view
	} else if !slices.ContainsFunc(view, func(server *serverState) bool { return server.changed }) {
		return
	}
	s.order = slices.DeleteFunc(s.order, func(q *queueState) bool { return q.gone })
	var added []*queueState
	for _, server := range view {
		server.changed = false
		for _, q := range server.queues {
			if !q.listed {
				q.listed = true
				added = append(added, q)
			}
		}
	}
	slices.SortFunc(added, compareQueues)
	s.order = merge(s.order, added)
}

// compareQueues orders queues by name, then by server.
func compareQueues(a, b *queueState) int {
	return cmp.Or(strings.Compare(a.Function, b.Function), cmp.Compare(a.server.rank, b.server.rank))
}

// merge adds a sorted list to another, whose memory it may use.
func merge(list, added []*queueState) []*queueState {
	i, j := len(list), len(added)
	list = append(list, added...)
	for j > 0 && i > 0 {
		if compareQueues(list[i-1], added[j-1]) > 0 {
			i--
			list[i+j] = list[i]
		} else {
			j--
			list[i+j] = added[j]
		}
	}
	copy(list, added[:j])
	return list
}

// viewed returns the servers in view.
func (s *state) viewed() []*serverState {
	if s.view >= viewFirstServer {
		return s.servers[s.view-viewFirstServer:][:1]
	}
	return s.servers
}

// wanted reports whether a queue is asked for on the command line and by the filter.
func (s *state) wanted(q *queueState) bool {
	if q.filter != s.filterNumber {
		q.filter, q.wanted = s.filterNumber, s.match.Match(q.Function) && matchFilter(s.filter, q.Function)
	}
	return q.wanted
}

// matchFilter reports whether a filter is part of a text, or a glob that matches it.
func matchFilter(filter, text string) bool {
	if filter == "" {
		return true
	}
	filter, text = strings.ToLower(filter), strings.ToLower(text)
	return strings.Contains(text, filter) || strings.ContainsAny(filter, "*?[") && glob.Match(filter, text)
}

// late reports whether a server's numbers are older than they should be.
func (s *state) late(server *serverState) bool {
	return !server.askedAt.IsZero() && s.now.Sub(server.askedAt) > latestAnswer(s.interval)
}

// latestAnswer is how long an answer may take before it is late.
func latestAnswer(interval time.Duration) time.Duration { return max(2*interval, 2*time.Second) }

// used reports whether the queue has jobs or workers.
func (q *queueState) used() bool { return q.Total > 0 || q.Workers > 0 }

// allDown reports whether no server of queues answers.
func allDown(queues []*queueState) bool {
	return !slices.ContainsFunc(queues, func(q *queueState) bool { return q.server.err == nil })
}

// row returns a row.
func (s *state) row(i int) *row {
	ref := s.rows[i]
	r := rowOf(s.order[ref.from:ref.to], s.late)
	if s.view == viewMerged {
		r.server = ""
	}
	return r
}

// rowOf returns the row of queues of one name. Its sums are of the servers that answer; if there is none, they are the last
// known. late reports which servers are late; nil: of no interest.
func rowOf(queues []*queueState, late func(*serverState) bool) *row {
	var r *row
	down := allDown(queues)
	for _, q := range queues {
		if down != (q.server.err != nil) {
			continue
		}
		one := newRow(q)
		one.old = down || late != nil && late(q.server)
		if r == nil {
			r = &one
		} else {
			r.merge(&one)
		}
	}
	r.queues = queues
	return r
}

func newRow(q *queueState) row {
	r := row{
		server: q.server.name, queue: q.Function,
		waiting: q.Waiting(), running: q.Running, workers: q.Workers,
		high: q.high, normal: q.normal, low: q.low, hasPriorities: q.hasPriorities,
	}
	rise, fall := q.flowed()
	r.in, r.hasRates = q.server.spans.Rate(rise)
	r.out, _ = q.server.spans.Rate(fall)
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
}
