package status

import (
	"context"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// watchBy is status --by --watch.
func watchBy(ctx context.Context, env *cli.Env, g *grouping, t *tallier) error {
	p, err := newPoller(env, t.ask)
	if err != nil {
		return err
	}
	w, err := newWatcher[groupRow](env, t.o, g.options(t.o))
	if err != nil {
		return err
	}
	defer w.close()
	seen := map[problemKey]time.Time{}
	return p.run(ctx, t.o.interval, func() error {
		g.now = env.Now()
		states := make([]serverState, len(p.polls))
		var bad []error
		for i := range p.polls {
			s := &p.polls[i]
			states[i] = serverState{server: s.server, tally: s.value, answered: s.answered, err: s.err, silent: s.silent()}
			if s.value != nil {
				bad = append(bad, cmderr.BadLines(s.value.bad))
			}
		}
		seen = agedProblems(states, seen)
		rows := g.rows(states)
		if g.by == byQueue { // servers have no row
			bad = append(bad, noAnswer(states))
		}
		return w.show(rows, cmderr.MergeErrors(bad...))
	})
}

type problemKey struct {
	server, queue, text string
	state               int
}

// agedProblems sets since when the problems of servers exist, by what was seen before, and returns what is seen now.
func agedProblems(states []serverState, before map[problemKey]time.Time) map[problemKey]time.Time {
	now := map[problemKey]time.Time{}
	for _, st := range states {
		if st.tally == nil {
			continue
		}
		for i := range st.tally.problems {
			p := &st.tally.problems[i]
			key := problemKey{server: p.server, queue: p.queue, state: p.State}
			if p.queue == "" {
				key.text = p.Text
			}
			if p.since = before[key]; p.since.IsZero() {
				p.since = st.answered
			}
			now[key] = p.since
		}
	}
	return now
}

func (r groupRow) rowName() string {
	if r.Group == nil {
		return ""
	}
	return "=" + *r.Group
}

// Cell returns the number in a column, 0 for other columns.
func (r groupRow) Cell(key string) int64 {
	of := map[string]*int64{"queues": r.Queues, "waiting": r.Waiting, "running": r.Running, "workers": r.Workers}
	if n := of[key]; n != nil {
		return *n
	}
	return 0
}
