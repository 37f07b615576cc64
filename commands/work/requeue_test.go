package work_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// runs is a file to which a command writes a line for each attempt: handle, unique key, bytes of the workload.
type runs struct{ path string }

func newRuns(t testing.TB) runs { return runs{filepath.Join(t.TempDir(), "runs")} }

// command notes an attempt and then runs a line of the shell.
func (r runs) command(line string) []string {
	return []string{"--", "sh", "-c", `echo "$GEARMAN_HANDLE $GEARMAN_UNIQUE $(od -An -tx1 | tr -d ' \n')" >>` + r.path + "; " + line}
}

func (r runs) lines() []string {
	b, _ := os.ReadFile(r.path)
	return strings.FieldsFunc(string(b), func(c rune) bool { return c == '\n' })
}

func (r runs) await(t testing.TB, n int) {
	t.Helper()
	servertest.Until(t, fmt.Sprintf("there are %d attempts", n), func() bool { return len(r.lines()) >= n })
}

// startWork starts work with flags and a command.
func startWork(t testing.TB, addr, flags string, command []string) *commandtest.Command {
	t.Helper()
	return commandtest.Start(t, append(append([]string{"work", "q", "-s", addr}, strings.Fields(flags)...), command...)...)
}

// submitJob submits a job in the background.
func submitJob(t testing.TB, addr, unique, workload string, p wire.Priority) {
	t.Helper()
	servertest.Ask(t, addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		return c.Submit(ctx, &wire.Submission{Function: "q", Unique: unique, Workload: []byte(workload), Priority: p, Background: true})
	})
}

// TestAFailedJobIsTriedAgain as what it was: with its handle, unique key, workload and priority. While it waits, its key merges
// what is submitted with it, and it counts as running.
func TestAFailedJobIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]string{"exit code": "exit 3", "killed": "kill -9 $$", "too slow": "sleep 60"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servertest.Each(t, func(t *testing.T, addr string) {
				r := newRuns(t)
				submitJob(t, addr, "my key", "a\x00\xff\n", wire.PriorityHigh)
				w := startWork(t, addr, "--requeue --requeue-delay 20ms --job-timeout 1s", r.command(`[ $(wc -l <`+r.path+`) = 3 ] || `+fails))
				r.await(t, 3)
				servertest.WaitTotal(t, addr, "q", 0)
				lines := r.lines()
				if len(lines) != 3 || lines[0] != lines[1] || lines[1] != lines[2] || !strings.HasSuffix(lines[0], " my key 6100ff0a") {
					t.Errorf("the attempts differ: %q", lines)
				}
				if code := w.Stop(); code != 0 {
					t.Errorf("code %d: %s", code, w.Stderr.String())
				}
			})
		})
	}
}

// TestAttemptsHaveALimit: a background job is tried exactly as often as is said, and then it is gone.
func TestAttemptsHaveALimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags, unique string
		want          int
	}{
		"default":              {"--requeue --requeue-delay 0s", "k", 3},
		"five":                 {"--requeue=5 --requeue-delay 0s", "k", 5},
		"with a delay":         {"--requeue=2 --requeue-delay 10ms", "k", 2},
		"without a unique key": {"--requeue=4 --requeue-delay 0s", "", 4},
		"one connection":       {"--requeue=4 --requeue-delay 10ms --max-connections 1", "k", 4},
		"off":                  {"", "k", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servertest.Each(t, func(t *testing.T, addr string) {
				r := newRuns(t)
				submitJob(t, addr, c.unique, "x", wire.PriorityNormal)
				w := startWork(t, addr, c.flags, r.command("exit 1"))
				r.await(t, c.want)
				servertest.WaitTotal(t, addr, "q", 0)
				if got := len(r.lines()); got != c.want || c.want > 1 && !strings.Contains(w.Stderr.String(), fmt.Sprintf("attempt %d of %d: it is not put back", c.want, c.want)) {
					t.Errorf("%d attempts, want %d: %s", got, c.want, w.Stderr.String())
				}
			})
		})
	}
}

// TestAFailedForegroundJobIsNotTriedAgain: its client gets the failure, at once.
func TestAFailedForegroundJobIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for name, unique := range map[string]string{"with a unique key": "k", "without": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servertest.Each(t, func(t *testing.T, addr string) {
				r := newRuns(t)
				startWork(t, addr, "--requeue --requeue-delay 1h", r.command("echo sorry >&2; exit 1"))
				answer := servertest.Ask(t, addr, func(ctx context.Context, c *wire.Conn) (answer string, err error) {
					handle, err := c.Submit(ctx, &wire.Submission{Function: "q", Unique: unique, Workload: []byte("x")})
					ctx, cancel := context.WithTimeout(ctx, servertest.Timeout)
					defer cancel()
					if err == nil {
						err = c.Await(ctx, handle, func(u wire.Update) error {
							answer += fmt.Sprintf("%v %s", u.Type, u.Data)
							return nil
						})
					}
					return answer, err
				})
				if answer != "WORK_WARNING sorry\nWORK_FAIL " {
					t.Errorf("the client got %q", answer)
				}
				if n := len(r.lines()); n != 1 {
					t.Errorf("%d attempts", n)
				}
			})
		})
	}
}

