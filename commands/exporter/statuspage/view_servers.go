package statuspage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/trend"
	"gearctl/output"
)

// sums are the numbers of servers together.
type sums struct{ servers, answering, queues, waiting, busy, problems int64 }

func (t *sums) add(s *serverState, problems int64) {
	t.servers++
	t.problems += problems
	if s.err != nil || s.lastAnswer.IsZero() {
		return
	}
	t.answering++
	t.queues += int64(s.known)
	t.waiting += s.total
	t.busy += s.active
}

// addServers adds the servers, those with problems first, and their groups.
func (p *Page) addServers(v *view, q *query, problems []problem, now time.Time) {
	count, worst := map[*serverState]int64{}, map[*serverState]int{}
	for _, pr := range problems {
		if pr.State == stateRising {
			continue
		}
		count[pr.server]++
		if pr.queue == nil {
			worst[pr.server] = max(worst[pr.server], judge.Severity(pr.State))
		}
	}
	groups, all := map[string]*sums{}, new(sums)
	var list []*serverState
	for _, s := range p.servers {
		all.add(s, count[s])
		if g := s.labels[p.group]; g != "" {
			if groups[g] == nil {
				groups[g] = new(sums)
			}
			groups[g].add(s, count[s])
		}
		if q.group == "" || q.group == s.labels[p.group] {
			list = append(list, s)
		}
	}
	v.Sums = fmt.Sprintf("%s, %s, %s running.", output.Plural(all.queues, "queue", "queues"), judge.WaitingJobs(all.waiting), output.Count(all.busy))
	if all.servers > 1 {
		v.Sums = fmt.Sprintf("%s of %s servers answer: %s", output.Count(all.answering), output.Count(all.servers), v.Sums)
	}
	v.addGroups(q, groups)
	slices.SortStableFunc(list, func(a, b *serverState) int {
		return cmp.Or(worst[b]-worst[a], cmp.Compare(min(count[b], 1), min(count[a], 1)), cmp.Compare(b.total, a.total), cmp.Compare(a.name, b.name))
	})
	n := v.MoreServers.cut(q, partServers, len(list), fewServers, manyServers, "server", "servers")
	for _, s := range list[:n] {
		v.Servers = append(v.Servers, p.serverRow(s, q, count[s], now))
	}
}

func (v *view) addGroups(q *query, groups map[string]*sums) {
	most := int64(1)
	for _, t := range groups {
		most = max(most, t.waiting)
	}
	for _, name := range v.GroupNames {
		t := groups[name]
		row := groupRow{
			Name: output.Escape(name), Current: q.group == name, Answering: fmt.Sprintf("%d of %d", t.answering, t.servers),
			Queues: output.Count(t.queues), Waiting: output.Count(t.waiting), Busy: output.Count(t.busy), Bar: bar(t.waiting, most),
			Problems: output.Count(t.problems), ProblemClass: map[bool]string{true: "crit"}[t.problems > 0],
		}
		row.URL = q.url(func(q *query) { q.group, q.server = name, "" })
		if row.Current {
			row.URL = q.url(func(q *query) { q.group = "" })
		}
		v.Groups = append(v.Groups, row)
	}
}

func (p *Page) serverRow(s *serverState, q *query, problems int64, now time.Time) serverRow {
	row := serverRow{
		ID: slices.Index(p.servers, s), Name: s.name, Current: q.server == s.name, Version: output.Escape(s.version.Reported()), Labels: s.labelText(p.group),
		Queues: output.Count(int64(s.known)), Waiting: output.Count(s.total), Busy: output.Count(s.active),
		State: "answers", Trend: newTrend(&s.series, trend.CellOf(now), s.total),
	}
	switch {
	case s.err != nil:
		row.State, row.Class, row.Since = "no answer", "crit", at(cmpTime(s.lastAnswer, p.started), now)
	case s.lastAnswer.IsZero():
		row.State = "is being asked"
	case problems > 0:
		row.State, row.Class = output.Plural(problems, "problem", "problems"), "warn"
	}
	if s.lastAnswer.IsZero() {
		row.Queues, row.Waiting, row.Busy, row.Trend = "–", "–", "–", trendView{}
	}
	row.URL = q.url(func(q *query) { q.server = s.name }) + "#queues"
	if row.Current {
		row.URL = q.url(func(q *query) { q.server = "" })
	}
	return row
}

// labelText returns the labels of a server besides that of its group.
func (s *serverState) labelText(group string) string {
	var list []string
	for name, value := range s.labels {
		if name != group {
			list = append(list, output.Escape(name+"="+value))
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}
