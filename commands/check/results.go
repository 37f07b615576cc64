package check

import (
	"context"
	"strings"
	"sync"

	"gearctl/commands/internal/plugin"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// deliver sends the result of a check to the server that the check came from, and copies to the dupservers. sent is
// false if no server will ever accept it; err is a network error.
func (w *worker) deliver(ctx context.Context, server string, check *modgearman.Check, out plugin.Result) (sent bool, err error) {
	res := modgearman.Result{
		Layout: modgearman.LayoutWorker, Host: check.Host, Service: check.Service, CoreStart: check.CoreTime,
		Start: out.Start, Finish: out.Finish, ReturnCode: out.Code, Source: "Mod-Gearman Worker @ " + w.runner.Identifier, Output: out.Output,
	}
	queue := check.ResultQueue
	if queue == "" {
		queue = w.resultQueue
	}
	job, err := w.resultJob(queue, res)
	if err != nil {
		w.env.Warn("%v", err)
		return false, nil
	}
	if err := w.results.submit(ctx, server, job); servers.IsRefusal(err) {
		w.env.Warn("result for queue %s: %s", queue, w.env.OneLine(err))
		return false, nil
	} else if err != nil {
		return false, err
	}
	w.copy(queue, res)
	return true, nil
}

func (w *worker) resultJob(queue string, res modgearman.Result) (*wire.Submission, error) {
	text, err := res.AppendText(nil)
	if err != nil {
		return nil, err
	}
	workload, err := modgearman.Encode(text, w.key)
	if err != nil {
		return nil, err
	}
	job := &wire.Submission{Function: queue, Unique: w.results.key(), Workload: workload, Background: true}
	return job, job.Check()
}

// copy sends a result to the dupservers, except results of test checks, which go to private queues.
func (w *worker) copy(queue string, res modgearman.Result) {
	if len(w.copies) == 0 || strings.HasPrefix(queue, servers.ResultQueuePrefix) {
		return
	}
	res.Passive = w.dupPassive
	job, err := w.resultJob(queue, res)
	if err != nil {
		w.env.Warn("%v", err)
		return
	}
	for _, c := range w.copies {
		c.send(job)
	}
}

// resultPool keeps the connections on which results are submitted. It is safe for concurrent use.
type resultPool struct {
	d      *wire.Dialer
	mu     sync.Mutex // guards what follows
	unique *wire.UniqueSource
	idle   map[string][]*wire.Conn
}

func newResultPool(d *wire.Dialer) *resultPool {
	return &resultPool{d: d, unique: wire.NewUniqueSource(), idle: map[string][]*wire.Conn{}}
}

// key returns a new unique key.
func (p *resultPool) key() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unique.Next()
}

// submit sends job to server. If an idle connection turns out to be broken it retries on a new one: a result may arrive
// twice, but is not lost.
func (p *resultPool) submit(ctx context.Context, server string, job *wire.Submission) error {
	for {
		c, fresh, err := p.take(ctx, server)
		if err != nil {
			return err
		}
		_, err = c.Submit(ctx, job)
		if err == nil || servers.IsRefusal(err) {
			err = servers.ExplainSubmission(ctx, c, err, job.Type())
			p.put(server, c)
			return err
		}
		c.Close()
		if fresh {
			return err
		}
	}
}

func (p *resultPool) take(ctx context.Context, server string) (c *wire.Conn, fresh bool, err error) {
	p.mu.Lock()
	if idle := p.idle[server]; len(idle) > 0 {
		c, p.idle[server] = idle[len(idle)-1], idle[:len(idle)-1]
	}
	p.mu.Unlock()
	if c != nil {
		return c, false, nil
	}
	c, err = p.d.Dial(ctx, server)
	return c, true, err
}

func (p *resultPool) put(server string, c *wire.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle[server] = append(p.idle[server], c)
}

func (p *resultPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, idle := range p.idle {
		for _, c := range idle {
			c.Close()
		}
	}
}
