package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// drainRow is what the tests read of a row of drain.
type drainRow struct {
	Queue     string
	Drained   int64
	Remaining *int64
	Duration  float64 `json:"duration_seconds"`
}

// far is a server at the other end of a link, on a fake clock.
type far struct {
	link *gearmandtest.Link
	env  *cli.Env
}

func newFar(t *testing.T) *far {
	link := &gearmandtest.Link{}
	env, _ := farEnv(t, link)
	return &far{link, env}
}

// run runs a command line, and interrupts it after a time, an hour if that is 0.
func (f *far) run(t *testing.T, interruptAfter time.Duration, line string) (r commandtest.Run, took time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if interruptAfter == 0 {
		interruptAfter = time.Hour // what has no end is interrupted, and the exit code tells
	}
	defer time.AfterFunc(interruptAfter, func() { cancel(commandtest.Interrupted) }).Stop()
	var out, errs servertest.Buffer
	env := *f.env
	env.Stdout, env.Stderr, env.Stdin = &out, &errs, strings.NewReader("")
	start := time.Now()
	code := commands.Main(ctx, &env, strings.Fields(line))
	return commandtest.Run{Stdout: out.String(), Stderr: errs.String(), Code: code}, time.Since(start)
}

// submit submits n jobs to q, one each second from now on when pause is a second.
func (f *far) submit(t *testing.T, n int, pause time.Duration) {
	t.Helper()
	for i := range n {
		if i > 0 {
			time.Sleep(pause)
		}
		if r, _ := f.run(t, 0, fmt.Sprint("submit -b q ", i)); r.Code != 0 {
			t.Errorf("submit: %+v", r)
		}
	}
}

// TestALimitIsNoFailure: --for, and --follow with --max, end with exit code 0, at their time, and with the figures of what was
// done until then; a signal ends with 130, and with the figures, too.
func TestALimitIsNoFailure(t *testing.T) {
	const interrupted = commandtest.ExitInterrupted
	for _, c := range []struct {
		line      string
		before    int           // jobs that wait at the start
		later     int           // jobs that come afterwards, one each second, the first after half a second
		interrupt time.Duration // 0: never
		code      int
		took      time.Duration // 0: do not care
		drained   int64
	}{
		{"drain q --yes --for 10s", 3, 0, 0, 0, 10 * time.Second, 3},
		{"drain q --yes --for 10s", 3, 4, 0, 0, 10 * time.Second, 7},
		{"drain q --yes --for 10s", 0, 4, 0, 0, 10 * time.Second, 4},
		{"drain q --yes --for 2s", 0, 4, 0, 0, 2 * time.Second, 2},
		{"drain q --yes --for 10s", 3, 0, 4 * time.Second, interrupted, 4 * time.Second, 3},
		{"drain q --yes --for 10s --max 3", 3, 0, 0, 0, 0, 3},
		{"drain q --yes --for 10s --max 2", 3, 0, 0, 0, 0, 2},
		{"drain q --yes --for 10s --max 5", 3, 4, 0, 0, 0, 5},
		{"drain q --yes --for 10s --max 9", 3, 4, 0, 0, 10 * time.Second, 7},
		{"drain q --yes --for 10s --to {file}", 3, 2, 0, 0, 10 * time.Second, 5},
		{"drain new --yes --for 10s", 0, 0, 0, 0, 10 * time.Second, 0},
		{"drain q --yes --for 10s --follow", 3, 2, 0, 0, 10 * time.Second, 5},
		{"drain q --yes --follow --max 5", 3, 4, 0, 0, 0, 5},
		{"drain q --yes --follow --max 3", 3, 0, 0, 0, 0, 3},
		{"drain q --yes --follow --max 2", 3, 0, 0, 0, 0, 2},
		{"drain q --yes --follow --max 5 --to {file}", 3, 4, 0, 0, 0, 5},
		{"drain q --yes --follow --max 9", 3, 4, 20 * time.Second, interrupted, 20 * time.Second, 7},
		{"drain q --yes --follow", 3, 4, 20 * time.Second, interrupted, 20 * time.Second, 7},
		{"drain q --yes --follow --for 10s --max 9", 3, 4, 0, 0, 10 * time.Second, 7},
		{"drain q --yes --follow --for 10s", 3, 4, 5 * time.Second, interrupted, 5 * time.Second, 7},
	} {
		t.Run(fmt.Sprintf("%s, %d and %d jobs, interrupted after %v", c.line, c.before, c.later, c.interrupt), func(t *testing.T) {
			t.Parallel()
			file := t.TempDir() + "/jobs"
			synctest.Test(t, func(t *testing.T) {
				f := newFar(t)
				f.submit(t, c.before, 0)
				if c.before == 0 {
					f.run(t, 0, "queue create q")
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					time.Sleep(500 * time.Millisecond)
					f.submit(t, c.later, time.Second)
				}()
				got, took := f.run(t, c.interrupt, strings.Replace(c.line, "{file}", file, 1)+" -o jsonl")
				<-done
				rows := commandtest.RowsOf[drainRow](t, got.Stdout)
				if got.Code != c.code {
					t.Errorf("a limit that is reached ends with exit code 0, a signal with 130: got %d, want %d; stderr %q", got.Code, c.code, got.Stderr)
				}
				if len(rows) != 1 || rows[0].Queue != strings.Fields(c.line)[1] || rows[0].Drained != c.drained || rows[0].Remaining == nil {
					t.Errorf("the figures of what was done must be printed: want %d drained, got %s%s", c.drained, got.Stdout, got.Stderr)
				}
				if c.took > 0 && (took < c.took || took > c.took+2*time.Second) {
					t.Errorf("it took %v, want %v", took, c.took)
				}
			})
		})
	}
}

