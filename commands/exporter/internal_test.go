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
	x := &exporter{timeout: 5 * time.Second}
	for header, want := range map[string]time.Duration{
		"": x.timeout, "10": x.timeout, "5": 4500 * time.Millisecond, "1": 800 * time.Millisecond, "0.1": 80 * time.Millisecond,
		"0": x.timeout, "-1": x.timeout, "x": x.timeout, "NaN": x.timeout, "+Inf": x.timeout, "1e300": x.timeout,
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set(scrapeTimeoutHeader, header)
		if got := x.limit(r); got != want {
			t.Errorf("header %q: %v, want %v", header, got, want)
		}
	}
}
