package wire

import (
	"bytes"
	"math"
	"strconv"
)

// The numbers of a HandleList lie in pieces, so that growing never copies them all. A piece holds as many as there
// are handles already, within these bounds.
const (
	firstChunk = 1 << 8
	lastChunk  = 64 << 10
)

// HandleList keeps job handles in the order they came, in four bytes each as long as they look like PREFIX:NUMBER
// with one prefix, as a server's handles do; others are kept whole.
type HandleList struct {
	prefix []byte     // up to and with the last colon
	chunks [][]uint32 // 0 stands for the next of odd
	others []string
	n      int
}

// Len returns how many handles the list holds.
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

// handleNumber reads a number that is written the way strconv writes it, so that it can be written again.
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

// HandleNumber returns the number at the end of a handle PREFIX:NUMBER. A server counts its jobs from 1, so that of
// two jobs the newer has the higher number, until it restarts.
func HandleNumber(handle []byte) (uint64, bool) {
	n, ok := handleNumber(handle[bytes.LastIndexByte(handle, ':')+1:])
	return uint64(n), ok
}