// TestOtherJobsDoNotWaitForAFailedOne, also where there is room for one at a time.
func TestOtherJobsDoNotWaitForAFailedOne(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		r := newRuns(t)
		for n := range 5 {
			submitJob(t, addr, fmt.Sprint("k", n), "x", wire.PriorityNormal)
		}
		w := startWork(t, addr, "--requeue --requeue-delay 1h", r.command(`case $GEARMAN_UNIQUE in k1|k2) exit 1;; esac`))
		r.await(t, 5)
		servertest.WaitTotal(t, addr, "q", 2)
		if q := servertest.Queue(t, addr, "q"); q.Running != 2 || len(r.lines()) != 5 {
			t.Errorf("the failed jobs count as running until they are put back: %+v, %d attempts", q, len(r.lines()))
		}
		w.Stop() // gives them back at once
		servertest.WaitWaiting(t, addr, "q", 2)
	})
}

// TestAttemptsAreCountedByTheServer: also those of workers that were ended.
func TestAttemptsAreCountedByTheServer(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		r := newRuns(t)
		submitJob(t, addr, "k", "x", wire.PriorityNormal)
		for range 2 {
			w := startWork(t, addr, "--requeue=9 --requeue-delay 1h", r.command("exit 1"))
			w.WaitStderr("it is put back in 1h", 1)
			w.Stop()
			servertest.WaitWaiting(t, addr, "q", 1)
		}
		before := len(r.lines()) // 2, or more where a worker got its job back before it had ended
		last := startWork(t, addr, "--requeue --requeue-delay 1h", r.command("exit 1"))
		servertest.WaitTotal(t, addr, "q", 0)
		if got := len(r.lines()); got != before+1 {
			t.Errorf("%d attempts, want %d: %s", got, before+1, last.Stderr.String())
		}
	})
}

// TestAServerThatDestroysJobsIsRefused, before a job is taken.
func TestAServerThatDestroysJobsIsRefused(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t, "--job-retries=2")
	submitJob(t, addr, "k", "x", wire.PriorityNormal)
	for flag, hint := range map[string]string{"--requeue": "it allows 2 attempts: --requeue=2", "--requeue=9": "it allows 2 attempts: --requeue=2"} {
		got := commandtest.Gearctl(t, "", "-s", addr, "work", "q", flag, "--", "false")
		commandtest.WantRun(t, got, commandtest.ExitFailed, "destroys released jobs", hint)
	}
	if q := servertest.Queue(t, addr, "q"); q.Waiting() != 1 {
		t.Errorf("the job was taken: %+v", q)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "work", "q", "--requeue=2", "--requeue-delay", "0s", "--count", "2", "--", "false"), 0, "attempt 2 of 2")
	perl := gearmandtest.StartPerl(t)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", perl, "work", "q", "--requeue", "--", "false"), commandtest.ExitFailed, "forgets a job that is put back")
}

// TestAServerThatDiesWhileAJobFails: whatever it was asked last, a server with a store has the job when it starts again, and
// it is done then.
func TestAServerThatDiesWhileAJobFails(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]wire.Type{"asked about the job": wire.GetStatusUnique, "given back": wire.WorkFail} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := gearmandtest.StartProcess(t, "--queue-type=libsqlite3", "--libsqlite3-db="+filepath.Join(t.TempDir(), "db"))
			var once sync.Once
			addr := servertest.RelayPackets(t, p.Addr, func(packet wire.Packet) {
				if packet.Type == at {
					once.Do(p.Kill)
				}
			}, func(wire.Packet) {})
			r := newRuns(t)
			w := startWork(t, addr, "--requeue --requeue-delay 1h", r.command(`[ $(wc -l <`+r.path+`) -gt 1 ]`))
			submitJob(t, p.Addr, "k", "x", wire.PriorityNormal)
			w.WaitStderr("attempt 1 of 3, it is put back in 1h", 1)
			once.Do(p.Kill)
			p.Restart(t)
			r.await(t, 2)
			servertest.WaitTotal(t, p.Addr, "q", 0)
			if lines := r.lines(); len(lines) != 2 || !strings.HasSuffix(lines[1], " k 78") {
				t.Errorf("attempts: %q", lines)
			}
		})
	}
}
