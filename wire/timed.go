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

	answer time.Duration // longest time that a whole answer may take
	packet time.Time     // when the packet that has begun to arrive must be there; zero: none has
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
	whole := t.arm(t.Conn.SetReadDeadline, true)
	n, err := t.Conn.Read(p)
	return n, t.wrapTimeout(err, whole)
}

func (t *timedConn) Write(p []byte) (int, error) {
	whole := t.arm(t.Conn.SetWriteDeadline, false)
	n, err := t.Conn.Write(p)
	return n, t.wrapTimeout(err, whole)
}

// arm sets the deadline of a read or a write, and reports whether it is that of a whole answer.
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

// deadline returns when the next read or write must have done something, and whether that is the end of an operation.
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

// wrapTimeout makes a time-out that ended a whole answer a *SlowError.
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

// packetBegins bounds what is left of a packet that has begun to arrive. packetEnds ends that.
func (t *timedConn) packetBegins() { t.setPacket(time.Now().Add(t.answer)) }

func (t *timedConn) packetEnds() { t.setPacket(time.Time{}) }

func (t *timedConn) setPacket(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.packet = until
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

// extend moves the ends of the running operations.
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

// expired reports whether the running operation has ended by its context or its time.
func (t *timedConn) expired() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	d, _ := t.deadline()
	return !time.Now().Before(d)
}
