package statuspage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/trend"
	"gearctl/output"
)

// addQueues adds the queues that are asked for.
func (p *Page) addQueues(v *view, q *query, problems []problem, now time.Time) {
	cell := trend.CellOf(now)
	queues, found, total := p.firstQueues(q, cell)
	v.Found = output.Plural(int64(total), "queue", "queues")
	if found < total {
		v.Found = fmt.Sprintf("%s of %s", output.Count(int64(found)), v.Found)
	}
	queues = queues[:v.MoreQueues.cut(q, partQueues, found, fewQueues, manyQueues, "queue", "queues")]
	most := int64(1)
	for _, k := range queues {
		most = max(most, k.Waiting())
	}
	wrong := map[*queueState]*problem{}
	for i := range problems {
		if pr := &problems[i]; pr.queue != nil && wrong[pr.queue] == nil {
			wrong[pr.queue] = pr
		}
	}
	v.Queues = make([]queueRow, len(queues))
	for i, k := range queues {
		v.Queues[i].fill(k, wrong[k], most, cell)
	}
}

// firstQueues returns the first of the queues that are asked for, as many as may be shown, and how many these are in all.
func (p *Page) firstQueues(q *query, cell int64) (first []*queueState, found, total int) {
	most, filter := 2*fewQueues, strings.ToLower(q.filter)
	if q.all[partQueues] {
		most = manyQueues
	}
	compare := q.compare(cell)
	for _, s := range p.servers {
		total += s.known
		if !q.wantsServer(s, p.group) {
			continue
		}
		for _, k := range s.queues {
			if !wantsQueue(filter, k.Function) {
				continue
			}
			found++
			if first = append(first, k); len(first) == 4*most {
				slices.SortFunc(first, compare)
				first = first[:most]
			}
		}
	}
	slices.SortFunc(first, compare)
	return first[:min(len(first), most)], found, total
}

// compare returns the order that is asked for.
func (q *query) compare(cell int64) func(a, b *queueState) int {
	number := map[string]func(k *queueState) int64{
		"waiting": func(k *queueState) int64 { return k.Waiting() },
		"running": func(k *queueState) int64 { return k.Busy() },
		"workers": func(k *queueState) int64 { return k.Workers },
		"change":  func(k *queueState) int64 { return change(k.series, cell, k.Waiting()) },
	}[q.sort]
	by := func(a, b *queueState) int { return cmp.Compare(a.Function, b.Function) }
	switch {
	case number != nil:
		by = func(a, b *queueState) int { return cmp.Compare(number(a), number(b)) }
	case q.sort == "server":
		by = func(a, b *queueState) int { return cmp.Compare(a.server.name, b.server.name) }
	}
	return func(a, b *queueState) int {
		order := by(a, b)
		if q.descending {
			order = -order
		}
		if order != 0 {
			return order
		}
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.server.name, b.server.name))
	}
}

// fill makes the row of a queue. most are the waiting jobs for which a bar has its full length.
func (r *queueRow) fill(k *queueState, pr *problem, most, cell int64) {
	r.ID, r.Name, r.Server = k.id, output.Escape(k.Function), k.server.name
	r.Waiting, r.Busy, r.Workers = output.Count(k.Waiting()), output.Count(k.Running), output.Count(k.Workers)
	r.Bar = bar(k.Waiting(), most)
	r.Trend = newTrend(k.series, cell, k.Waiting())
	r.Trend.Lost = k.lost
	switch {
	case k.server.err != nil:
		r.Old, r.Word, r.Class = true, "last known", "old"
	case pr != nil:
		r.Word = pr.word
		_, r.Class = word(pr.State)
	}
}
