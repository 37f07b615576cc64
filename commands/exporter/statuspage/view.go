package statuspage

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/nagios"
	"gearctl/output"
)

// maxProblemName is how wide the name of a queue is in the list of problems, at most. The queue's row has all of it.
const maxProblemName = 100

// How much of a part is shown unless all of it is asked for, and then at most.
const (
	fewProblems, manyProblems = 12, 1_000
	fewServers, manyServers   = 12, 10_000
	fewQueues, manyQueues     = 100, 5_000
)

// view is what the template shows. Names and texts of servers are escaped for people, by output.Escape, and not yet for HTML.
type view struct {
	Context, Version string
	Interval         string
	Refresh          int // seconds
	At               clock
	State, Headline  string // the worst word, and what is wrong in short
	Sums             string
	Problems         []problemRow
	MoreProblems     more
	Group            string // the name of the label; empty: there is none
	Groups           []groupRow
	Servers          []serverRow
	MoreServers      more
	Several          bool // servers
	Queues           []queueRow
	MoreQueues       more
	Found            string // how many queues there are and match
	Columns          []columnHead
	Filter           string
	ChosenServer     string
	ChosenGroup      string
	Order            string // if it is not the default
	AllParts         []string
	ServerNames      []string
	GroupNames       []string
	Clear            string // link without the filter; empty: there is none
	Notes            []string
	Links            []Link
	Style            template.HTML // the element
	Script           template.HTML // the element
	Build            string        // of style and script
}

// more is how a part that is cut goes on.
type more struct{ Text, URL string }

// clock is a time of the server's clock.
type clock struct{ Text, Machine string }

type problemRow struct {
	State, Class  string
	Server, Queue string
	URL           string
	Text          string
	Since         clock
}

type groupRow struct {
	Name, URL              string
	Current                bool
	Answering              string
	Queues, Waiting, Busy  string
	Problems, ProblemClass string
	Bar                    string
}

type serverRow struct {
	ID                    int
	Name, URL             string
	Current               bool
	State, Class          string
	Version, Labels       string
	Queues, Waiting, Busy string
	Since                 clock // of the state; empty: not known
	Trend                 trendView
}

type queueRow struct {
	ID                     int64
	Name, Server           string
	Class, Word            string
	Old                    bool
	Waiting, Busy, Workers string
	Bar                    string // its length in hundredths; empty: none
	Trend                  trendView
}

type columnHead struct {
	Key, Title, URL, Sort, Arrow string
	Number                       bool
}

// word is the state of a problem in a word, and the class of its colour.
func word(state int) (text, class string) {
	if state == stateRising {
		return "RISING", "note"
	}
	return nagios.StateName(state), map[int]string{nagios.StateCritical: "crit", nagios.StateWarning: "warn", nagios.StateUnknown: "unkn"}[state]
}

// view returns what a request asks for. Its result depends on nothing but the query and the outcomes of polls.
func (p *Page) view(q *query) *view {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.started
	for _, s := range p.servers {
		if s.lastAnswer.After(now) {
			now = s.lastAnswer
		}
	}
	v := &view{
		Context: p.title(), Version: p.c.Version, Interval: cmderr.ShortDuration(p.c.Interval), Refresh: max(2, int(p.c.Interval.Seconds())),
		At: at(now, now), Group: p.group, Several: len(p.servers) > 1, Filter: q.filter, ChosenServer: q.server, ChosenGroup: q.group, ServerNames: p.fleet.Servers, GroupNames: p.groups(),
	}
	problems := p.problems()
	v.addProblems(q, problems, now)
	v.Headline, v.State = p.headline(problems)
	p.addServers(v, q, problems, now)
	p.addQueues(v, q, problems, now)
	p.addForm(v, q)
	if p.noSeries > 0 {
		v.Notes = append(v.Notes, fmt.Sprintf("The trends of %s with fewer waiting jobs are not kept: there is room for %s.",
			output.Plural(int64(p.noSeries), "queue", "queues"), output.Count(maxSeries)))
	}
	return v
}

// title is the context, or the only server.
func (p *Page) title() string {
	if p.c.Context == "" && len(p.servers) == 1 {
		return p.servers[0].name
	}
	return p.c.Context
}

// at returns t for people who read it at now.
func at(t, now time.Time) clock {
	if t.IsZero() {
		return clock{}
	}
	layout := "15:04:05"
	if t.Format(time.DateOnly) != now.Format(time.DateOnly) {
		layout = "Jan 2 15:04"
	}
	return clock{t.Format(layout), t.Format(time.RFC3339)}
}

