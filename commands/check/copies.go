package check

import (
	"context"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// copyBacklog is how many copies are queued for a slow dupserver; more are dropped. It is the default of
// dupserver_backlog_queue_size.
const copyBacklog = 1000

// copySender sends copies of results to one dupserver in the background: a slow dupserver does not delay checks.
type copySender struct {
	env        *cli.Env
	supervisor *connect.Supervisor
	server     string
	jobs       chan *wire.Submission
	conn       *wire.Conn // nil: none
	mu         sync.Mutex // guards lost
	lost       int64
}

func newCopySender(env *cli.Env, d *wire.Dialer, server string) *copySender {
	return &copySender{env: env, supervisor: connect.NewSupervisor(env, d), server: server, jobs: make(chan *wire.Submission, copyBacklog)}
}

// send queues a copy, or drops it if the backlog is full.
func (c *copySender) send(job *wire.Submission) {
	select {
	case c.jobs <- job:
	default:
		c.countLost("the backlog is full")
	}
}

// countLost counts a lost copy and warns of the first.
func (c *copySender) countLost(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost == 0 {
		c.env.Warn("dupserver %s: a copy of a result is lost: %s", c.server, why)
	}
	c.lost++
}

// run sends until the queue is closed and empty. When ctx ends, queued copies are lost.
func (c *copySender) run(ctx context.Context) {
	defer func() {
		if c.conn != nil {
			c.conn.Close()
		}
	}()
	for job := range c.jobs {
		if err := c.deliver(ctx, job); err != nil {
			c.countLost(c.env.OneLine(err))
		}
	}
	if c.lost > 1 {
		c.env.Warn("dupserver %s: %s lost", c.server, output.Plural(c.lost, "copy", "copies"))
	}
}

// deliver submits a copy, and retries until the server accepts or refuses it or ctx ends.
func (c *copySender) deliver(ctx context.Context, job *wire.Submission) error {
	for wait := c.supervisor.Backoff.Min; ; wait = min(2*wait, c.supervisor.Backoff.Max) {
		err := c.submit(ctx, job)
		if err == nil || servers.IsRefusal(err) {
			return err
		}
		c.supervisor.ReportDown(c.server, err)
		if !cmderr.Pause(ctx, wait) {
			return err
		}
	}
}

func (c *copySender) submit(ctx context.Context, job *wire.Submission) (err error) {
	if c.conn == nil {
		if c.conn, err = c.supervisor.Dialer.Dial(ctx, c.server); err != nil {
			return err
		}
		c.supervisor.ReportUp(c.server)
	}
	_, err = c.conn.Submit(ctx, job)
	err = servers.ExplainSubmission(ctx, c.conn, err, job.Type())
	if err != nil && !servers.IsRefusal(err) {
		c.conn.Close()
		c.conn = nil
	}
	return err
}

// startCopies starts the senders. finish waits up to one network timeout for queued copies.
func (w *worker) startCopies() (finish func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, c := range w.copies {
		wg.Go(func() { c.run(ctx) })
	}
	return func() {
		for _, c := range w.copies {
			close(c.jobs)
		}
		stop := time.AfterFunc(w.env.Globals.Timeout, cancel)
		wg.Wait()
		stop.Stop()
		cancel()
	}
}
