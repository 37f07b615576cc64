package status

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// tallyOf is the tally of a server with these queues.
func tallyOf(t *testing.T, o options, server string, patterns []string, rows ...wire.FunctionStatus) *tally {
	t.Helper()
	m, err := servers.NewMatcher(patterns)
	if err != nil {
		t.Fatal(err)
	}
	s := &tally{}
	a := &tallier{o: o, m: m, seen: servers.Seen{Matcher: m, MaxNames: 100}}
	for _, q := range rows {
		name := []byte(q.Function)
		q.Function = ""
		a.add(s, server, q, name)
	}
	return s
}

func queueOf(name string, total, running, workers int64) wire.FunctionStatus {
	return wire.FunctionStatus{Function: name, Total: total, Running: running, Workers: workers}
}

// rowText is what a table would show of a row.
func rowText(r groupRow) string {
	value := func(n *int64) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprint(*n)
	}
	name, problem := "-", ""
	if r.Group != nil {
		name = *r.Group
	}
	if r.Problem != nil {
		problem = " " + *r.Problem
	}
	if r.ProblemSeconds != nil {
		problem += fmt.Sprintf(" (%v s)", *r.ProblemSeconds)
	}
	if r.Age != nil {
		problem += fmt.Sprintf(" age %v", *r.Age)
	}
	return fmt.Sprintf("%s %d/%d q%s w%s r%s c%s p%d%s", name, r.Answering, r.Servers, value(r.Queues), value(r.Waiting), value(r.Running), value(r.Workers), r.Problems, problem)
}

func rowTexts(rows []groupRow) string {
	var list []string
	for _, r := range rows {
		list = append(list, rowText(r))
	}
	return strings.Join(list, "\n")
}

// TestSumsAndTheWorstProblemOfEachGroup of servers of which one is lost.
func TestSumsAndTheWorstProblemOfEachGroup(t *testing.T) {
	t.Parallel()
	one, two := int64(1), int64(2)
	a := tallyOf(t, options{}, "a:1", nil, queueOf("q", 5, 2, 1), queueOf("r", 3, 0, 0), queueOf("s", 9, 0, 0), queueOf("gearctl_canary_x", 4, 0, 0))
	a.workers = &one
	b := tallyOf(t, options{}, "b:1", nil, queueOf("q", 1, 2, 1), queueOf("r", 1, 1<<32-1, 1))
	b.workers = &two
	c := &tally{problems: []problem{{Problem: judge.NoQueues(), server: "c:1"}}}
	refused := &wire.OpError{Server: "d:1", Op: "dial", Err: errors.New("refused")}
	states := []serverState{
		{server: "d:1", err: refused}, {server: "c:1", tally: c}, {server: "b:1", tally: b}, {server: "a:1", tally: a},
	}
	labels := map[string]map[string]string{"a:1": {"site": "x"}, "b:1": {"site": "y"}, "c:1": {"site": "y"}, "d:1": {"site": "x"}}
	for by, want := range map[string]string{
		byServer: `a:1 1/1 q4 w19 r2 c1 p2 s: 9 jobs waiting without a worker; 1 more
b:1 1/1 q2 w1 r2 c2 p2 r: more jobs running (4294967295) than there are (1): a counter of the server fell below zero; 1 more
c:1 1/1 q0 w0 r0 c- p1 no queues: no worker has registered and no job was submitted
d:1 0/1 q- w- r- c- p1 cannot be reached: refused`,
		"site": `x 1/2 q4 w19 r2 c1 p3 d:1: cannot be reached: refused; 2 more
y 2/2 q2 w1 r2 c2 p3 c:1: no queues: no worker has registered and no job was submitted; 2 more`,
		"stage": `- 3/4 q6 w20 r4 c3 p6 d:1: cannot be reached: refused; 5 more`,
	} {
		g := &grouping{by: by, labels: &output.Labels{Of: func(s string) map[string]string { return labels[s] }}}
		if got := rowTexts(g.rows(states)); got != want {
			t.Errorf("--by %s: got\n%s\nwant\n%s", by, got, want)
		}
	}
	byQueues := options{by: byQueue}
	states = []serverState{
		{server: "d:1", err: refused},
		{server: "b:1", tally: tallyOf(t, byQueues, "b:1", nil, queueOf("q", 1, 0, 1), queueOf("r", 2, 1, 1<<32-1))},
		{server: "a:1", tally: tallyOf(t, byQueues, "a:1", nil, queueOf("q", 5, 2, 3), queueOf("s", 9, 0, 0))},
		{server: "c:1", tally: tallyOf(t, byQueues, "c:1", nil, queueOf("s", 10, 0, 0))},
	}
	want := `q 0/2 q2 w4 r2 c4 p0
r 0/1 q1 w1 r1 c0 p1 b:1: 4294967295: a counter of the server fell below zero
s 0/2 q2 w19 r0 c0 p2 c:1: 10 jobs waiting without a worker; 1 more`
	if got := rowTexts((&grouping{by: byQueue}).rows(states)); got != want {
		t.Errorf("--by queue: got\n%s\nwant\n%s", got, want)
	}
}

