package workerpool

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConnectionsOfALimit is how a limit of connections is divided: queues that share one, the permanent connections of each
// queue, and how many more there may be.
func TestConnectionsOfALimit(t *testing.T) {
	t.Parallel()
	queues := strings.Fields("a b c d e")
	for name, c := range map[string]struct {
		limits   *ConnLimits
		groups   []string
		perQueue int
		extra    int
	}{
		"one queue gets a connection for each parallel job":     {&ConnLimits{Max: 10, Queues: 1, Parallel: 4}, []string{"a"}, 4, 6},
		"parallel jobs are divided among queues":                {&ConnLimits{Max: 10, Queues: 2, Parallel: 5}, []string{"a", "b"}, 2, 6},
		"each queue has a connection, also beyond --parallel":   {&ConnLimits{Max: 10, Queues: 3, Parallel: 1}, []string{"a", "b", "c"}, 1, 7},
		"the limit is more than --parallel asks for":            {&ConnLimits{Max: 2, Queues: 1, Parallel: 8}, []string{"a"}, 2, 0},
		"a reserved connection is not for queues":               {&ConnLimits{Max: 3, Reserved: 1, Queues: 2, Parallel: 1}, []string{"a", "b"}, 1, 0},
		"queues beyond the limit share connections":             {&ConnLimits{Max: 2, Queues: 5, Parallel: 1}, []string{"a c e", "b d"}, 1, 0},
		"all share what a reserved connection leaves":           {&ConnLimits{Max: 2, Reserved: 1, Queues: 3, Parallel: 9}, []string{"a b c"}, 1, 0},
		"with as many queues as connections none of them share": {&ConnLimits{Max: 5, Queues: 5, Parallel: 1}, []string{"a", "b", "c", "d", "e"}, 1, 0},
	} {
		l := c.limits
		var groups []string
		for _, g := range l.distribute(queues[:l.Queues]) {
			groups = append(groups, strings.Join(g, " "))
		}
		if diff := cmp.Diff(c.groups, groups); diff != "" || l.perQueue() != c.perQueue {
			t.Errorf("%s: %d connections for each queue, want %d; groups: %s", name, l.perQueue(), c.perQueue, diff)
		}
		if shared := len(c.groups) < l.Queues; l.Shared() != shared {
			t.Errorf("%s: shared %v, want %v", name, l.Shared(), shared)
		}
		extra := 0
		for ; extra <= l.Max && l.acquire("gm1"); extra++ {
		}
		if extra != c.extra {
			t.Errorf("%s: %d more connections allowed, want %d", name, extra, c.extra)
		}
	}
}

func TestExtraConnectionsAreCountedByServerAndReleased(t *testing.T) {
	t.Parallel()
	l := &ConnLimits{Max: 2, Queues: 1, Parallel: 1}
	if !l.acquire("gm1") || l.acquire("gm1") || !l.acquire("gm2") {
		t.Error("each server must have room for one more connection than the permanent one")
	}
	l.release("gm1")
	if !l.acquire("gm1") {
		t.Error("a released connection leaves no room")
	}
}

func TestALimitMustLeaveAConnectionForQueues(t *testing.T) {
	t.Parallel()
	if err := (&ConnLimits{Max: 1, Reserved: 1}).Validate(); err == nil || !strings.Contains(err.Error(), "at least 2") {
		t.Errorf("got %v", err)
	}
	if err := (&ConnLimits{Max: 2, Reserved: 1}).Validate(); err != nil {
		t.Error(err)
	}
}