// TestALimitThatComesEarlyHasFigures: also where the time is over before a job could be taken.
func TestALimitThatComesEarlyHasFigures(t *testing.T) {
	for _, line := range []string{"drain q --yes --for 1ms", "drain q --yes --for 1ms --to {file}", "drain q --yes --for 30ms --to {file}", "drain q r --yes --for 1ms", "drain q r --yes --for 1ms --to {file}"} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			file := t.TempDir() + "/jobs"
			synctest.Test(t, func(t *testing.T) {
				f := newFar(t)
				f.submit(t, 3, 0)
				f.run(t, 0, "queue create r")
				synctest.Wait()
				f.link.Delay = 10 * time.Millisecond
				got, _ := f.run(t, 0, strings.Replace(line, "{file}", file, 1)+" -o jsonl")
				rows := commandtest.RowsOf[drainRow](t, got.Stdout)
				if want := 1 + strings.Count(line, " r "); got.Code != 0 || len(rows) != want || rows[0].Remaining == nil || *rows[0].Remaining+rows[0].Drained != 3 {
					t.Errorf("a time limit ends with exit code 0 and figures of %d queues, got %+v", want, got)
				}
			})
		})
	}
}

// TestALimitOfResultsIsNoFailure: result tail that has printed --max results ends with 0, one that is interrupted with 130, and
// both say how many they took.
func TestALimitOfResultsIsNoFailure(t *testing.T) {
	for _, c := range []struct {
		flags     string
		interrupt time.Duration
		code      int
		taken     int
	}{
		{"--max 5", 0, 0, 5},
		{"--max 3", 0, 0, 3},
		{"--max 7", 0, 0, 7},
		{"--max 9", 20 * time.Second, commandtest.ExitInterrupted, 7},
		{"", 20 * time.Second, commandtest.ExitInterrupted, 7},
		{"--once", 0, 0, 3},
		{"--once --max 9", 0, 0, 3},
	} {
		t.Run(fmt.Sprint(c.flags, c.interrupt), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFar(t)
				f.submit(t, 3, 0)
				done := make(chan struct{})
				go func() {
					defer close(done)
					time.Sleep(500 * time.Millisecond)
					f.submit(t, 4, time.Second)
				}()
				got, _ := f.run(t, c.interrupt, "result tail q --undecoded "+c.flags)
				<-done
				if got.Code != c.code || strings.Count(got.Stdout, "\n") != c.taken || !strings.Contains(got.Stderr, fmt.Sprintf("%d jobs were taken out of q", c.taken)) {
					t.Errorf("want exit code %d and %d results, got %+v", c.code, c.taken, got)
				}
			})
		})
	}
}
