package judge

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"gearctl/wire"
)

// TestAQueueIsJudgedByItsOwnNumbers: only jobs that wait without a worker are CRITICAL, and numbers that cannot be true UNKNOWN.
func TestAQueueIsJudgedByItsOwnNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		total, running, workers int64
		want                    []Problem
	}{
		{0, 0, 0, nil},
		{0, 0, 1, nil},
		{1, 0, 1, nil},
		{1, 1, 0, nil}, // its worker has just left
		{1, 0, 0, []Problem{{2, "1 job waiting without a worker"}}},
		{3, 1, 0, []Problem{{2, "2 jobs waiting without a worker"}}},
		{2, 3, 1, []Problem{{3, "more jobs running (3) than there are (2)"}}},
		{1, 1<<32 - 1, 0, []Problem{
			{3, wire.FunctionStatus{Total: 1, Running: 1<<32 - 1}.Doubt()},
			{2, "1 job waiting without a worker"},
		}},
	} {
		q := wire.FunctionStatus{Function: "q", Total: tt.total, Running: tt.running, Workers: tt.workers}
		if got := Queue(q); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v: got %v, want %v", q, got, tt.want)
		}
	}
}

// TestAServerThatRefusesIsUnknown, and one that fails in any other way CRITICAL. The text names it nowhere.
func TestAServerThatRefusesIsUnknown(t *testing.T) {
	t.Parallel()
	cause := errors.New("broken\nhere")
	limit := &wire.LimitError{Limit: wire.LimitAnswer}
	for _, tt := range []struct {
		err  error
		want Problem
	}{
		{&wire.OpError{Server: "gm1:4730", Op: "dial", Err: cause}, Problem{2, "cannot be reached: broken; here"}},
		{
			&wire.OpError{Server: "gm1:4730", Op: "dial", Err: &wire.TLSError{Err: cause, PlainText: true}},
			Problem{2, "cannot be reached: " + (&wire.TLSError{Err: errors.New("broken; here")}).Error() +
				" (the server may speak plain text: gearmand built without SSL accepts --ssl and ignores it; try without --tls)"},
		},
		{&wire.OpError{Server: "gm1:4730", Op: "status", Err: cause}, Problem{2, "status: broken; here"}},
		{
			&wire.OpError{Server: "gm1:4730", Op: "status", Err: cause, MaybeTLS: true},
			Problem{2, "status: broken; here (a server that expects TLS closes plain connections like this: --tls)"},
		},
		{
			&wire.OpError{Server: "gm1:4730", Op: "status", Err: limit},
			Problem{2, "status: " + limit.Error() + " (if you trust the server, raise the limit with --max-answer SIZE)"},
		},
		{
			&wire.OpError{Server: "gm1:4730", Op: "workers", Err: &wire.ServerError{Code: "NO", Text: "not you"}},
			Problem{3, `workers: server error "NO": "not you"`},
		},
		{fmt.Errorf("gm1:4730: %w", cause), Problem{2, "broken; here"}},
		{fmt.Errorf("gm2:4730: %w", cause), Problem{2, "gm2:4730: broken; here"}},
	} {
		if got := Failure("gm1:4730", tt.err); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.err, got, tt.want)
		}
	}
}

// TestLinesThatCannotBeParsedAreUnknown, each one; a row in doubt is judged with its queue, unless more lines are hidden behind it.
func TestLinesThatCannotBeParsedAreUnknown(t *testing.T) {
	t.Parallel()
	got := Unreadable("status", []*wire.LineError{
		{Number: 1, Cause: "in doubt", Row: true},
		{Number: 2, Cause: "no tabs"},
		{Number: 3, Cause: "in doubt", Row: true, More: 4},
		{Number: 9, Cause: "no number", More: 1},
	})
	want := []Problem{
		{3, "cannot parse line 2 of its status: no tabs"},
		{3, "cannot parse line 3 of its status: in doubt"},
		{3, "cannot parse line 9 of its status: no number"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := NoQueues(); got.State != 1 || got.Text != "no queues: no worker has registered and no job was submitted" {
		t.Errorf("a server without queues: %v", got)
	}
}

// TestCriticalComesBeforeWarningBeforeUnknownBeforeOK.
func TestCriticalComesBeforeWarningBeforeUnknownBeforeOK(t *testing.T) {
	t.Parallel()
	worst := []int{2, 1, 3, 0}
	for i, state := range worst {
		if got := Severity(state); got != 3-i {
			t.Errorf("severity %d of state %d, want %d", got, state, 3-i)
		}
	}
}

// TestAQueueGrowsByMoreThanTwiceWhatItShrinks, not by twice as much.
func TestAQueueGrowsByMoreThanTwiceWhatItShrinks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, out float64
		want    bool
	}{{0, 0, false}, {0.1, 0, true}, {2, 1, false}, {2.1, 1, true}, {1.9, 1, false}, {1, 2, false}} {
		if got := Growing(tt.in, tt.out); got != tt.want {
			t.Errorf("in %v, out %v: growing %v", tt.in, tt.out, got)
		}
	}
}

