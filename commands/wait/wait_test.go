package wait_test

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestItEndsWhenTheJobsAreGone, and not before.
func TestItEndsWhenTheJobsAreGone(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "a", "b"), 0)
	c := commandtest.Start(t, "-s", addr, "wait", "q", "--waiting", "0", "--interval", "0.05", "-v", "-o", "jsonl")
	c.WaitStderr("q: waiting 2 (wanted: 0)\n", 1)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes", "--max", "1"), 0)
	c.WaitStderr("q: waiting 1 (wanted: 0)\n", 1)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes"), 0)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "drop", "q", "--yes"), 0)
	code, got := c.Wait(), c.Stdout.String() // it may have looked while the job was being drained
	if code != 0 || !strings.Contains(got, `"queue":"q","waiting":0,"running":`) || !strings.Contains(got, `"reached":true`) {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, got, c.Stderr.String())
	}
	if n := strings.Count(c.Stderr.String(), "\n"); n != 2 {
		t.Errorf("a change is reported once: %q", c.Stderr.String())
	}
}

// TestItWaitsForAQueue that does not exist yet, with --exists.
func TestItWaitsForAQueue(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	c := commandtest.Start(t, "-s", addr, "wait", "new", "--exists", "--workers", "1:", "--interval", "0.05", "-v")
	c.WaitStderr(`unknown queue "new"`, 1)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "create", "new"), 0)
	c.WaitStderr("new: workers 0 (wanted: 1:)", 1)
	servertest.NewSilentWorker(t, addr, "new")
	if code := c.Wait(); code != 0 {
		t.Errorf("exit code %d, stderr %q", code, c.Stderr.String())
	}
}

// TestAServerThatNeverAnswers: the time is over before it was silent for too long.
func TestAServerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	r := commandtest.Gearctl(t, "", "-s", servertest.StartSilent(t), "wait", "q", "--waiting", "0", "--timeout", "300ms")
	commandtest.WantRun(t, r, 5, "wait: not reached within 300ms: no answer\n")
}

// TestInterrupted: without a time limit it waits until it is interrupted.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "a"), 0)
	c := commandtest.Start(t, "-s", addr, "wait", "q", "--waiting", "0", "--interval", "0.05", "-v")
	c.WaitStderr("q: waiting 1", 1)
	if code := c.Stop(); code != commandtest.ExitInterrupted {
		t.Errorf("exit code %d, stderr %q", code, c.Stderr.String())
	}
}

// TestProgressOnATerminal is on stderr, and not with --quiet or away from one.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		server := network.Scripted(t, "gm1:4730")
		server.Put("q", "job")
		for _, tt := range []struct {
			terminal bool
			flag     string
			want     bool
		}{{true, "--color=never", true}, {true, "--quiet", false}, {false, "--color=never", false}} {
			r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
				e.Terminal.Stderr, e.NetDial = tt.terminal, network.Dial
			}, "-s", "gm1:4730", "wait", "q", "--waiting", "0", "--timeout", "0.1", tt.flag)
			if r.Code != commandtest.ExitNotReached || strings.HasPrefix(r.Stderr, "q: waiting 1 (wanted: 0)\n") != tt.want {
				t.Errorf("terminal %v, %s: %+v", tt.terminal, tt.flag, r)
			}
		}
	})
}

// TestACounterThatCannotBeTrue is no number to wait for, and does not disturb who waits for another queue.
func TestACounterThatCannotBeTrue(t *testing.T) {
	t.Parallel()
	addr := servertest.StartStatus(t, "q\t0\t0\t1\nbad\t0\t4294967295\t1\n")
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "wait", "q", "--waiting", "0"), 0)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "wait", "*", "--waiting", "0", "--timeout", "1"), commandtest.ExitNotReached, "not reached within 1s: bad: ")
}

// TestTheTimeEndsInAPoll: a server that is asked just then has not failed.
func TestTheTimeEndsInAPoll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		server := network.Scripted(t, "gm1:4730")
		server.Put("q", "job")
		var out servertest.Buffer
		env := commandtest.Env()
		env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &out, &out
		start := env.Now()
		env.NetDial = func(ctx context.Context, kind, address string) (net.Conn, error) {
			if env.Now().Sub(start) < time.Second {
				return network.Dial(ctx, kind, address)
			}
			time.Sleep(500 * time.Millisecond)
			return nil, os.ErrDeadlineExceeded
		}
		env.Getenv = func(string) string { return "" }
		code := commands.Main(t.Context(), env, []string{"-s", "gm1:4730", "wait", "q", "--waiting", "0", "--timeout", "1.5"})
		want := "gearctl: wait: not reached within 1.5s: q: waiting 1 (wanted: 0)\n"
		if code != 5 || !strings.HasSuffix(out.String(), want) || strings.Contains(out.String(), "asking again") {
			t.Errorf("exit code %d, %s; want %q", code, out.String(), want)
		}
	})
}

// TestAServerThatIsAwayLater is reported once and asked again; one that comes back without the queue has none of its jobs.
func TestAServerThatIsAwayLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		server := network.Scripted(t, "gm1:4730")
		server.Put("q", "job")
		var out servertest.Buffer
		env := commandtest.Env()
		env.Stdin, env.Stdout, env.Stderr, env.NetDial = strings.NewReader(""), &out, &out, network.Dial
		env.Getenv = func(string) string { return "" }
		code := make(chan int)
		go func() {
			code <- commands.Main(t.Context(), env, []string{"-s", "gm1:4730", "wait", "q", "--waiting", "0", "--timeout", "1h"})
		}()
		time.Sleep(3500 * time.Millisecond) // between two polls
		network.Remove("gm1:4730")
		server.HangUpAll()
		time.Sleep(10 * time.Second)
		network.Embedded(t, "gm1:4730")
		if got := <-code; got != 0 || strings.Count(out.String(), "asking again") != 1 || !strings.Contains(out.String(), " yes ") {
			t.Errorf("exit code %d, %s", got, out.String())
		}
		if took := env.Now().Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); took < 13*time.Second || took > 20*time.Second {
			t.Errorf("it ended after %v", took)
		}
	})
}
