// Package probe sends jobs that somebody is expected to answer at once, such as the status requests of Mod-Gearman's
// workers. It is given a connection or a dialer. It sends nothing to a queue without a worker, and removes its job from
// the server when no reply comes; it never takes or changes other jobs for good.
package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// statusText is what Mod-Gearman's tools send to a status queue. check_gearman uses a unique key of this name, so that
// concurrent probes become one job. If one gives up, gearmand adds later probes to the abandoned job, too, and gives it to
// no worker. That is why ours have keys of their own.
const statusText = "check"

// maxReply bounds the part of a reply that is kept. Programs in C send 64 KiB.
const maxReply = 1 << 20

// Request is a job of high priority that is to be answered at once.
type Request struct {
	Queue      string
	Text       []byte
	Unique     string // empty: one of its own
	Background bool   // only queue it, without waiting for a reply
}

// StatusRequest returns the status request for a queue. The module (5.2.4) compares the text as a C string and needs the
// terminating NUL byte; workers do not.
func StatusRequest(queue string) Request {
	p := Request{Queue: queue, Text: []byte(statusText)}
	if !strings.HasPrefix(queue, modgearman.PrefixWorker) {
		p.Text = append(p.Text, 0)
	}
	return p
}

// NoWorkerError means that a request was not sent because no worker serves the queue.
type NoWorkerError struct {
	server, queue string
	Unknown       bool // the server does not know the queue
}

func (e *NoWorkerError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("%s: queue %.100q does not exist: no worker is connected", e.server, e.queue)
	}
	return fmt.Sprintf("%s: queue %.100q has no worker", e.server, e.queue)
}

// NoReplyError means that a request was sent and brought no valid reply.
type NoReplyError struct {
	server, queue string
	Reason        string
	Failed        bool // a worker took it and reported failure
}

func (e *NoReplyError) Error() string {
	return fmt.Sprintf("%s: queue %.100q: %s", e.server, e.queue, e.Reason)
}

// requestStatus requests the status of whoever serves a status queue (worker_IDENTIFIER, a result queue, that of a proxy)
// on an idle connection. ctx must have a deadline. The error is a *NoWorkerError if nothing was sent because nobody serves
// the queue, and a *NoReplyError if no reply came in time; then the job was removed over another connection of d, and c is
// good for Close only.
func requestStatus(ctx context.Context, d *wire.Dialer, c *wire.Conn, queue string) (modgearman.Status, error) {
	p := StatusRequest(queue)
	answer, err := p.Send(ctx, d, c)
	if err != nil {
		return modgearman.Status{}, err
	}
	s, err := modgearman.ParseStatus(answer)
	if err != nil {
		err = &NoReplyError{server: c.Server(), queue: queue, Reason: "the answer is not from a worker, the module or a proxy"}
	}
	return s, err
}

// Send sends the request and returns the reply, nothing for one in the background. Errors are those of requestStatus.
func (p *Request) Send(ctx context.Context, d *wire.Dialer, c *wire.Conn) ([]byte, error) {
	if err := p.checkWorker(ctx, c); err != nil {
		return nil, err
	}
	handle, err := c.Submit(ctx, &wire.Submission{
		Function: p.Queue, Unique: cmp.Or(p.Unique, wire.NewUniqueSource().Next()), Workload: p.Text, Priority: wire.PriorityHigh, Background: p.Background,
	})
	if err != nil || p.Background {
		return nil, err
	}
	wctx, cancel := leaveCancelTime(ctx)
	defer cancel()
	answer, err := p.receive(wctx, c, handle)
	if wctx.Err() != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		why := p.abandon(wire.Outlast(ctx), d, c.Server(), handle)
		return nil, &NoReplyError{server: c.Server(), queue: p.Queue, Reason: why}
	}
	return answer, err
}

// checkWorker returns an error if no worker serves the queue. A job that nobody takes would be left behind: the server
// counts an abandoned one as waiting until a worker asks for a job.
func (p *Request) checkWorker(ctx context.Context, c *wire.Conn) error {
	s, err := servers.AskQueues(ctx, c)
	if err != nil {
		return err
	}
	q := s.Queue(p.Queue)
	if q == nil || q.Workers == 0 {
		return &NoWorkerError{c.Server(), p.Queue, q == nil}
	}
	return nil
}

// CancelTime bounds cancelling a job. ctx must end this much, or a quarter of its time, after the wait for the reply.
const CancelTime = 500 * time.Millisecond

// leaveCancelTime returns a context that ends early enough to cancel the job.
func leaveCancelTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	left := time.Until(deadline)
	return context.WithTimeout(ctx, left-min(CancelTime, left/4))
}

// receive collects the reply to the job. A timeout is an os.ErrDeadlineExceeded.
func (p *Request) receive(ctx context.Context, c *wire.Conn, handle string) ([]byte, error) {
	defer c.Begin(ctx)()
	var answer []byte
	for {
		packet, err := c.Receive()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil: // a step; ctx says when it is over
			continue
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil, &NoReplyError{server: c.Server(), queue: p.Queue, Reason: "no answer: " + wire.ErrClosed.Error()}
		case err != nil:
			return nil, &NoReplyError{server: c.Server(), queue: p.Queue, Reason: "no answer: " + err.Error()}
		case string(packet.Arg(0)) != handle:
			continue
		}
		switch packet.Type {
		case wire.WorkData, wire.WorkWarning, wire.WorkComplete:
			data := packet.Arg(1)
			answer = append(answer, data[:min(len(data), maxReply-len(answer))]...)
		}
		switch packet.Type {
		case wire.WorkComplete:
			return answer, nil
		case wire.WorkFail, wire.WorkException:
			return nil, &NoReplyError{server: c.Server(), queue: p.Queue, Reason: "a worker took the job and reported failure", Failed: true}
		}
	}
}
