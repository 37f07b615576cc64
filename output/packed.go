package output

import (
	"encoding/binary"
)

// packedRows keeps cells and their styles in chunks of bytes. Two million rows take a quarter of the memory that strings
// would, and growing copies nothing.
type packedRows struct {
	chunks [][]byte
	rows   int64
	bytes  int64
}

const (
	firstChunk = 4 << 10
	lastChunk  = 256 << 10
)

// add appends a row. A nil styles means that all cells are plain.
func (p *packedRows) add(cells []string, styles []Style) {
	chunk := p.chunkFor(rowSize(cells, styles))
	before := len(*chunk)
	for i, cell := range cells {
		style := Plain
		if styles != nil {
			style = styles[i]
		}
		*chunk = append(*chunk, byte(style))
		*chunk = binary.AppendUvarint(*chunk, uint64(len(cell)))
		*chunk = append(*chunk, cell...)
	}
	p.rows++
	p.bytes += int64(len(*chunk) - before)
}

func rowSize(cells []string, styles []Style) int {
	size := len(styles)
	for _, cell := range cells {
		size += len(cell) + 1 + binary.MaxVarintLen64
	}
	return size
}

// chunkFor returns a chunk with room for size bytes.
func (p *packedRows) chunkFor(size int) *[]byte {
	last := len(p.chunks) - 1
	if last >= 0 && cap(p.chunks[last])-len(p.chunks[last]) >= size {
		return &p.chunks[last]
	}
	next := firstChunk
	if last >= 0 {
		next = min(2*cap(p.chunks[last]), lastChunk)
	}
	p.chunks = append(p.chunks, make([]byte, 0, max(next, size)))
	return &p.chunks[last+1]
}

// packedCell is a cell of a row.
type packedCell struct {
	text  string
	style Style
}

// blocks yields the cells of the rows, n of each, in blocks of at most rows rows and about bytes bytes.
func (p *packedRows) blocks(n, rows, bytes int, yield func(cells []packedCell)) {
	var block []packedCell
	size := 0
	for _, chunk := range p.chunks {
		text := string(chunk) // shared by all its cells
		for at := 0; at < len(text); {
			before := at
			block, at = unpack(block, text, at, n)
			size += at - before
			if len(block) == rows*n || size >= bytes {
				yield(block)
				block, size = make([]packedCell, 0, len(block)), 0
			}
		}
	}
	if len(block) > 0 {
		yield(block)
	}
}

// unpack appends the n cells of the row at text[at:] and returns the offset after it.
func unpack(dst []packedCell, text string, at, n int) ([]packedCell, int) {
	for range n {
		style := Style(text[at])
		size, used := uvarint(text[at+1:])
		at += 1 + used
		dst = append(dst, packedCell{text[at : at+size], style})
		at += size
	}
	return dst, at
}

// uvarint is binary.Uvarint for strings.
func uvarint(s string) (value, used int) {
	for shift := 0; ; shift += 7 {
		b := s[used]
		used++
		value |= int(b&0x7f) << shift
		if b < 0x80 {
			return value, used
		}
	}
}
