package wire

import (
	"context"
	"net"
	"sync"
	"time"
)

// timedConn gives every read and write of a connection a deadline: step after it begins, never later than the end
// of the running operation, and at once when the operation's context ends.
type timedConn struct {
	net.Conn
	mu   sync.Mutex
	step time.Duration
	op   *operation // nil: none runs
}

// operation is what bounds reads and writes while it runs.
type operation struct {
	ctx   context.Context
	until time.Time  // zero: without end
	outer *operation // inside which it began; nil: none
}

// past is a deadline that has always passed.
var past = time.Unix(1, 0)

func (t *timedConn) Read(p []byte) (int, error) {
	t.arm(t.Conn.SetReadDeadline)
	return t.Conn.Read(p)
}

func (t *timedConn) Write(p []byte) (int, error) {
	t.arm(t.Conn.SetWriteDeadline)
	return t.Conn.Write(p)
}

func (t *timedConn) arm(set func(time.Time) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	set(t.deadline())
}

func (t *timedConn) deadline() time.Time {
	d := time.Now().Add(t.step)
	for op := t.op; op != nil; op = op.outer {
		if op.ctx.Err() != nil {
			return past
		}
		if !op.until.IsZero() && op.until.Before(d) {
			d = op.until
		}
	}
	return d
}

// begin starts an operation that ends at until (zero: bounded by its steps alone) or with ctx. The returned
// function ends it. Inside an operation another may begin, which must end first.
func (t *timedConn) begin(ctx context.Context, until time.Time) (end func()) {
	op := &operation{ctx: ctx, until: until, outer: t.op}
	t.set(op)
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		t.interrupt()
		close(interrupted)
	})
	return func() {
		if !stop() {
			<-interrupted
		}
		t.set(op.outer)
	}
}

func (t *timedConn) set(op *operation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.op = op
}

// pause moves the ends of the running operations.
func (t *timedConn) pause(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for op := t.op; op != nil; op = op.outer {
		if !op.until.IsZero() {
			op.until = op.until.Add(d)
		}
	}
}

// interrupt makes a blocked read or write return.
func (t *timedConn) interrupt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.SetDeadline(past)
}

// setStep changes how long a single read or write may take.
func (t *timedConn) setStep(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.step = d
}

func (t *timedConn) stepNow() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.step
}

// over reports whether the running operation has ended by its context or its time.
func (t *timedConn) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !time.Now().Before(t.deadline())
}
