package queue_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// declined answers no to a question of some servers, and returns what stood before it.
func declined(t *testing.T, servers []string, argv ...string) string {
	t.Helper()
	r := commandtest.OnTerminal(t, "n\n", append([]string{"-s", strings.Join(servers, ",")}, argv...)...)
	said, _, asked := strings.Cut(r.Stderr, " [y/N]")
	if !asked || r.Code != commandtest.ExitFailed || r.Stdout != "" {
		t.Errorf("%q: no question: %+v", argv, r)
	}
	return said
}

// TestTheQuestionOfADropNamesQueuesAndServers: each queue of each server with what becomes of it, and in the question only what is
// dropped, by name if these are few.
func TestTheQuestionOfADropNamesQueuesAndServers(t *testing.T) {
	t.Parallel()
	a, b, without := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
	commandtest.Gearctl(t, "", "-s", a+","+b, "queue", "create", "q1", "q2", "q3", "q4", "q5", "q6")
	commandtest.FillQueue(t, b, "q2", 1)
	for _, c := range []struct {
		servers []string
		queues  string
		asks    string
	}{
		{[]string{a}, "q2", "drop q2?"},
		{[]string{a}, "q5 q4 q3 q2 q1", "drop q1, q2, q3, q4, q5?"},
		{[]string{a}, "q*", "drop 6 queues?"},
		{[]string{a, b, without}, "q1 q2", "drop q1, q2 on 2 servers?"},
		{[]string{a, b, without}, "q2", "drop q2?"},
		{[]string{a, b, without}, "q*", "drop 11 queues on 2 servers?"},
	} {
		said := declined(t, c.servers, append([]string{"queue", "drop", "--all"}, strings.Fields(c.queues)...)...)
		if !strings.HasSuffix(said, "\n"+c.asks) {
			t.Errorf("%s of %d servers: asked %q, want %q", c.queues, len(c.servers), said, c.asks)
		}
	}
	said := declined(t, []string{a, b, without}, "queue", "drop", "q1", "q2")
	for _, line := range []string{
		"q1 on " + a + ": empty\n", "q2 on " + a + ": empty\n", "q1 on " + b + ": empty\n",
		"q2 on " + b + ": drop queue q2: it still has 1 job", "q1 on " + without + ": unknown queue \"q1\"",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("want %q in %q", line, said)
		}
	}
}

// TestTheQuestionOfGCNamesQueuesAndServers: only servers with something to clean up are counted.
func TestTheQuestionOfGCNamesQueuesAndServers(t *testing.T) {
	t.Parallel()
	a, b, clean := servertest.Embedded(t), servertest.Embedded(t), servertest.Embedded(t)
	servertest.SubmitCancelled(t, a, "p")
	commandtest.Gearctl(t, "", "-s", a, "submit", "-b", "gearctl_canary_x", "x", "y")
	if said, want := declined(t, []string{a, clean}, "queue", "gc"), "gearctl_canary_x on "+a+": left by a gearctl, 2 jobs\np on "+a+
		": 1 job, apparently cancelled or abandoned; no worker\nclean up 2 queues?"; said != want {
		t.Errorf("asked %q, want %q", said, want)
	}
	commandtest.Gearctl(t, "", "-s", b, "queue", "create", "e")
	if said := declined(t, []string{a, clean, b}, "queue", "gc", "--empty"); !strings.HasSuffix(said, "\ne on "+b+": empty, no worker\nclean up 3 queues on 2 servers?") {
		t.Errorf("asked %q", said)
	}
}
