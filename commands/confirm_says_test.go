package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"gearctl/commands/internal/servertest"
	"gearctl/output"
	"gearctl/wire"
)

// questionTexts are the questions by the line of questions. {jobs}, {queues} and {names} are all that the line is about, {max} is one job
// of each server, {on} the number of servers if there are several, and {to} the target of a move.
var questionTexts = map[string]string{
	"drain q":                          "drain {jobs}{on}?",
	"drain q --to {}":                  "drain {jobs}{on}?",
	"drain q --max 1":                  "drain {max}{on}?",
	"drain q --complete -o raw":        "drain {jobs}{on}?",
	"drain q --match payload=0":        "drain up to {matching}{on}?",
	"drain * --all":                    "drain {jobs}{on}?",
	"drain empty --for 1ms":            "drain 0 jobs{on} and those that arrive within 1ms?",
	"drain new --for 1ms":              "drain 0 jobs{on} and those that arrive within 1ms?",
	"move q other":                     "move {jobs}{on} to {to}?",
	"move q other --max 1":             "move {max}{on} to {to}?",
	"move q other --copy":              "copy {jobs}{on} to {to}?",
	"move q other --match payload=0":   "move those of {jobs} that match{on} to {to}?",
	"queue drop {}":                    "drop {names}{on}?",
	"queue drop empty* --all":          "drop {names}{on}?",
	"queue gc":                         "clean up {queues}{on}?",
	"queue gc --empty":                 "clean up {queues}{on}?",
	"job cancel {}":                    "cancel {handles}?",
	"job cancel {} --sweep q":          "cancel {handles}?",
	"result tail q --once --undecoded": "take the results of q away from its readers?",

	"drain empty --follow --max 1 --for 1ms": "drain 0 jobs{on} and all that arrive within 1ms, 1 of each queue at most?",
}

// TestAQuestionSaysWhatWillBeDone: the numbers and names of a question are those of what a yes destroys, on one server and on two, and a
// server that has nothing of it is not counted.
func TestAQuestionSaysWhatWillBeDone(t *testing.T) {
	t.Parallel()
	for _, q := range questions {
		for _, n := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s, of %d", q.line, n), func(t *testing.T) {
				t.Parallel()
				a, b, idle := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
				arg := q.setUp(t, a, n)
				check := func(addrs string, total, on int) {
					t.Helper()
					got := q.ask(t, addrs, arg, "n\n", onTerminal)
					asked, _, _ := strings.Cut(got.Stderr, " [y/N]")
					asked = asked[strings.LastIndex(asked, "\n")+1:]
					if want := q.text(t, addrs, arg, n, total, on); asked != want {
						t.Errorf("of %d on %d servers it asks\n%s\nwant\n%s\nall of it: %q", total, on, asked, want, got.Stderr)
					}
				}
				if !strings.HasSuffix(q.line, "--empty") { // which would be dropped
					servertest.Ask(t, idle, func(ctx context.Context, c *wire.Conn) (any, error) { return nil, c.CreateFunction(ctx, "q") })
				}
				check(a, n, 1)
				if !strings.HasPrefix(q.line, "drain new") { // which all servers wait for
					check(a+","+idle, n, 1)
				}
				if strings.HasPrefix(q.line, "job ") { // a handle is of one server
					return
				}
				q.setUp(t, b, 1)
				check(a+","+b, n+1, 2)
			})
		}
	}
}

func (q question) text(t *testing.T, addrs, arg string, n, total, on int) string {
	t.Helper()
	text, ok := questionTexts[q.line]
	if !ok {
		t.Fatalf("questionTexts has no %q", q.line)
	}
	names, to, several := "empty", addrs+"/other", ""
	for i := range n - 1 {
		names += fmt.Sprint(", empty", i)
	}
	if on > 1 {
		several = fmt.Sprintf(" on %d servers", on)
	}
	if strings.Contains(addrs, ",") {
		to = "queue other of the same server"
	}
	return strings.NewReplacer(
		"{jobs}", output.Plural(int64(total), "job", "jobs"), "{max}", output.Plural(int64(on), "job", "jobs"),
		"{matching}", output.Plural(int64(total), "job that matches", "jobs that match"),
		"{queues}", output.Plural(int64(total), "queue", "queues"), "{names}", names,
		"{handles}", output.Plural(int64(len(strings.Fields(arg))), "job", "jobs"), "{on}", several, "{to}", to,
	).Replace(text)
}
