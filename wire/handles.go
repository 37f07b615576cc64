package wire

import (
	"bytes"
	"math"
	"strconv"
)

// A HandleList grows by chunks, without copying. A new chunk has room for as many handles as the list has, within these
// bounds.
const (
	firstChunk = 1 << 8
	lastChunk  = 64 << 10
)

// HandleList is a stack of job handles. A handle PREFIX:NUMBER takes four bytes if all have the same prefix, as those of one
// server do; others are kept as strings.
type HandleList struct {
	prefix []byte     // including the colon
	chunks [][]uint32 // numbers; 0: the next of others
	others []string
	n      int
}

// Len returns the number of handles.
func (l *HandleList) Len() int { return l.n }

// Add appends a copy of handle.
func (l *HandleList) Add(handle []byte) {
	l.n++
	colon := bytes.LastIndexByte(handle, ':') + 1
	num, ok := handleNumber(handle[colon:])
	if l.prefix == nil && ok && colon > 0 {
		l.prefix = bytes.Clone(handle[:colon])
	}
	if !ok || colon == 0 || !bytes.Equal(handle[:colon], l.prefix) {
		l.others = append(l.others, string(handle))
		num = 0
	}
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last]) == cap(l.chunks[last]) {
		l.chunks = append(l.chunks, make([]uint32, 0, min(max(l.n, firstChunk), lastChunk)))
		last++
	}
	l.chunks[last] = append(l.chunks[last], num)
}

// handleNumber parses a number in the form that strconv writes, so that the text can be restored.
func handleNumber(b []byte) (uint32, bool) {
	if len(b) == 0 || len(b) > 10 || b[0] == '0' {
		return 0, false
	}
	var n uint64
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + uint64(d-'0')
	}
	return uint32(n), n <= math.MaxUint32
}

// AppendLast removes the newest handle from the list and appends it to dst. The list must not be empty.
func (l *HandleList) AppendLast(dst []byte) []byte {
	l.n--
	last := len(l.chunks) - 1
	chunk := l.chunks[last]
	num := chunk[len(chunk)-1]
	l.chunks[last] = chunk[:len(chunk)-1]
	if len(chunk) == 1 {
		l.chunks = l.chunks[:last]
	}
	if num > 0 {
		return strconv.AppendUint(append(dst, l.prefix...), uint64(num), 10)
	}
	n := len(l.others) - 1
	dst = append(dst, l.others[n]...)
	l.others = l.others[:n]
	return dst
}

// HandleNumber returns the number of a handle PREFIX:NUMBER. Servers number their jobs from 1, so newer jobs have higher
// numbers, until the server restarts.
func HandleNumber(handle []byte) (uint64, bool) {
	n, ok := handleNumber(handle[bytes.LastIndexByte(handle, ':')+1:])
	return uint64(n), ok
}
