package workerpool

import (
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/waittest"
)

// newPool serves queues with up to parallel jobs at a time, and at most jobs in all.
func newPool(stderr io.Writer, parallel int, jobs int64, queues ...string) *Pool {
	env := &cli.Env{Stderr: stderr, Getenv: func(string) string { return "" }, Hostname: os.Hostname, Now: time.Now}
	return &Pool{
		Client: env.Client(nil), Supervisor: connect.NewSupervisor(env, &wire.Dialer{}), Queues: queues,
		Limiter: wire.NewLimiter(parallel, jobs), Limits: &ConnLimits{Max: 8, Queues: len(queues), Parallel: parallel},
	}
}

func TestAPausedQueueIsServedAgain(t *testing.T) {
	t.Parallel()
	for name, connections := range map[string]int{"connection for each queue": 8, "shared connection": 1} {
		t.Run(name, func(t *testing.T) {
			addr := servertest.OfVersion(t, "1.1.22")
			ctx, cancel := context.WithCancelCause(t.Context())
			var paused, other atomic.Int64
			p := newPool(os.Stderr, 2, 0, "q", "r")
			p.Limits.Max = connections
			p.Do = func(_ context.Context, j *wire.ActiveJob) error {
				if string(j.Function) == "r" {
					other.Add(1)
					return j.Complete(nil)
				}
				if n := paused.Add(1); n > 3 {
					return j.Complete(nil)
				}
				return &PauseQueue{Wait: 10 * time.Millisecond, Answered: false}
			}
			done := make(chan error, 1)
			go func() { done <- p.Run(ctx, []string{addr}) }()
			servertest.Submit(t, addr, "q", "x")
			servertest.Submit(t, addr, "r", "x")
			servertest.Until(t, "both are done", func() bool {
				return servertest.Queue(t, addr, "q").Total == 0 && paused.Load() == 4 && other.Load() == 1
			})
			cancel(cmderr.ErrInterrupted)
			if err := waittest.Receive(t, "the workers end", done); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAConnectionOfAReleasedJobComesBack releases a job a few times, where there may be two connections: each time the one
// that held it counts no longer, so that later jobs do not wait for another one that is held for long.
func TestAConnectionOfAReleasedJobComesBack(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	p := newPool(os.Stderr, 1, 0, "q")
	p.Limits.Max = 2
	var attempts, held, last atomic.Int64
	p.Do = func(_ context.Context, j *wire.ActiveJob) error {
		switch string(j.Workload) {
		case "again":
			if attempts.Add(1) <= 3 {
				return &Release{After: time.Millisecond}
			}
		case "held":
			held.Add(1)
			return &Release{After: time.Hour}
		default:
			last.Add(1)
		}
		return j.Complete(nil)
	}
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, []string{addr}) }()
	servertest.Submit(t, addr, "q", "again")
	servertest.Until(t, "the job is done at the fourth attempt", func() bool { return servertest.Queue(t, addr, "q").Total == 0 && attempts.Load() == 4 })
	servertest.Until(t, "none of its connections counts any more", func() bool {
		p.Limits.mu.Lock()
		defer p.Limits.mu.Unlock()
		return p.Limits.extra[addr] == 0
	})
	servertest.Submit(t, addr, "q", "held")
	servertest.Until(t, "a job is held", func() bool { return held.Load() == 1 })
	servertest.Submit(t, addr, "q", "last")
	servertest.Until(t, "the job after it is done", func() bool { return last.Load() == 1 })
	cancel(cmderr.ErrInterrupted)
	if err := waittest.Receive(t, "the workers end", done); err != nil {
		t.Error(err)
	}
}

func TestJobsRunInParallelAndEndAtTheCount(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for range 5 {
		servertest.Submit(t, addr, "q", "x")
	}
	p := newPool(os.Stderr, 2, 4, "q")
	var running, most atomic.Int64
	p.Do = func(_ context.Context, j *wire.ActiveJob) error {
		n := running.Add(1)
		defer running.Add(-1)
		servertest.Until(t, "two jobs have run at a time", func() bool { return n > 1 || most.Load() > 1 })
		most.Store(max(most.Load(), n))
		return j.Complete(nil)
	}
	if err := p.Run(t.Context(), []string{addr}); err != nil {
		t.Fatal(err)
	}
	if left := servertest.Queue(t, addr, "q").Total; left != 1 || most.Load() != 2 {
		t.Errorf("%d jobs left and up to %d at a time, want 1 and 2", left, most.Load())
	}
}

func TestAFailedWorkerEndsThePoolAndItsJobIsRequeued(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	servertest.Submit(t, addr, "q", "x")
	broken := errors.New("broken")
	p := newPool(os.Stderr, 2, 0, "q", "r")
	p.Do = func(context.Context, *wire.ActiveJob) error { return broken }
	if err := p.Run(t.Context(), []string{addr}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	servertest.WaitWaiting(t, addr, "q", 1)
}

func TestAnInterruptionBeforeTheCountIsReported(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	servertest.Submit(t, addr, "q", "x")
	p := newPool(io.Discard, 1, 2, "q")
	p.Do = func(ctx context.Context, j *wire.ActiveJob) error {
		cancel(cmderr.ErrInterrupted)
		if ctx.Err() != nil {
			t.Error("the signal stopped the job too")
		}
		return j.Complete(nil)
	}
	if err := p.Run(ctx, []string{addr}); !errors.Is(err, cmderr.ErrInterrupted) {
		t.Errorf("got %v", err)
	}
	if left := servertest.Queue(t, addr, "q").Total; left != 0 {
		t.Errorf("the job in progress was not finished")
	}
}

func TestAThousandReconnectsLeakNothing(t *testing.T) {
	goroutines := goleak.IgnoreCurrent()
	addr, stop, err := servertest.StartHostile(servertest.Hostilities["closing"])
	if err != nil {
		t.Fatal(err)
	}
	reconnect(t, addr, 10) // what the runtime opens once, an epoll descriptor, is open now
	before := servertest.OpenDescriptors(t)
	reconnect(t, addr, 1000)
	stop()
	if after := servertest.OpenDescriptors(t); after > before {
		t.Errorf("%d descriptors are open after 1,000 reconnects, %d before", after, before)
	}
	goleak.VerifyNone(t, goroutines)
}

// reconnect lets a worker lose its connection n times.
func reconnect(t *testing.T, addr string, n int64) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	p := newPool(io.Discard, 1, 0, "q")
	p.Supervisor.Backoff = connect.Backoff{Min: time.Microsecond, Max: time.Microsecond}
	p.cancel = cancel
	g := &connGroup{server: addr, queues: p.Queues, pool: p}
	var connections atomic.Int64
	err := p.Supervisor.Run(ctx, addr, func(ctx context.Context, c *wire.Conn) error {
		if connections.Add(1) == n {
			cancel(cmderr.ErrInterrupted)
		}
		return g.serve(ctx, c, g.queues, 0)
	})
	if err != nil || connections.Load() < n {
		t.Fatalf("run: got %v after %d connections, want no error after %d", err, connections.Load(), n)
	}
}
