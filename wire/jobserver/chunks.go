package jobserver

import (
	"encoding/binary"
	"sync"

	"gearctl/wire"
)

const (
	chunkSize  = 64 << 10 // bytes of a chunk that is gathered from packets
	sharedSize = 64 << 10 // an argument this long is not copied into a chunk but is one itself
)

// chunks are bytes to be sent, in pieces: a queue that grows copies nothing, and a long workload is shared with the
// job that it belongs to.
type chunks struct {
	full []chunk
	tail []byte
	n    int // bytes in all
}

// chunk is a piece that is only written any more. The bytes of a shared one belong to someone else.
type chunk struct {
	bytes  []byte
	shared bool
}

// chunkPool holds buffers of chunkSize that were written.
var chunkPool = sync.Pool{New: func() any {
	b := make([]byte, 0, chunkSize)
	return &b
}}

// recycle gives back a chunk that was written.
func (c chunk) recycle() {
	if b := c.bytes[:0]; !c.shared && cap(b) == chunkSize {
		chunkPool.Put(&b)
	}
}

// packet appends a response. Of its arguments the last is kept by reference when it is long; it must not change.
func (q *chunks) packet(t wire.Type, args [][]byte) {
	last := len(args) - 1
	if last < 0 || len(args[last]) < sharedSize {
		size := wire.HeaderSize + len(args)
		for _, a := range args {
			size += len(a)
		}
		q.reserve(size)
		q.grow(wire.AppendResponse(q.tail, t, args...))
		return
	}
	shared := args[last]
	head := append(append([][]byte(nil), args[:last]...), nil)
	begin := len(q.tail)
	q.grow(wire.AppendResponse(q.tail, t, head...))
	size := q.tail[begin+wire.HeaderSize-4:]
	binary.BigEndian.PutUint32(size, binary.BigEndian.Uint32(size)+uint32(len(shared)))
	q.seal()
	q.full = append(q.full, chunk{shared, true})
	q.n += len(shared)
}

// text appends a copy of b.
func (q *chunks) text(b []byte) {
	q.reserve(len(b))
	q.grow(append(q.tail, b...))
}

// reserve begins a new chunk where size bytes more would make this one longer than a chunk.
func (q *chunks) reserve(size int) {
	if len(q.tail) > 0 && len(q.tail)+size > chunkSize {
		q.seal()
		q.tail = *chunkPool.Get().(*[]byte)
	}
}

func (q *chunks) grow(tail []byte) {
	q.n += len(tail) - len(q.tail)
	q.tail = tail
}

func (q *chunks) seal() {
	if len(q.tail) > 0 {
		q.full = append(q.full, chunk{bytes: q.tail})
		q.tail = nil
	}
}

// take returns all chunks and leaves q empty.
func (q *chunks) take() []chunk {
	q.seal()
	all := q.full
	*q = chunks{}
	return all
}
