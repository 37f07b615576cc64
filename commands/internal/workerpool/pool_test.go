package workerpool

import (
	"context"
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
)

// crewEnv is an Env that writes to stderr.
func crewEnv(stderr io.Writer) *cli.Env {
	return &cli.Env{Stderr: stderr, Hostname: os.Hostname, Now: time.Now, Command: "work"}
}

// TestAQueueThatWasLeftIsServedAgain, also by connections that queues share.
func TestAQueueThatWasLeftIsServedAgain(t *testing.T) {
	for name, connections := range map[string]int{"own connections": 8, "shared": 1} {
		t.Run(name, func(t *testing.T) {
			addr := servertest.OfVersion(t, "1.1.22")
			ctx, cancel := context.WithCancelCause(t.Context())
			var bad, other atomic.Int64
			k := &Pool{
				Client: crewEnv(os.Stderr).Client(nil), Supervisor: connect.NewSupervisor(crewEnv(os.Stderr), &wire.Dialer{}), Queues: []string{"q", "r"},
				Limiter: wire.NewLimiter(2, 0), Limits: &ConnLimits{Max: connections, Queues: 2, Parallel: 2},
				Do: func(_ context.Context, j *wire.ActiveJob) error {
					if string(j.Function) == "r" {
						other.Add(1)
						return j.Complete(nil)
					}
					if n := bad.Add(1); n > 3 {
						return j.Complete(nil)
					}
					return &PauseQueue{Wait: 10 * time.Millisecond, Answered: false}
				},
			}
			done := make(chan error, 1)
			go func() { done <- k.Run(ctx, []string{addr}) }()
			servertest.Submit(t, addr, "q", "x")
			servertest.Submit(t, addr, "r", "x")
			servertest.Until(t, "both are done", func() bool { return servertest.Queue(t, addr, "q").Total == 0 && bad.Load() == 4 && other.Load() == 1 })
			cancel(cmderr.ErrInterrupted)
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAThousandReconnectsLeaveNothingBehind(t *testing.T) {
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
		t.Errorf("after 1,000 reconnects %d descriptors are open, before it were %d", after, before)
	}
	goleak.VerifyNone(t, goroutines)
}

// reconnect lets a worker lose its connection n times.
func reconnect(t *testing.T, addr string, n int64) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	env := crewEnv(io.Discard)
	s := connect.NewSupervisor(env, &wire.Dialer{})
	s.Backoff = connect.Backoff{Min: time.Microsecond, Max: time.Microsecond}
	p := &connGroup{server: addr, queues: []string{"q"}, Pool: &Pool{Client: env.Client(nil), Supervisor: s, Limiter: wire.NewLimiter(1, 0), Limits: &ConnLimits{Max: 1}, cancel: cancel}}
	var connections atomic.Int64
	err := s.Run(ctx, addr, func(ctx context.Context, c *wire.Conn) error {
		if connections.Add(1) == n {
			cancel(cmderr.ErrInterrupted)
		}
		return p.serve(ctx, c, p.queues, 0)
	})
	if err != nil || connections.Load() < n {
		t.Fatalf("run: got %v after %d connections, want no error after %d", err, connections.Load(), n)
	}
}
