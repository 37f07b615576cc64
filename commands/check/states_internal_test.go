package check

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/plugin"
	"gearctl/commands/internal/roundtrip"
	"gearctl/wire/modgearman"
)

// TestTheWorstOfSeveralChecksIsTheExitCode: CRITICAL, then UNKNOWN, then WARNING, in whatever order they end. Without any check
// it was interrupted.
func TestTheWorstOfSeveralChecksIsTheExitCode(t *testing.T) {
	t.Parallel()
	order := []int{0, 1, 3, 2}
	for i, a := range order {
		for j, b := range order {
			p := &printer{env: &cli.Env{Stderr: new(bytes.Buffer)}}
			p.print(roundtrip.Report{ReturnCode: a})
			p.print(roundtrip.Report{ReturnCode: b})
			got, want := p.close(), order[max(i, j)]
			if state := cmderr.PluginState(0); want == 0 && got != nil || want > 0 && (!errors.As(got, &state) || int(state) != want) {
				t.Errorf("%d, then %d: %v, want state %d", a, b, got, want)
			}
		}
	}
	if err := (&printer{}).close(); !errors.Is(err, cmderr.ErrInterrupted) {
		t.Errorf("no check ended: %v", err)
	}
	broken := &printer{err: errors.New("disk full"), worst: 2}
	broken.total.Checks = 1
	if err := broken.close(); err == nil || err.Error() != "disk full" {
		t.Errorf("the output could not be written: %v", err)
	}
	if broken.keepError(errors.New("later")); broken.err.Error() != "disk full" {
		t.Errorf("the first error is kept: %v", broken.err)
	}
}

// TestTheSumOfManyChecks: how many of each state, and the fastest, the average and the slowest.
func TestTheSumOfManyChecks(t *testing.T) {
	t.Parallel()
	var r totalRow
	for i, code := range []int{0, 1, 2, 3, 0, 2} {
		r.add(roundtrip.Report{ReturnCode: code, Total: []float64{3, 1, 2, 6, 5, 1}[i]})
	}
	if r.OK != 2 || r.Warning != 1 || r.Critical != 2 || r.Unknown != 1 || r.Checks != 6 || r.Fastest != 1 || r.Slowest != 6 || math.Abs(r.Average-3) > 1e-9 {
		t.Errorf("%+v", r)
	}
	var b bytes.Buffer
	p := &printer{env: &cli.Env{Stderr: &b}}
	p.print(roundtrip.Report{Output: "fine", Queue: "q1"})
	p.print(roundtrip.Report{Output: "no result", NoResult: true, ReturnCode: 3, Queue: "q2"})
	p.print(roundtrip.Report{Output: "nor here", NoResult: true, ReturnCode: 3, Queue: "q2"})
	if got := b.String(); !strings.Contains(got, "no result") || strings.Contains(got, "fine") || strings.Contains(got, "nor here") || p.total.Queue != "q2" {
		t.Errorf("the first failure is reported: %q", got)
	}
}

// TestACheckIsTooOldAfterMaxAge, in whole seconds as in the C worker, and not at it.
func TestACheckIsTooOldAfterMaxAge(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 900_000_000)
	for _, tt := range []struct {
		maxAge time.Duration
		core   time.Time
		late   bool
	}{
		{0, time.Unix(1, 0), false},
		{10 * time.Second, time.Unix(990, 0), false},
		{10 * time.Second, time.Unix(989, 999_000_000), true},
		{10 * time.Second, time.Unix(1001, 0), false},
		{10 * time.Second, time.Time{}, true},
		{10*time.Second + 900*time.Millisecond, time.Unix(989, 0), true},
	} {
		w := &worker{workPlan: &workPlan{maxAge: tt.maxAge, runner: &plugin.Runner{Identifier: "w", Paths: []string{"/nowhere"}, Now: time.Now}}, env: &cli.Env{Now: func() time.Time { return now }}}
		got := w.run(t.Context(), &modgearman.Check{CoreTime: tt.core, CommandLine: "true"})
		if late := got.Output == "(Could Not Start Check In Time)"; late != tt.late || got.Code != 3 || late && (got.Start != now || got.Finish != now) {
			t.Errorf("%+v: %+v", tt, got)
		}
	}
	for _, tt := range []struct {
		check modgearman.Check
		want  string
	}{{modgearman.Check{Host: "h", Service: "s"}, "h / s"}, {modgearman.Check{Host: "h"}, "h"}, {modgearman.Check{}, "the core"}} {
		if got := objectName(&tt.check); got != tt.want {
			t.Errorf("%+v: %s", tt.check, got)
		}
	}
	for long, want := range map[string]string{"(null)": "", "more": "more", "": ""} {
		check := &modgearman.Check{Kind: modgearman.KindNotification, PluginOutput: "out", LongPluginOutput: long}
		if got := strings.Join(notificationEnv(check), " "); got != "NAGIOS_HOSTOUTPUT=out NAGIOS_LONGHOSTOUTPUT="+want+" NAGIOS_SERVICEOUTPUT=out NAGIOS_LONGSERVICEOUTPUT="+want {
			t.Errorf("%q: %s", long, got)
		}
	}
	if got := notificationEnv(&modgearman.Check{Kind: modgearman.KindService, PluginOutput: "out"}); got != nil {
		t.Errorf("a check is no notification: %v", got)
	}
}
