package servers

import (
	"encoding/binary"
	"iter"

	"gearctl/wire"
)

// PackedQueues keeps many queues in a fraction of the memory that they take as values: their bytes are in chunks, which
// growing does not copy and in which the garbage collector has nothing to follow.
type PackedQueues struct {
	chunks []packedChunk
	Rows   int64
	Bytes  int64 // of names
}

// packedChunk is queues of one server: a name after its length, then three counts.
type packedChunk struct {
	server string
	b      []byte
}

const (
	firstPacked = 4 << 10
	largePacked = 64 << 10
)

func (p *PackedQueues) Add(q Queue) {
	last := len(p.chunks) - 1
	if size := len(q.Function) + 4*binary.MaxVarintLen64; last < 0 || p.chunks[last].server != q.Server || cap(p.chunks[last].b)-len(p.chunks[last].b) < size {
		room := firstPacked
		if last >= 0 && p.chunks[last].server == q.Server {
			room = largePacked
		}
		p.chunks = append(p.chunks, packedChunk{q.Server, make([]byte, 0, max(room, size))})
		last++
	}
	b := binary.AppendUvarint(p.chunks[last].b, uint64(len(q.Function)))
	b = append(b, q.Function...)
	for _, n := range []int64{q.Total, q.Running, q.Workers} {
		b = binary.AppendVarint(b, n)
	}
	p.chunks[last].b = b
	p.Rows++
	p.Bytes += int64(len(q.Function))
}

// All yields the queues in the order in which they were added.
func (p *PackedQueues) All() iter.Seq[Queue] {
	return func(yield func(Queue) bool) {
		for _, c := range p.chunks {
			text := string(c.b) // shared by the names
			for b := c.b; len(b) > 0; {
				size, n := binary.Uvarint(b)
				name := text[len(c.b)-len(b)+n:][:size]
				q := Queue{c.server, wire.FunctionStatus{Function: name}}
				b = b[n+int(size):]
				for _, count := range []*int64{&q.Total, &q.Running, &q.Workers} {
					*count, n = binary.Varint(b)
					b = b[n:]
				}
				if !yield(q) {
					return
				}
			}
		}
	}
}