// TestWhatIsSummed: queues that were asked for, with --waiting those in which jobs wait.
func TestWhatIsSummed(t *testing.T) {
	t.Parallel()
	rows := []wire.FunctionStatus{queueOf("a", 1, 0, 0), queueOf("b", 2, 2, 1), queueOf("gearctl_canary_x", 4, 0, 0)}
	for _, tt := range []struct {
		o        options
		patterns []string
		want     totals
		problems int
	}{
		{options{}, nil, totals{3, 5, 2}, 1},
		{options{waiting: true}, nil, totals{2, 5, 0}, 1},
		{options{}, []string{"b"}, totals{1, 0, 2}, 0},
		{options{}, []string{"*"}, totals{2, 1, 2}, 1},
		{options{}, []string{"gearctl_canary_x"}, totals{1, 4, 0}, 0},
		{options{waiting: true}, []string{"b"}, totals{}, 0},
	} {
		if s := tallyOf(t, tt.o, "a:1", tt.patterns, rows...); s.totals != tt.want || len(s.problems) != tt.problems || len(s.byQueue) > 0 {
			t.Errorf("%v waiting %v: %+v with %d problems, want %+v with %d", tt.patterns, tt.o.waiting, s.totals, len(s.problems), tt.want, tt.problems)
		}
	}
	many := make([]wire.FunctionStatus, maxProblems+5)
	for i := range many {
		many[i] = queueOf(fmt.Sprint("q", i), 1, 0, 0)
	}
	if s := tallyOf(t, options{}, "a:1", nil, many...); len(s.problems) != maxProblems || s.queues != maxProblems+5 {
		t.Errorf("%d problems of %d queues are kept", len(s.problems), s.queues)
	}
	s := tallyOf(t, options{}, "a:1", nil, queueOf("q", 1<<32-1, 3, 0), queueOf("r", 4, 1<<32-1, 0)) // in doubt, and in r jobs wait without a worker
	if len(s.problems) != 2 || s.problems[0].State != 3 || s.problems[1].State != 2 || s.problems[1].waiting != 4 || s.problems[1].queue != "r" || s.problems[1].server != "a:1" {
		t.Errorf("the worst of two problems of a queue: %+v", s.problems)
	}
}

