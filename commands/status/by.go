package status

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// What --by takes besides the name of a label, which can be neither.
const (
	byServer = "server"
	byQueue  = "queue"
)

// groupKey is the key of groupRow.Group before it is renamed.
const groupKey = "group"

// groupRow is the sum over a server, the servers with a value of a label, or a queue on all servers. Group has the key "server",
// "queue" or the name of the label.
type groupRow struct {
	Group          *string  `json:"group" out:"name"` // nil: the servers without the label
	Servers        int      `json:"servers" out:"optional,drop3"`
	Answering      int      `json:"answering" out:"optional,drop8"`
	Version        *string  `json:"version" out:"optional,drop2"`
	Versions       []string `json:"versions" out:"optional,drop2"`
	Queues         *int64   `json:"queues" out:"optional,drop1"`
	Waiting        *int64   `json:"waiting" out:"keep"`
	Running        *int64   `json:"running" out:"drop4"`
	Workers        *int64   `json:"workers" out:"drop6"`
	Problems       int64    `json:"problems" out:"optional"`
	Problem        *string  `json:"problem" out:"name"`
	ProblemSeconds *float64 `json:"problem_seconds" out:"optional,seconds,drop7"`
	Age            *float64 `json:"age_seconds" out:"optional,seconds,drop5"`

	worst problem // of Problem
}

// Style highlights problems.
func (r groupRow) Style(key string) output.Style {
	switch {
	case r.Problem != nil && (key == "problem" || key == "problem_seconds" || key == "answering" && r.Answering < r.Servers):
		if judge.Severity(r.worst.State) == 3 {
			return output.Bad
		}
		return output.Warn
	case key == "waiting" && r.Waiting != nil && *r.Waiting > 0:
		return output.Warn
	case key == "running" && r.Running != nil && *r.Running > 0:
		return output.Good
	}
	return output.Plain
}

// serverState is what is known of a server: its last answer, and whether the last attempt failed.
type serverState struct {
	server   string
	tally    *tally    // nil: it has not answered
	answered time.Time // when it did
	err      error     // of the last attempt; nil: it answered
	silent   time.Time // since when there is no answer; zero: it answered the last time
}

// grouping is how servers and their queues are summed.
type grouping struct {
	by     string
	labels *output.Labels
	watch  bool
	now    time.Time // of the rows, with watch
}

// newGrouping checks --by.
func newGrouping(env *cli.Env, o options) (*grouping, error) {
	g := &grouping{by: o.by, labels: env.Labels(), watch: o.watch}
	if o.priority {
		return nil, cmderr.Usagef("--by and --priority cannot be combined")
	}
	if o.by == byServer || o.by == byQueue {
		return g, nil
	}
	if _, _, err := env.Network(); err != nil { // such as an unknown context
		return nil, err
	}
	return g, env.CheckLabel("--by", o.by)
}

// options are those of a printer of the rows.
func (g *grouping) options(o options) output.Options {
	key, also, hidden := g.by, []string{"servers", "answering", "versions", "queues"}, []string{"problems"}
	switch g.by {
	case byServer:
		also[2] = "version"
		hidden = append(hidden, "servers", "answering")
	case byQueue:
		also = also[:1]
	default:
		if slices.Contains(output.Keys(output.ColumnsOf[groupRow]()), key) {
			key = "label_" + key
		}
	}
	also = append(also, "problems")
	if g.watch {
		also = append(also, "problem_seconds", "age_seconds")
	}
	return output.Options{Sort: o.sort, Also: also, HideInTable: hidden, Rename: map[string]string{groupKey: key}, Empty: "no queues"}
}

// key returns what a server is summed under.
func (g *grouping) key(server string) (value string, ok bool) {
	if g.by == byServer {
		return server, true
	}
	value, ok = g.labels.Of(server)[g.by]
	return value, ok
}

