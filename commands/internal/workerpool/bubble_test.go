package workerpool

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// memoryServer is a job server in memory that counts its connections.
const memoryServer = "gm1:4730"

// bubble is a pool and its server in a synctest bubble.
type bubble struct {
	*Pool
	t      *testing.T
	start  time.Time
	dialer *wire.Dialer // not counted
	log    servertest.Buffer
	stop   func() // the server

	mu               sync.Mutex
	open, most, ever int // connections of the pool
}

// newBubble returns a pool of up to connections, which does up to parallel of the queues' jobs at a time, and jobs in all.
func newBubble(t *testing.T, connections, parallel int, jobs int64, queues ...string) *bubble {
	t.Helper()
	servers, stop := servertest.NewMemory(t, memoryServer)
	b := &bubble{t: t, start: time.Now(), dialer: &wire.Dialer{NetDial: servers.Dial}, stop: stop}
	env := &cli.Env{Stderr: &b.log, Getenv: func(string) string { return "" }, Hostname: func() (string, error) { return "h", nil }, Now: time.Now}
	counted := &wire.Dialer{NetDial: func(ctx context.Context, network, server string) (net.Conn, error) {
		c, err := servers.Dial(ctx, network, server)
		if err == nil {
			b.count(1)
			c = &countedConn{Conn: c, b: b}
		}
		return c, err
	}}
	b.Pool = &Pool{
		Client: env.Client(nil), Supervisor: connect.NewSupervisor(env, counted), Queues: queues,
		Limiter: wire.NewLimiter(parallel, jobs), Limits: &ConnLimits{Max: connections, Queues: len(queues), Parallel: parallel},
	}
	return b
}

func (b *bubble) count(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open += n
	b.most, b.ever = max(b.most, b.open), b.ever+max(n, 0)
}

// connections returns how many connections the pool has, and the most that it had at a time since the last call.
func (b *bubble) connections() (open, most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	open, most, b.most = b.open, b.most, b.open
	return open, most
}

// countedConn counts its end.
type countedConn struct {
	net.Conn
	b    *bubble
	once sync.Once
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.b.count(-1) })
	return c.Conn.Close()
}

// submit submits n jobs to a queue.
func (b *bubble) submit(queue string, n int) {
	b.t.Helper()
	_, err := wire.WithConn(b.t.Context(), b.dialer, memoryServer, func(ctx context.Context, c *wire.Conn) (handle string, err error) {
		keys := wire.NewUniqueSource()
		for range n {
			if handle, err = c.Submit(ctx, &wire.Submission{Function: queue, Unique: keys.Next(), Workload: []byte("x"), Background: true}); err != nil {
				return "", err
			}
		}
		return handle, nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// run runs the pool until ctx ends, or for an hour, and stops the server.
func (b *bubble) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	defer b.stop()
	return b.Run(ctx, []string{memoryServer})
}
