package exporter

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

func TestTooManyQueuesAreLeftOutAndCounted(t *testing.T) {
	t.Parallel()
	rows := []wire.FunctionStatus{
		{Function: "c", Total: 4},
		{Function: "a", Total: 1},
		{Function: "b", Total: 2},
		{Function: "a", Total: 7},
		{Function: "d", Total: 8},
		{Function: servers.ResultQueuePrefix + "1"},
		{Function: "x"},
	}
	no, _ := servers.NewMatcher([]string{"x"})
	f := queueFilter{exclude: no, maxQueues: 2}
	shown, leftOut := f.selectQueues(rows)
	if diff := cmp.Diff([]wire.FunctionStatus{rows[1], rows[2]}, shown); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]wire.FunctionStatus{rows[0], rows[4]}, leftOut); diff != "" {
		t.Error(diff)
	}
}

func TestTheTimeOfAScrape(t *testing.T) {
	t.Parallel()
	const timeout = 5 * time.Second
	x := &exporter{longest: 5 * time.Second}
	all := &target{servers: []server{{address: "gm1:4730"}}, dialer: &wire.Dialer{Timeout: timeout}}
	for header, want := range map[string]time.Duration{
		"": timeout, "10": timeout, "5": 4500 * time.Millisecond, "1": 800 * time.Millisecond, "0.1": 80 * time.Millisecond,
		"0": timeout, "-1": timeout, "x": timeout, "NaN": timeout, "+Inf": timeout, "1e300": timeout,
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set(scrapeTimeoutHeader, header)
		if got := x.limit(r, all, 0); got != want {
			t.Errorf("header %q: %v, want %v", header, got, want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set(scrapeTimeoutHeader, "3")
	for queues, want := range map[int64]time.Duration{0: 2500 * time.Millisecond, 20_000: 2200 * time.Millisecond, 1_000_000: 1500 * time.Millisecond} {
		if got := x.limit(r, all, queues); got != want {
			t.Errorf("%d queues: %v, want %v", queues, got, want)
		}
	}
}

// TestAWorkerThatCannotBeAskedTakesNoServerDown: gearman_up is about the server, which answered.
func TestAWorkerThatCannotBeAskedTakesNoServerDown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answered bool
		failed   []scrapeStep
		up       bool
	}{
		{true, nil, true},
		{true, []scrapeStep{stepProbe, stepProbe}, true},
		{true, []scrapeStep{stepProbe, stepVersion}, false},
		{false, []scrapeStep{stepProbe}, false},
	} {
		s := &serverScrape{answered: c.answered}
		for _, step := range c.failed {
			s.fail(step, errScrapeTimeout)
		}
		if s.up() != c.up {
			t.Errorf("answered %v, failed %v: up %v, want %v", c.answered, c.failed, s.up(), c.up)
		}
	}
}
