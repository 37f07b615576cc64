package jobserver

import (
	"io"
	"sync"

	"gearctl/wire"
)

// outboxBatch is after how many bytes the writer is woken before the reader's batch ends.
const outboxBatch = 64 << 10

// outbox holds what is to be sent on one connection until its writer goroutine has written it.
type outbox struct {
	all   *budget       // what waits in the outboxes of all connections
	ready chan struct{} // holds one token while the writer has something to look at

	mu      sync.Mutex
	less    sync.Cond // bytes were written, or the outbox failed
	queue   chunks
	held    chunks // packets that come while a list is being written: they follow it
	listing bool
	writing int // bytes that the writer has taken and not yet written
	closed  bool
	failed  bool // nobody reads any more: what is put in is thrown away
}

func newOutbox(all *budget) *outbox {
	o := &outbox{all: all, ready: make(chan struct{}, 1)}
	o.less.L = &o.mu
	return o
}

// packet appends a response and returns how many bytes waited before and wait now. A long last argument is kept by
// reference.
func (o *outbox) packet(t wire.Type, args ...[]byte) (before, now int) {
	return o.put(func() {
		if o.listing {
			o.held.packet(t, args)
		} else {
			o.queue.packet(t, args)
		}
	})
}

// text appends a copy of an admin answer and returns how many bytes waited before and wait now.
func (o *outbox) text(b []byte) (before, now int) {
	return o.put(func() { o.queue.text(b) })
}

func (o *outbox) put(f func()) (before, now int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed {
		return 0, 0
	}
	before = o.waiting()
	f()
	now = o.waiting()
	o.all.add(now - before)
	return before, now
}

// waiting returns how many bytes are not written yet.
func (o *outbox) waiting() int { return o.queue.n + o.held.n + o.writing }

// beginList holds packets back until endList: a list is not interrupted.
func (o *outbox) beginList() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.listing = true
}

func (o *outbox) endList() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.listing = false
	o.queue.seal()
	n := o.queue.n + o.held.n
	o.queue.full = append(o.queue.full, o.held.take()...)
	o.queue.n = n
}

// fits reports what enough says of the bytes that wait now.
func (o *outbox) fits(enough func(waiting int) bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return enough(o.waiting())
}

// await blocks until enough says that few enough bytes wait. It is asked again whenever some were written. It returns
// false when the connection is gone.
func (o *outbox) await(enough func(waiting int) bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.failed && !enough(o.waiting()) {
		o.less.Wait()
	}
	return !o.failed
}

// wake lets the writer look.
func (o *outbox) wake() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// close lets the writer end after it has written what waits.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.wake()
}

// fail throws away what waits and what will be put in.
func (o *outbox) fail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all.add(-o.waiting())
	o.queue, o.held, o.writing, o.failed = chunks{}, chunks{}, 0, true
	o.less.Broadcast()
}

// writeTo writes to w what comes until the outbox is closed and empty or w fails. Then the outbox has failed.
func (o *outbox) writeTo(w io.Writer) error {
	defer o.fail()
	for range o.ready {
		for {
			batch, last := o.take()
			if len(batch) == 0 {
				if last {
					return nil
				}
				break
			}
			for i, c := range batch {
				if _, err := w.Write(c.bytes); err != nil {
					return err
				}
				batch[i] = chunk{}
				o.wrote(len(c.bytes))
				c.recycle()
			}
		}
	}
	return nil
}

// take takes all that waits and reports whether no more will come.
func (o *outbox) take() (batch []chunk, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queue.n > 0 {
		o.writing = o.queue.n
		batch = o.queue.take()
	}
	return batch, o.closed
}

func (o *outbox) wrote(n int) {
	o.mu.Lock()
	o.writing -= n
	o.mu.Unlock()
	o.less.Broadcast()
	o.all.add(-n)
}
