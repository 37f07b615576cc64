package wire

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// timedConn sets a deadline for every read and write: step from now, but no later than the end of the running operation, and
// at once when the operation's context ends.
type timedConn struct {
	net.Conn
	mu   sync.Mutex
	step time.Duration
	op   *operation // nil: none runs

	heard  atomic.Bool   // a byte was read
	answer time.Duration // timeout of a complete answer
	packet time.Time     // deadline of the packet that is arriving; zero: none
}

// operation limits the reads and writes while it runs.
type operation struct {
	ctx   context.Context
	until time.Time  // zero: no limit
	outer *operation // enclosing operation, if any
}

// past is a deadline in the past.
var past = time.Unix(1, 0)

func (t *timedConn) Read(p []byte) (int, error) {
	whole := t.arm(t.Conn.SetReadDeadline, true)
	n, err := t.Conn.Read(p)
	if n > 0 {
		t.heard.Store(true)
	}
	return n, t.wrapTimeout(err, whole)
}

func (t *timedConn) Write(p []byte) (int, error) {
	whole := t.arm(t.Conn.SetWriteDeadline, false)
	n, err := t.Conn.Write(p)
	return n, t.wrapTimeout(err, whole)
}

// arm sets the deadline of a read or write, and reports whether it is that of a complete answer.
func (t *timedConn) arm(set func(time.Time) error, read bool) (whole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, whole := t.deadline()
	if read && !t.packet.IsZero() && t.packet.Before(d) {
		d, whole = t.packet, true
	}
	set(d)
	return whole
}

// deadline returns the deadline of the next read or write, and whether it is the end of an operation.
func (t *timedConn) deadline() (d time.Time, whole bool) {
	d = time.Now().Add(t.step)
	for op := t.op; op != nil; op = op.outer {
		if op.ctx.Err() != nil {
			return past, false
		}
		if !op.until.IsZero() && op.until.Before(d) {
			d, whole = op.until, true
		}
	}
	return d, whole
}

// wrapTimeout returns a *SlowError for the timeout of a complete answer.
func (t *timedConn) wrapTimeout(err error, whole bool) error {
	if whole && isTimeout(err) && !t.interrupted() {
		return &SlowError{Limit: t.answer, timeout: err}
	}
	return err
}

// interrupted reports whether the context of a running operation has ended.
func (t *timedConn) interrupted() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for op := t.op; op != nil; op = op.outer {
		if op.ctx.Err() != nil {
			return true
		}
	}
	return false
}

// packetBegins sets the deadline of a packet that is arriving; packetEnds clears it.
func (t *timedConn) packetBegins() { t.setPacket(time.Now().Add(t.answer)) }

func (t *timedConn) packetEnds() { t.setPacket(time.Time{}) }

func (t *timedConn) setPacket(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.packet = until
}

// begin starts an operation that is limited by ctx and, unless it is zero, until. The returned function ends it. Operations
// may be nested.
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

// extend extends the deadlines of the running operations.
func (t *timedConn) extend(d time.Duration) {
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

// setStep sets the timeout of a single read or write.
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

// expired reports whether the running operation has ended by its context or its time.
func (t *timedConn) expired() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, _ := t.deadline()
	return !time.Now().Before(d)
}