// TestOnlyAQueueWithWorkersAndWaitingJobsMayStall.
func TestOnlyAQueueWithWorkersAndWaitingJobsMayStall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		total, running, workers int64
		want                    bool
	}{{1, 0, 1, true}, {2, 1, 1, true}, {1, 0, 0, false}, {0, 0, 1, false}, {1, 1, 1, false}, {0, 0, 0, false}} {
		if got := MayStall(wire.FunctionStatus{Total: tt.total, Running: tt.running, Workers: tt.workers}); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// TestWhatIsSaidOfAStalledQueue: the samples as total, running, workers.
func TestWhatIsSaidOfAStalledQueue(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		samples [][3]int64
		want    Problem
	}{
		"idle worker": {[][3]int64{{1, 0, 1}, {1, 0, 1}}, Problem{2, "stalled: 1 job waiting for 2s, its only worker took no job"}},
		"idle workers, more jobs": {
			[][3]int64{{1, 0, 2}, {5, 0, 2}},
			Problem{2, "stalled: 5 jobs waiting for 2s, none of the 2 workers took a job"},
		},
		"one of two left": {[][3]int64{{1, 0, 2}, {1, 0, 1}}, Problem{2, "stalled: 1 job waiting for 2s, its only worker took no job"}},
		"hangs":           {[][3]int64{{3, 1, 1}, {4, 1, 1}}, Problem{1, "stalled: 2 then 3 waiting after 2s, with 1 running throughout and 1 worker"}},
		"two hang":        {[][3]int64{{3, 2, 2}, {3, 2, 2}}, Problem{1, "stalled: 1 then 1 waiting after 2s, with 2 running throughout and 2 workers"}},
		"taken once":      {[][3]int64{{3, 0, 1}, {3, 1, 1}}, Problem{1, "stalled: 3 then 2 waiting after 2s: 1 worker took jobs but none finished"}},
		"given back":      {[][3]int64{{3, 1, 4}, {3, 0, 4}}, Problem{1, "stalled: 2 then 3 waiting after 2s: 4 workers took jobs but none finished"}},
		"taken in between": {
			[][3]int64{{3, 0, 1}, {3, 1, 1}, {3, 0, 1}, {3, 0, 1}},
			Problem{1, "stalled: 3 then 3 waiting after 2s: 1 worker took jobs but none finished"},
		},
		"more of both":         {[][3]int64{{3, 1, 2}, {6, 2, 2}}, Problem{1, "stalled: 2 then 4 waiting after 2s: 2 workers took jobs but none finished"}},
		"the last worker left": {[][3]int64{{3, 1, 1}, {3, 0, 0}}, Problem{2, "3 jobs waiting without a worker: the last one disconnected meanwhile"}},
		"a worker came back":   {[][3]int64{{3, 0, 1}, {3, 0, 0}, {3, 0, 1}}, Problem{2, "stalled: 3 jobs waiting for 2s, its only worker took no job"}},
	} {
		var s Stall
		for i, n := range tt.samples {
			q := wire.FunctionStatus{Function: "q", Total: n[0], Running: n[1], Workers: n[2]}
			if i == 0 {
				s = NewStall(q)
			} else if !s.Add(q) {
				t.Errorf("%s: sample %d counts as progress", name, i)
			}
		}
		if got := s.Problem(2*time.Second + 400*time.Microsecond); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	if StallSamples != 10 {
		t.Errorf("%d samples; the help of health says ten", StallSamples)
	}
}
