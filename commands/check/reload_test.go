package check_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/modgearman"
	"gearctl/wire/waittest"
)

// reloading is a check work command that is told of SIGHUP by hangUp.
type reloading struct {
	t       testing.TB
	path    string // of its configuration
	stderr  servertest.Buffer
	hangups chan os.Signal
	stop    context.CancelCauseFunc
	ended   chan int
}

func startReloading(t testing.TB, config string, flags ...string) *reloading {
	t.Helper()
	ctx, stop := context.WithCancelCause(context.Background())
	r := &reloading{t: t, path: filepath.Join(t.TempDir(), "worker.conf"), hangups: make(chan os.Signal, 1), stop: stop, ended: make(chan int, 1)}
	r.write(config)
	env := commandtest.Env()
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &servertest.Buffer{}, &r.stderr
	env.Getenv = func(string) string { return "" }
	env.Hangups = func() (<-chan os.Signal, func()) { return r.hangups, func() {} }
	argv := append([]string{"check", "work", "--config", r.path, "--allow-root"}, flags...)
	go func() { r.ended <- commands.Main(ctx, env, argv) }()
	t.Cleanup(func() { stop(commandtest.Interrupted) })
	r.await("worker lab (")
	return r
}

func (r *reloading) write(config string) {
	r.t.Helper()
	if err := os.WriteFile(r.path, []byte(config), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// reload writes another configuration and waits for what is said about it.
func (r *reloading) reload(config, says string) {
	r.t.Helper()
	r.write(config)
	r.hangups <- syscall.SIGHUP
	r.await(says)
}

func (r *reloading) await(says string) {
	r.t.Helper()
	servertest.Until(r.t, "stderr says "+says, func() bool { return strings.Contains(r.stderr.String(), says) })
}

func (r *reloading) end(want int) {
	r.t.Helper()
	r.stop(commandtest.Interrupted)
	if code := waittest.Receive(r.t, "the worker ends", r.ended); code != want {
		r.t.Errorf("code %d, want %d: %s", code, want, r.stderr.String())
	}
}

func configOf(addr string, lines ...string) string {
	return strings.Join(append([]string{"server=" + addr, "identifier=lab"}, lines...), "\n") + "\n"
}

// TestSIGHUPChangesHowManyChecksRun, of those that wait already too.
func TestSIGHUPChangesHowManyChecksRun(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	r := startReloading(t, configOf(addr, "services=yes", "encryption=no", "max-worker=1"))
	g := newGate(t)
	defer g.open()
	for range 3 {
		sendClear(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
	}
	running := func(n int64) {
		t.Helper()
		servertest.Until(t, "so many checks run", func() bool { return servertest.Queue(t, addr, "service").Running == n })
	}
	running(1)
	r.reload(configOf(addr, "services=yes", "encryption=no", "max-worker=3"), "SIGHUP: checks at a time: 1 -> 3\n")
	running(3)
	g.open()
	servertest.WaitTotal(t, addr, "service", 0)
	r.end(commandtest.ExitOK)
}

// TestProbesHaveAConnectionOfTheirs: --max-connections counts it too.
func TestProbesHaveAConnectionOfTheirs(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	r := commandtest.Gearctl(t, "", "-s", addr, "check", "work", "--hosts", "--no-encryption", "--allow-root", "--count", "1", "--max-connections", "1")
	commandtest.WantRun(t, r, commandtest.ExitUsage, "--max-connections 1: must be at least 2")
	commandtest.StartCheckWorker(t, addr, "host", "--hosts", "--no-encryption", "--max-connections", "3", "--parallel", "8")
	servertest.Until(t, "probes are answered", func() bool { return servertest.Queue(t, addr, "worker_lab").Workers == 1 })
	if n := servertest.Queue(t, addr, "host").Workers; n != 2 {
		t.Errorf("%d connections for checks and one for probes, of 3 in all", n)
	}
}

// TestSIGHUPReloadsTheSettings: queues, servers and keys; a check in progress goes on and its result is sent as before.
func TestSIGHUPReloadsTheSettings(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		second := servertest.Embedded(t)
		r := startReloading(t, configOf(addr, "services=yes", "encryption=no", "max-worker=1"))
		g := newGate(t)
		defer g.open()
		slow := serviceCheck(plugin(t, "wait_for") + " " + g.path)
		sendClear(t, addr, slow)
		servertest.Until(t, "the check runs", func() bool { return servertest.Queue(t, addr, "service").Running == 1 })
		r.reload(configOf(addr+","+second, "hosts=yes", "encryption=yes", "key="+servertest.Key, "max-worker=2"), "SIGHUP: checks at a time: 1 -> 2\n")
		for _, says := range []string{"SIGHUP: servers: " + addr + " -> " + addr + ", " + second + "\n", "SIGHUP: queues: service -> host\n", "SIGHUP: key: no encryption -> key("} {
			r.await(says)
		}
		if strings.Contains(r.stderr.String(), servertest.Key) {
			t.Errorf("the key is shown: %s", r.stderr.String())
		}
		servertest.Until(t, "the new queue is served, the old one is not", func() bool {
			return servertest.Queue(t, addr, "host").Workers > 0 && servertest.Queue(t, second, "host").Workers > 0 && servertest.Queue(t, addr, "worker_lab").Workers == 1
		})
		host := modgearman.Check{Kind: modgearman.KindHost, ResultQueue: "other", TargetQueue: "host", Host: "web01", CommandLine: "/bin/echo up"}
		send(t, second, host)
		servertest.WaitWaiting(t, second, "other", 1)
		g.open()
		servertest.WaitWaiting(t, addr, servertest.Results, 1)
		servertest.Until(t, "the old worker has left", func() bool {
			q := servertest.Queue(t, addr, "service")
			return q.Total == 0 && q.Workers == 0
		})
		r.end(0)
	})
}

// TestABrokenFileKeepsTheSettings, whatever is wrong with it, and the next one that is whole counts.
func TestABrokenFileKeepsTheSettings(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	good := configOf(addr, "services=yes", "encryption=no")
	r := startReloading(t, good)
	for _, c := range []struct{ config, says string }{
		{"nothing of ours\n", "no Mod-Gearman option in it"},
		{configOf(addr, "services=yes", "encryption=yes"), "no Mod-Gearman key"},
		{configOf(servertest.DeadAddr, "services=yes", "encryption=no"), "dial " + servertest.DeadAddr},
		{configOf(addr, "services=yes", "encryption=no", "keyfile=/nonexistent", "encryption=yes"), "/nonexistent"},
	} {
		r.reload(c.config, c.says)
	}
	servertest.Until(t, "all are refused", func() bool { return strings.Count(r.stderr.String(), "; going on with the old settings\n") == 4 })
	sendClear(t, addr, serviceCheck("/bin/echo fine"))
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
	r.reload(good, "SIGHUP: no setting has changed\n")
	sendClear(t, addr, serviceCheck("/bin/echo fine"))
	servertest.WaitWaiting(t, addr, servertest.Results, 2)
	r.end(0)
}

// TestTheCountGoesOnOverAReload: --count ends all.
func TestTheCountGoesOnOverAReload(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	config := configOf(addr, "services=yes", "encryption=no", "max-worker=2")
	r := startReloading(t, config, "--count", "2")
	g := newGate(t)
	defer g.open()
	sendClear(t, addr, serviceCheck(plugin(t, "wait_for")+" "+g.path))
	servertest.Until(t, "the check runs", func() bool { return servertest.Queue(t, addr, "service").Running == 1 })
	r.reload(config, "SIGHUP: no setting has changed\n")
	sendClear(t, addr, serviceCheck("/bin/echo fine"))
	servertest.WaitWaiting(t, addr, servertest.Results, 1)
	g.open()
	if code := waittest.Receive(t, "the worker ends", r.ended); code != 0 {
		t.Errorf("code %d: %s", code, r.stderr.String())
	}
}

// sendClear submits a check as a module without encryption would.
func sendClear(t testing.TB, addr string, c modgearman.Check) {
	t.Helper()
	text, err := c.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, _ := modgearman.Encode(text, modgearman.Key{})
	servertest.Submit(t, addr, c.TargetQueue, string(payload))
}
