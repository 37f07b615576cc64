// Package probe asks workers for their state over their status queue.
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

// statusText is what Mod-Gearman's tools send to a status queue. check_gearman does so under a unique key of this name, so
// that probes at the same time become one job. That goes wrong when one gives up: gearmand makes a later probe part of
// the job that was given up, too, and hands it to nobody. Ours have keys of their own, therefore.
const statusText = "check"

// maxReply is how much is kept of an answer. Programs in C answer with 64 KiB.
const maxReply = 1 << 20

// Request is a job of high priority that somebody is expected to answer.
type Request struct {
	Queue      string
	Text       []byte
	Unique     string // empty: one of its own
	Background bool   // only put into the queue: nobody waits for an answer
}

// StatusRequest returns the question that a queue of Mod-Gearman answers with its state. The module (5.2.4) compares the
// text as a C string and understands it for sure with a NUL byte only.
func StatusRequest(queue string) Request {
	p := Request{Queue: queue, Text: []byte(statusText)}
	if !strings.HasPrefix(queue, modgearman.PrefixWorker) {
		p.Text = append(p.Text, 0)
	}
	return p
}

// NoWorkerError says that a probe was not sent, since nobody would answer it.
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

// NoReplyError says that a probe was sent and brought no answer.
type NoReplyError struct {
	server, queue string
	Reason        string
}

func (e *NoReplyError) Error() string {
	return fmt.Sprintf("%s: queue %.100q: %s", e.server, e.queue, e.Reason)
}

// requestStatus asks who reads a status queue of Mod-Gearman (worker_<identifier>, a result queue, that of a proxy) for
// its state, on a connection on which nothing else is on its way. ctx must end. It is a *noWorkerError when nobody
// serves the queue: nothing is sent then. When no answer comes in time it is a *probeError, and the job was taken back,
// on another connection of d; c is then good for Close only.
func requestStatus(ctx context.Context, d *wire.Dialer, c *wire.Conn, queue string) (modgearman.Status, error) {
	p := StatusRequest(queue)
	answer, err := p.Send(ctx, d, c)
	if err != nil {
		return modgearman.Status{}, err
	}
	s, err := modgearman.ParseStatus(answer)
	if err != nil {
		err = &NoReplyError{c.Server(), queue, "the answer is not from a worker, the module or a proxy"}
	}
	return s, err
}

// Send sends the probe and returns its answer, nothing for one in the background. Errors are as for requestStatus.
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
		why := p.abandon(context.WithoutCancel(ctx), d, c.Server(), handle)
		return nil, &NoReplyError{c.Server(), p.Queue, why}
	}
	return answer, err
}

// checkWorker makes sure that a worker is there. A job that nobody takes would be left behind: the server counts an
// abandoned one as waiting for as long as no worker asks for a job.
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

// CancelTime is how long taking a job back may take; ctx ends so much, or a quarter of its time, later than the waiting.
const CancelTime = 500 * time.Millisecond

// leaveCancelTime returns a context that leaves time for taking the job back.
func leaveCancelTime(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	left := time.Until(deadline)
	return context.WithTimeout(ctx, left-min(CancelTime, left/4))
}

// receive collects the answer to the job. A time-out, after which packets are read on where they stopped, is an
// os.ErrDeadlineExceeded.
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
			return nil, &NoReplyError{c.Server(), p.Queue, "no answer: " + wire.ErrClosed.Error()}
		case err != nil:
			return nil, &NoReplyError{c.Server(), p.Queue, "no answer: " + err.Error()}
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
			return nil, &NoReplyError{c.Server(), p.Queue, "a worker took the job and reported failure"}
		}
	}
}
