package jobserver

import (
	"encoding/binary"
	"sync"

	"gearctl/wire"
)

const (
	chunkSize  = 64 << 10 // bytes of a chunk that collects packets
	sharedSize = 64 << 10 // arguments of at least this size become a chunk of their own, without a copy
)

// chunks is a queue of bytes to send, in pieces: growing copies nothing, and long workloads are shared with their job.
type chunks struct {
	full []chunk
	tail []byte
	n    int // total bytes
}

// chunk is a complete piece. The bytes of a shared chunk belong to a job.
type chunk struct {
	bytes  []byte
	shared bool
}

// chunkPool holds free buffers of chunkSize.
var chunkPool = sync.Pool{New: func() any {
	b := make([]byte, 0, chunkSize)
	return &b
}}

// recycle returns a written chunk to the pool.
func (c chunk) recycle() {
	if b := c.bytes[:0]; !c.shared && cap(b) == chunkSize {
		chunkPool.Put(&b)
	}
}

// packet appends a response. A last argument of sharedSize or more is not copied and must not change.
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

// reserve starts a new chunk if size more bytes do not fit into the current one.
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

// take empties q and returns its chunks.
func (q *chunks) take() []chunk {
	q.seal()
	all := q.full
	*q = chunks{}
	return all
}
