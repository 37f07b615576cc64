package jobserver

import (
	"io"
	"sync"

	"gearctl/wire"
)

const (
	outboxBatch = 64 << 10 // bytes after which the writer is woken before the reader's batch ends
	outboxKeep  = 1 << 20  // a buffer longer than this is not kept for the next batch
)

// outbox holds what is to be sent on one connection until its writer goroutine takes it, all at once.
type outbox struct {
	ready chan struct{} // holds one token while the writer has something to look at

	mu      sync.Mutex
	buf     []byte
	writing int // bytes that the writer has taken and not yet written
	closed  bool
}

func newOutbox() *outbox { return &outbox{ready: make(chan struct{}, 1)} }

// packet appends a response and returns how many bytes now wait.
func (o *outbox) packet(t wire.Type, args ...[]byte) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf = wire.AppendResponse(o.buf, t, args...)
	return len(o.buf) + o.writing
}

// text appends an admin answer as it is and returns how many bytes now wait.
func (o *outbox) text(b []byte) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf = append(o.buf, b...)
	return len(o.buf) + o.writing
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

// writeTo writes to w what comes until the outbox is closed and empty or w fails.
func (o *outbox) writeTo(w io.Writer) error {
	var spare []byte
	for range o.ready {
		for {
			batch, last := o.take(spare)
			if len(batch) > 0 {
				if _, err := w.Write(batch); err != nil {
					return err
				}
				spare = reuse(batch)
				continue
			}
			if last {
				return nil
			}
			spare = batch
			break
		}
	}
	return nil
}

// take exchanges the buffer for spare and reports whether no more will come.
func (o *outbox) take(spare []byte) (batch []byte, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	batch, o.buf = o.buf, spare
	o.writing = len(batch)
	return batch, o.closed
}

func reuse(b []byte) []byte {
	if cap(b) > outboxKeep {
		return nil
	}
	return b[:0]
}
