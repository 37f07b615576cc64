package jobserver

import (
	"io"
	"sync"

	"gearctl/wire"
)

// outboxBatch is the number of bytes at which the writer is woken at once.
const outboxBatch = 64 << 10

// outbox holds the bytes to send on a connection until its writer goroutine has written them.
type outbox struct {
	all   *budget       // bytes in the outboxes of all connections
	ready chan struct{} // holds a token while the writer has work

	mu        sync.Mutex
	shrunk    sync.Cond // bytes were written, or the outbox failed
	queue     chunks
	afterList chunks // packets sent during a list
	listing   bool
	writing   int // bytes that the writer has taken but not written
	closed    bool
	failed    bool // the connection is gone: bytes are discarded
}

func newOutbox(all *budget) *outbox {
	o := &outbox{all: all, ready: make(chan struct{}, 1)}
	o.shrunk.L = &o.mu
	return o
}

// packet appends a response and returns how many bytes were waiting before and are waiting now. A last argument of
// sharedSize or more is not copied.
func (o *outbox) packet(t wire.Type, args ...[]byte) (before, now int) {
	return o.put(func() {
		if o.listing {
			o.afterList.packet(t, args)
		} else {
			o.queue.packet(t, args)
		}
	})
}

// text appends a copy of an admin answer; the results are those of packet.
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

// waiting returns how many bytes have not been written.
func (o *outbox) waiting() int { return o.queue.n + o.afterList.n + o.writing }

// beginList defers packets until endList, so that they do not interrupt a list.
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
	n := o.queue.n + o.afterList.n
	o.queue.full = append(o.queue.full, o.afterList.take()...)
	o.queue.n = n
}

// fits calls enough with the bytes that are waiting.
func (o *outbox) fits(enough func(waiting int) bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return enough(o.waiting())
}

// waitUntil blocks until enough, called whenever bytes were written, returns true. It returns false if the connection is
// gone.
func (o *outbox) waitUntil(enough func(waiting int) bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.failed && !enough(o.waiting()) {
		o.shrunk.Wait()
	}
	return !o.failed
}

// wake wakes the writer.
func (o *outbox) wake() {
	select {
	case o.ready <- struct{}{}:
	default:
	}
}

// close ends the writer once everything is written.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.wake()
}

// fail discards the contents, and everything that is put in later.
func (o *outbox) fail() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all.add(-o.waiting())
	o.queue, o.afterList, o.writing, o.failed = chunks{}, chunks{}, 0, true
	o.shrunk.Broadcast()
}

// writeTo writes to w until the outbox is closed and empty, or w fails.
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

// take removes everything that waits and reports whether the outbox is closed.
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
	o.shrunk.Broadcast()
	o.all.add(-n)
}