func (v *view) addProblems(q *query, problems []problem, now time.Time) {
	rows := problems
	if !q.all[partProblems] {
		rows = collapse(problems)
	}
	n := v.MoreProblems.cut(q, partProblems, len(rows), fewProblems, manyProblems, "problem", "problems")
	if !q.all[partProblems] && n < len(problems) {
		v.MoreProblems.offer(q, partProblems, len(problems), manyProblems, "problem", "problems")
	}
	for _, pr := range rows[:n] {
		row := problemRow{Server: pr.server.name, Text: output.Escape(pr.Text), Since: at(pr.since, now)}
		row.State, row.Class = word(pr.State)
		target := query{sort: "waiting", descending: true, server: pr.server.name}
		if pr.servers > 1 {
			row.Server, target.server = output.Plural(pr.servers, "server", "servers"), ""
		}
		if pr.queue != nil {
			target.filter = output.Escape(pr.queue.Function)
			row.Queue = output.Fit(target.filter, min(output.Width(target.filter), maxProblemName), false)
		}
		row.URL = target.url(func(*query) {}) + "#queues"
		v.Problems = append(v.Problems, row)
	}
}

// cut returns how many of a part to show, and sets m to what is said about the others.
func (m *more) cut(q *query, part string, have, few, many int, one, several string) int {
	show, long := min(have, many), have > few+few/4 // not worth it for a few more
	switch {
	case !q.all[part] && long:
		show = few
		m.offer(q, part, have, many, one, several)
	case show < have:
		m.Text = fmt.Sprintf("The first %s of %s are shown.", output.Count(int64(show)), output.Plural(int64(have), one, several))
	case q.all[part] && long:
		m.Text, m.URL = "Show fewer", q.url(func(q *query) { delete(q.all, part) })+"#"+part
	}
	return show
}

// offer sets m to a link to all of a part.
func (m *more) offer(q *query, part string, have, many int, one, several string) {
	m.URL = q.url(func(q *query) { q.all[part] = true }) + "#" + part
	m.Text = "Show all " + output.Plural(int64(have), one, several)
	if have > many {
		m.Text = fmt.Sprintf("Show %s of %s", output.Count(int64(many)), output.Plural(int64(have), one, several))
	}
}

// headline says what is wrong in short, and the word for the worst of it.
func (p *Page) headline(problems []problem) (text, state string) {
	silent, fresh := 0, 0
	for _, s := range p.servers {
		switch {
		case s.err != nil:
			silent++
		case s.lastAnswer.IsZero():
			fresh++
		}
	}
	words := map[string]int64{}
	others, worst := int64(0), nagios.StateOK
	for _, pr := range problems {
		if judge.Severity(pr.State) > judge.Severity(worst) {
			worst = pr.State
		}
		if pr.queue == nil {
			if pr.server.err == nil {
				others++
			}
			continue
		}
		words[pr.word]++
	}
	servers := int64(len(p.servers))
	var parts []string
	add := func(n int64, one, many string) {
		if n > 0 {
			parts = append(parts, strings.Replace(map[bool]string{true: one, false: many}[n == 1], "#", output.Count(n), 1))
		}
	}
	switch {
	case silent > 0 && servers == 1:
		parts = append(parts, "the server does not answer")
	default:
		add(int64(silent), "# of "+output.Count(servers)+" servers does not answer", "# of "+output.Count(servers)+" servers do not answer")
	}
	add(words["no worker"], "jobs wait without a worker in # queue", "jobs wait without a worker in # queues")
	add(words["stalled"], "# queue is stalled", "# queues are stalled")
	add(words["cannot be true"], "the numbers of # queue cannot be true", "the numbers of # queues cannot be true")
	add(others, "# more problem with a server", "# more problems with servers")
	add(words["rising"], "# queue is rising", "# queues are rising")
	state, _ = word(worst)
	switch {
	case len(parts) == 0 && fresh > 0:
		return "The servers are being asked for the first time.", "…"
	case len(parts) == 0:
		return "All servers answer, and no job waits without a worker.", "OK"
	case worst == nagios.StateOK:
		state = "OK"
	}
	text = strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:], state
}

// addForm adds what the form and the headings of the queues need.
func (p *Page) addForm(v *view, q *query) {
	if order := q.order(); order != defaultSort {
		v.Order = order
	}
	for _, part := range []string{partProblems, partServers, partQueues} {
		if q.all[part] {
			v.AllParts = append(v.AllParts, part)
		}
	}
	if q.filter != "" || q.server != "" || q.group != "" {
		v.Clear = q.url(func(q *query) { q.filter, q.server, q.group = "", "", "" })
	}
	titles := map[string]string{"change": "15 min"}
	for _, key := range sortKeys() {
		if key == "server" && !v.Several {
			continue
		}
		text := key != "queue" && key != "server"
		h := columnHead{Key: key, Title: cmp.Or(titles[key], strings.ToUpper(key[:1])+key[1:]), Number: text, Sort: "none"}
		descending := text // numbers begin with the largest
		if q.sort == key {
			descending = !q.descending
			h.Sort, h.Arrow = "ascending", "▲"
			if q.descending {
				h.Sort, h.Arrow = "descending", "▼"
			}
		}
		h.URL = q.url(func(q *query) { q.sort, q.descending = key, descending })
		v.Columns = append(v.Columns, h)
	}
}
