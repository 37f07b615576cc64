package wait

import (
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/nagios"
	"gearctl/output"
	"gearctl/wire"
)

// waiterFor waits for these ranges of waiting, running and workers.
func waiterFor(t *testing.T, limits [3]string) *waiter {
	t.Helper()
	o := &options{texts: limits, interval: time.Second, exists: true, timeout: 90 * time.Second}
	if err := o.parse(); err != nil {
		t.Fatal(err)
	}
	return &waiter{o: o}
}

// TestAQueueIsReached when every number that was asked for is in its range, and none is in doubt.
func TestAQueueIsReached(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limits                  [3]string
		total, running, workers int64
		want                    string // what is not as wanted
	}{
		{[3]string{"", "", ""}, 9, 1, 0, ""},
		{[3]string{"2", "", ""}, 3, 1, 0, ""},
		{[3]string{"2", "", ""}, 4, 1, 0, "q: waiting 3 (wanted: 2)"},
		{[3]string{"", "0", ""}, 3, 0, 0, ""},
		{[3]string{"", "0", ""}, 3, 1, 0, "q: running 1 (wanted: 0)"},
		{[3]string{"", "", "1:"}, 3, 1, 1, ""},
		{[3]string{"", "", "1:"}, 3, 1, 0, "q: workers 0 (wanted: 1:)"},
		{[3]string{"0", "0", "2:"}, 1200, 1, 1, "q: waiting 1,199 (wanted: 0), running 1 (wanted: 0), workers 1 (wanted: 2:)"},
		{[3]string{"", "", ""}, 1, 2, 1, "q: more jobs running (2) than there are (1)"},
		{[3]string{"5", "", ""}, 1, 1<<32 - 1, 1, "q: more jobs running (4294967295) than there are (1): a counter of the server fell below zero"},
	} {
		w := waiterFor(t, tt.limits)
		r := w.row("gm1:4730", wire.FunctionStatus{Function: "q", Total: tt.total, Running: tt.running, Workers: tt.workers})
		if r.Reached != (tt.want == "") || reached([]row{r}) != r.Reached || reached([]row{{Reached: true}, r}) != r.Reached {
			t.Errorf("%+v: reached %v", tt, r.Reached)
		}
		if !r.Reached {
			if got := w.lack(&r, false); got != tt.want {
				t.Errorf("%+v: %q", tt, got)
			}
			if got, want := w.lack(&r, true), strings.Replace(tt.want, "q:", "q on gm1:4730:", 1); got != want {
				t.Errorf("of several servers: %q, want %q", got, want)
			}
		}
		style := map[bool]output.Style{true: output.Plain, false: output.Bad}[r.Reached]
		if r.Style("reached") != style || r.Style("queue") != output.Plain {
			t.Errorf("%+v: the colours %v, %v", tt, r.Style("reached"), r.Style("queue"))
		}
	}
	if !reached(nil) {
		t.Error("no queues are left to wait for")
	}
}

// TestWhatWaitRefuses.
func TestWhatWaitRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		o    options
		want string
	}{
		{options{interval: time.Second}, "wait: nothing to wait for"},
		{options{interval: time.Second, exists: true}, ""},
		{options{interval: 50 * time.Millisecond, texts: [3]string{"0"}}, ""},
		{options{interval: 50*time.Millisecond - 1, texts: [3]string{"0"}}, "--interval 49.999999ms: must be at least 50ms"},
		{options{interval: time.Second, texts: [3]string{"x"}}, `--waiting "x": not a range`},
		{options{interval: time.Second, texts: [3]string{"", "x"}}, `--running "x": not a range`},
		{options{interval: time.Second, texts: [3]string{"", "", "x"}}, `--workers "x": not a range`},
	} {
		err := tt.o.parse()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.o, err, tt.want)
		}
	}
	var o options
	o.interval, o.texts = time.Second, [3]string{"1", "2", "3:"}
	if err := o.parse(); err != nil || o.limits[0].String() != "1" || o.limits[1].String() != "2" || o.limits[2].String() != "3:" || o.limits[0] == (nagios.Range{}) {
		t.Errorf("%+v, %v", o.limits, err)
	}
}
