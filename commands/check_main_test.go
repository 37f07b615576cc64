package commands

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/wire"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// command is a gearctl that runs beside a test.
type command struct {
	t      testing.TB
	stdout safeBuffer
	stderr safeBuffer
	code   int
	cancel context.CancelFunc
	done   chan struct{}
}

// start starts gearctl. It is stopped, as by a signal, when the test ends.
func start(t testing.TB, argv ...string) *command {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	c := &command{t: t, cancel: func() { cancel(errInterrupted) }, done: make(chan struct{})}
	env := processEnv()
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &c.stdout, &c.stderr
	env.Getenv = func(string) string { return "" }
	go func() {
		defer close(c.done)
		c.code = Main(ctx, env, argv)
	}()
	t.Cleanup(func() { c.stop() })
	return c
}

// stop interrupts the command and returns its exit code.
func (c *command) stop() int {
	c.cancel()
	return c.wait()
}

func (c *command) wait() int {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		c.t.Errorf("it does not end; stdout %q, stderr %q", c.stdout.String(), c.stderr.String())
	}
	return c.code
}

// says waits until stderr holds a text n times.
func (c *command) says(text string, n int) {
	c.t.Helper()
	until(c.t, "stderr says "+text, func() bool { return strings.Count(c.stderr.String(), text) >= n })
}

// until waits for a condition.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("waited in vain until ", what)
		}
	}
}

// startWorker starts check work and waits until a queue has its workers.
func startWorker(t testing.TB, addr, queue string, flags ...string) *command {
	t.Helper()
	argv := append([]string{"check", "work", "-s", addr, "--allow-root", "--identifier", "lab"}, flags...)
	w := start(t, argv...)
	until(t, "a worker serves "+queue, func() bool { return queueOf(t, addr, queue).Workers > 0 })
	return w
}

// queueOf returns the status of a queue, empty when the server does not list it.
func queueOf(t testing.TB, addr, queue string) wire.FunctionStatus {
	t.Helper()
	for _, q := range queuesOf(t, addr) {
		if q.Function == queue {
			return q
		}
	}
	return wire.FunctionStatus{}
}

func queuesOf(t testing.TB, addr string) []wire.FunctionStatus {
	t.Helper()
	list, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
		return c.Status(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.Rows
}

// noPrivateQueues fails when a server still has a private queue.
func noPrivateQueues(t testing.TB, addr string) {
	t.Helper()
	for _, q := range queuesOf(t, addr) {
		if strings.HasPrefix(q.Function, privateQueue) {
			t.Errorf("queue %s is left on the server: %+v", q.Function, q)
		}
	}
}

// check runs check service web01 disk on a server, with a key.
func check(t testing.TB, addr string, flags ...string) run {
	t.Helper()
	argv := append([]string{"check", "service", "web01", "disk", "-s", addr}, flags...)
	return gearctl(t, "", argv...)
}

// silentWorker is a connection that serves a queue by hand.
type silentWorker struct {
	t testing.TB
	c *wire.Conn
}

// newSilentWorker registers for a queue and takes nothing.
func newSilentWorker(t testing.TB, addr, queue string) *silentWorker {
	t.Helper()
	c, err := new(wire.Dialer).Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.Send(wire.CanDo, []byte(queue))
	if err := c.Echo(t.Context(), []byte("registered")); err != nil {
		t.Fatal(err)
	}
	return &silentWorker{t, c}
}

// grab takes a job, as soon as there is one, and returns its handle and workload.
func (w *silentWorker) grab() (handle, workload string) {
	w.t.Helper()
	until(w.t, "there is a job", func() bool {
		w.c.Send(wire.GrabJob)
		if err := w.c.Flush(); err != nil {
			w.t.Fatal(err)
		}
		p, err := w.c.Receive()
		if err != nil {
			w.t.Fatal(err)
		}
		if p.Type == wire.JobAssign {
			handle, workload = string(p.Arg(0)), string(p.Arg(2))
		}
		return p.Type == wire.JobAssign
	})
	return handle, workload
}

func (w *silentWorker) complete(handle string) {
	w.t.Helper()
	w.c.Send(wire.WorkComplete, []byte(handle), nil)
	if err := w.c.Flush(); err != nil {
		w.t.Fatal(err)
	}
}

// gate is a file that the plugin wait_for waits for. A test that makes one must open it.
type gate struct {
	path string
	t    testing.TB
}

func newGate(t testing.TB) *gate { return &gate{path: filepath.Join(t.TempDir(), "gate"), t: t} }

func (g *gate) open() {
	if err := os.WriteFile(g.path, nil, 0o600); err != nil {
		g.t.Error(err)
	}
}