// TestTheOrderOfProblems: the graver state, then the whole server, then where more jobs wait. With --watch the oldest comes
// first, and the row has its age and that of the oldest answer.
func TestTheOrderOfProblems(t *testing.T) {
	t.Parallel()
	p := func(state int, queue string, waiting int64) problem {
		return problem{Problem: judge.Problem{State: state, Text: "t"}, queue: queue, waiting: waiting}
	}
	order := []problem{p(2, "", 0), p(2, "q", 9), p(2, "q", 8), p(1, "", 0), p(1, "q", 99), p(3, "", 0), p(3, "q", 100)}
	for i := range order {
		for j := range order {
			if got := order[i].worse(&order[j]); got != (i < j) {
				t.Errorf("%+v is worse than %+v: %v", order[i], order[j], got)
			}
		}
	}
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	old, recent := p(1, "old", 1), p(2, "recent", 1)
	old.server, recent.server = "a:1", "a:1"
	old.since, recent.since = now.Add(-90*time.Second), now.Add(-time.Second)
	g := &grouping{by: byServer, watch: true, now: now}
	states := []serverState{
		{server: "a:1", answered: now.Add(-4 * time.Second), tally: &tally{problems: []problem{recent, old}}},
		{server: "b:1", answered: now.Add(-61 * time.Second), silent: now.Add(-60 * time.Second), tally: &tally{}},
		{server: "c:1", silent: now.Add(-2 * time.Second), err: &wire.OpError{Server: "c:1", Op: "status", Err: wire.ErrSilent}},
	}
	want := `a:1 1/1 q0 w0 r0 c- p2 old: t; 1 more (90 s) age 4
b:1 1/1 q0 w0 r0 c- p1 silent since 11:59:00: no answer yet (60 s) age 61
c:1 0/1 q- w- r- c- p1 silent since 11:59:58: no answer in time (2 s)`
	if got := rowTexts(g.rows(states)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	g.by, g.labels = "site", &output.Labels{Of: func(string) map[string]string { return nil }}
	if got, want := rowTexts(g.rows(states)), "- 2/3 q0 w0 r0 c- p4 old on a:1: t; 3 more (90 s) age 61"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestSinceWhenAProblemIs: as long as it was seen again and again, on the same queue in the same state.
func TestSinceWhenAProblemIs(t *testing.T) {
	t.Parallel()
	at := func(s int) time.Time { return time.Unix(int64(1000+s), 0) }
	state := func(second, code int, queue, text string) []serverState {
		return []serverState{{server: "b:1"}, {
			server: "a:1", answered: at(second),
			tally: &tally{problems: []problem{{Problem: judge.Problem{State: code, Text: text}, server: "a:1", queue: queue}}},
		}}
	}
	seen := map[problemKey]time.Time{}
	for _, tt := range []struct {
		second, code int
		queue, text  string
		want         int
	}{
		{0, 2, "q", "1 job waiting", 0},
		{1, 2, "q", "2 jobs waiting", 0}, // the text of a queue's problem changes
		{2, 1, "q", "2 jobs waiting", 2}, // another state
		{3, 1, "r", "2 jobs waiting", 3},
		{4, 1, "", "no queues", 4},
		{5, 1, "", "no queues", 4},
		{6, 1, "", "something else", 6},
		{7, 1, "", "no queues", 7}, // it was gone meanwhile
	} {
		states := state(tt.second, tt.code, tt.queue, tt.text)
		seen = agedProblems(states, seen)
		if got := states[1].tally.problems[0].since; got != at(tt.want) || len(seen) != 1 {
			t.Errorf("%+v: since %v", tt, got.Sub(at(0)))
		}
	}
}

// TestServersThatDidNotAnswerAreCountedAndNamed, five of them, and the error of one that could be reached decides.
func TestServersThatDidNotAnswerAreCountedAndNamed(t *testing.T) {
	t.Parallel()
	silent := func(server string) error { return &wire.OpError{Server: server, Op: "status", Err: wire.ErrSilent} }
	refused := &wire.OpError{Server: "gm0", Op: "dial", Err: errors.New("refused")}
	states := []serverState{{server: "up", tally: &tally{}}}
	if err := noAnswer(states); err != nil {
		t.Error(err)
	}
	if err := noAnswer([]serverState{{server: "gm0", err: refused}}); err != error(refused) {
		t.Errorf("the only server: %v", err)
	}
	states = append(states, serverState{server: "gm0", err: refused})
	text := "gm0 (cannot be reached: refused)"
	for n := 1; n <= 7; n++ {
		err := noAnswer(states)
		want := fmt.Sprintf("%d of %d servers did not answer: %s", n, n+1, text)
		if n > 5 {
			want += fmt.Sprintf(", and %d more", n-5)
		}
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		name := fmt.Sprint("gm", n)
		states = append(states, serverState{server: name, err: silent(name)})
		if n < 5 {
			text += ", " + name + " (no answer in time)"
		}
	}
	if err := errors.Unwrap(&unanswered{errs: []error{refused, silent("a"), silent("b")}}); err.Error() != silent("a").Error() {
		t.Errorf("what decides: %v", err)
	}
	if err := errors.Unwrap(&unanswered{errs: []error{refused}}); err != error(refused) {
		t.Errorf("what decides: %v", err)
	}
}

// TestTheColoursOfRows: red for what is CRITICAL, yellow for other problems and waiting jobs, green for running ones.
func TestTheColoursOfRows(t *testing.T) {
	t.Parallel()
	text, none, one := "t", int64(0), int64(1)
	row := func(state int) groupRow {
		return groupRow{Problem: &text, worst: problem{Problem: judge.Problem{State: state}}, Servers: 2, Answering: 1}
	}
	for _, tt := range []struct {
		r    groupRow
		key  string
		want output.Style
	}{
		{row(2), "problem", output.Bad},
		{row(2), "problem_seconds", output.Bad},
		{row(2), "answering", output.Bad},
		{row(2), "waiting", output.Plain},
		{row(1), "problem", output.Warn},
		{row(3), "problem", output.Warn},
		{groupRow{}, "problem", output.Plain},
		{groupRow{Problem: &text, Servers: 2, Answering: 2}, "answering", output.Plain},
		{groupRow{Waiting: &one}, "waiting", output.Warn},
		{groupRow{Waiting: &none}, "waiting", output.Plain},
		{groupRow{}, "waiting", output.Plain},
		{groupRow{Running: &one}, "running", output.Good},
		{groupRow{Running: &none}, "running", output.Plain},
		{groupRow{}, "running", output.Plain},
	} {
		if got := tt.r.Style(tt.key); got != tt.want {
			t.Errorf("%s of %+v: %v, want %v", tt.key, tt.r, got, tt.want)
		}
	}
}