// rows sums the states of servers.
func (g *grouping) rows(states []serverState) []groupRow {
	var list []*group
	if g.by == byQueue {
		list = g.queues(states)
	} else {
		list = g.servers(states)
	}
	slices.SortFunc(list, func(a, b *group) int {
		return cmp.Or(-cmp.Compare(btoi(a.named), btoi(b.named)), cmp.Compare(a.name, b.name))
	})
	rows := make([]groupRow, len(list))
	for i, s := range list {
		rows[i] = g.row(s)
	}
	return rows
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (g *grouping) row(s *group) groupRow {
	r := groupRow{Servers: s.servers, Answering: s.answering, Versions: s.versions, Problems: int64(len(s.problems))}
	if s.named {
		r.Group = &s.name
	}
	if len(s.versions) > 0 {
		r.Version = &s.versions[0]
	}
	slices.Sort(s.versions)
	if s.answers > 0 {
		r.Queues, r.Waiting, r.Running, r.Workers = &s.totals.queues, &s.waiting, &s.running, s.workers
	}
	if g.watch && !s.oldest.IsZero() {
		age := g.now.Sub(s.oldest).Round(time.Millisecond).Seconds()
		r.Age = &age
	}
	if len(s.problems) == 0 {
		return r
	}
	r.worst = s.problems[0]
	for i := range s.problems[1:] {
		if p := &s.problems[i+1]; g.first(p, &r.worst) {
			r.worst = *p
		}
	}
	text := g.text(&r.worst)
	if more := int64(len(s.problems)) - 1; more > 0 {
		text += "; " + output.Count(more) + " more"
	}
	r.Problem = &text
	if !r.worst.since.IsZero() {
		age := g.now.Sub(r.worst.since).Round(time.Millisecond).Seconds()
		r.ProblemSeconds = &age
	}
	return r
}

// first reports whether a row shows p and not other: with watch the one that was seen first, else the worse one.
func (g *grouping) first(p, other *problem) bool {
	if !p.since.Equal(other.since) {
		return p.since.Before(other.since)
	}
	return p.worse(other)
}

// text describes a problem by what the row does not name.
func (g *grouping) text(p *problem) string {
	where := ""
	if g.by != byQueue && p.queue != "" {
		where = p.queue
	}
	if g.by != byServer {
		if where != "" {
			where += " on "
		}
		where += p.server
	}
	text := p.Text
	if p.silent && !p.since.IsZero() {
		text = "silent since " + p.since.Format(time.TimeOnly) + ": " + text
	}
	if where == "" {
		return text
	}
	return where + ": " + text
}

// runBy is status --by.
func runBy(ctx context.Context, env *cli.Env, m *servers.Matcher, o options) error {
	g, err := newGrouping(env, o)
	if err != nil {
		return err
	}
	t := &tallier{o: o, m: m, seen: servers.Seen{Matcher: m, MaxNames: env.Globals.MaxRows}}
	if o.watch {
		return watchBy(ctx, env, g, t)
	}
	p, err := cli.NewPrinter[groupRow](env, g.options(o))
	if err != nil {
		return err
	}
	d, addrs, err := env.Network()
	if err != nil {
		return err
	}
	states := make([]serverState, len(addrs))
	for i, r := range wire.FanOut(ctx, d, addrs, t.ask) {
		states[i] = serverState{server: r.Server, tally: r.Value, err: r.Err}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	silent := noAnswer(states)
	errs := []error{silent}
	answers := 0
	for _, st := range states {
		if st.tally != nil {
			answers++
			errs = append(errs, cmderr.BadLines(st.tally.bad))
		}
	}
	rows := g.rows(states)
	if answers > 0 {
		errs = append(errs, cmderr.SomeFailed(t.seen.Missing(), len(t.seen.Missing()) < len(m.Exact)+len(m.Globs)))
	}
	return cmderr.MergeErrors(append([]error{p.PrintAll(rows)}, errs...)...)
}
