package servertest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/waittest"
)

// SilentWorker is a worker whose test decides when it takes and completes jobs.
type SilentWorker struct {
	t    testing.TB
	Conn *wire.Conn
}

// NewSilentWorker registers for a queue and takes no job.
func NewSilentWorker(t testing.TB, addr, queue string) *SilentWorker {
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
	return &SilentWorker{t, c}
}

// Grab waits for a job, takes it, and returns its handle and workload.
func (w *SilentWorker) Grab() (handle, workload string) {
	w.t.Helper()
	Until(w.t, "there is a job", func() bool {
		w.Conn.Send(wire.GrabJob)
		if err := w.Conn.Flush(); err != nil {
			w.t.Fatal(err)
		}
		p, err := w.Conn.Receive()
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

// Complete completes a job with an empty result.
func (w *SilentWorker) Complete(handle string) {
	w.t.Helper()
	w.Answer(handle, "")
}

// Answer completes a job with a result.
func (w *SilentWorker) Answer(handle, result string) {
	w.t.Helper()
	w.Conn.Send(wire.WorkComplete, []byte(handle), []byte(result))
	if err := w.Conn.Flush(); err != nil {
		w.t.Fatal(err)
	}
}

// Answering serves a queue and completes every job with text until the test ends.
func Answering(t *testing.T, addr, queue, text string) {
	t.Helper()
	before := Queue(t, addr, queue).Workers
	c, err := new(wire.Dialer).Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Work(ctx, &wire.Work{Function: queue, Do: func(j *wire.ActiveJob) error { return j.Complete([]byte(text)) }})
	}()
	t.Cleanup(func() {
		cancel()
		c.Close()
		waittest.Receive(t, "the worker of "+queue+" ends", ended)
	})
	Until(t, "one more worker serves "+queue, func() bool { return Queue(t, addr, queue).Workers > before })
}

// behaviours are the packets that a scripted worker sends for a job.
var behaviours = map[string]func(handle, workload []byte) []byte{
	"upper": func(h, w []byte) []byte { return wire.AppendRequest(nil, wire.WorkComplete, h, bytes.ToUpper(w)) },
	"echo":  func(h, w []byte) []byte { return wire.AppendRequest(nil, wire.WorkComplete, h, w) },
	"fail":  func(h, _ []byte) []byte { return wire.AppendRequest(nil, wire.WorkFail, h) },
	"chatty": func(h, w []byte) []byte {
		b := wire.AppendRequest(nil, wire.WorkData, h, []byte("first,"))
		b = wire.AppendRequest(b, wire.WorkStatus, h, []byte("1"), []byte("2"))
		b = wire.AppendRequest(b, wire.WorkWarning, h, []byte("careful\n"))
		return wire.AppendRequest(b, wire.WorkComplete, h, w)
	},
	"exception": func(h, _ []byte) []byte {
		b := wire.AppendRequest(nil, wire.WorkException, h, []byte("it broke"))
		return wire.AppendRequest(b, wire.WorkFail, h)
	},
	"stuck": func(_, _ []byte) []byte { return nil },
}

// Serve serves a queue until stop is called; it returns once the server has registered the worker.
func Serve(addr, queue, behaviour string) (stop func(), err error) {
	behave := behaviours[behaviour]
	if behave == nil {
		return nil, fmt.Errorf("no behaviour %q", behaviour)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(Timeout)) // until the server knows the worker
	b := wire.AppendRequest(nil, wire.CanDo, []byte(queue))
	b = wire.AppendRequest(b, wire.EchoReq, []byte("known"))
	r := wire.NewReader(c)
	if _, err := c.Write(b); err != nil {
		return nil, err
	}
	if _, _, err := r.ReadPacket(); err != nil {
		return nil, err
	}
	c.SetDeadline(time.Time{})
	var wg sync.WaitGroup
	wg.Go(func() {
		c.Write(wire.AppendRequest(nil, wire.PreSleep))
		for {
			p, _, err := r.ReadPacket()
			if err != nil {
				return
			}
			switch p.Type {
			case wire.Noop:
				c.Write(wire.AppendRequest(nil, wire.GrabJob))
			case wire.NoJob:
				c.Write(wire.AppendRequest(nil, wire.PreSleep))
			case wire.JobAssign:
				c.Write(append(behave(p.Arg(0), p.Arg(2)), wire.AppendRequest(nil, wire.GrabJob)...))
			}
		}
	})
	return func() {
		c.Close()
		wg.Wait()
	}, nil
}

// ServeAnswers serves queues on one connection and completes every job with answer until the test ends. When it returns, the
// server counts the worker in every queue, beside those that it had.
func ServeAnswers(t testing.TB, addr, answer string, queues ...string) {
	t.Helper()
	before := map[string]int64{}
	for _, queue := range queues {
		before[queue] = Queue(t, addr, queue).Workers
	}
	c, err := new(wire.Dialer).Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { // one shared connection, as a relay has
		done <- c.WorkShared(ctx, &wire.Work{
			Function: queues[0], Limiter: wire.NewLimiter(1, 0),
			Do: func(j *wire.ActiveJob) error { return j.Complete([]byte(answer)) },
		}, queues[1:])
	}()
	t.Cleanup(func() {
		cancel()
		waittest.Receive(t, "the worker of "+queues[0]+" ends", done)
		c.Close()
	})
	for _, queue := range queues {
		Until(t, "one more worker serves "+queue, func() bool { return Queue(t, addr, queue).Workers > before[queue] })
	}
}
