package wire

import (
	"bytes"
	"context"
	"unsafe"
)

// Listing is the answer of an admin command that lists things. Bad are the lines that could not be read, which callers should
// report.
type Listing[T any] struct {
	Rows []T
	Bad  []*LineError
}

// list returns the rows of an admin command, within the limits of the Dialer. size returns the memory that a row points to.
// Lines are parsed once the answer is complete: until then they take a third of the memory of rows.
func list[T any](ctx context.Context, c *Conn, command string, parse func(line []byte) (T, error), size func(*T) int) (Listing[T], error) {
	var lines packedLines
	arriving, budget := rowBudget{maxRows: c.maxRows}, rowBudget{maxRows: c.maxRows}
	var over error
	err := c.admin(ctx, command, toDot, func(line []byte) error {
		if over = arriving.add(len(line)); over == nil {
			lines.add(line)
		}
		return fromCallback(over)
	})
	var l Listing[T]
	if err == nil && arriving.rows > 0 {
		l.Rows = make([]T, 0, arriving.rows)
		bad := badLines{server: c.server}
		over = lines.each(func(line []byte) error {
			row, err := parse(line)
			if bad.next(err); unreadable(err) {
				return nil
			}
			l.Rows = append(l.Rows, row)
			return budget.add(int(unsafe.Sizeof(row)) + size(&row))
		})
		l.Bad = bad.kept
	}
	if over != nil {
		return Listing[T]{}, c.opError(ctx, command, over)
	}
	return l, err
}

// badLines collects the lines that could not be read: the first badLinesKept, and how many came after them.
type badLines struct {
	server string
	number int
	kept   []*LineError
}

// next counts a line, and keeps its error, if any.
func (b *badLines) next(err error) {
	b.number++
	switch {
	case err == nil:
	case len(b.kept) < badLinesKept:
		b.kept = append(b.kept, &LineError{Server: b.server, Number: b.number, Cause: err.Error(), Row: !unreadable(err)})
	default:
		b.kept[badLinesKept-1].More++
	}
}

// packedLines are lines in chunks of bytes, which grow without copying.
type packedLines struct{ chunks [][]byte }

// Chunks are 4 KiB at first and 64 KiB from the fifth on. A longer line gets its own chunk.
const (
	firstLines  = 4 << 10
	doubleLines = 4
)

func (p *packedLines) add(line []byte) {
	n, size := len(p.chunks), len(line)+1
	if n == 0 || cap(p.chunks[n-1])-len(p.chunks[n-1]) < size {
		p.chunks = append(p.chunks, make([]byte, 0, max(firstLines<<min(n, doubleLines), size)))
		n++
	}
	p.chunks[n-1] = append(append(p.chunks[n-1], line...), '\n')
}

// each calls f for every line until it fails. It frees the lines on the way.
func (p *packedLines) each(f func(line []byte) error) error {
	for i, chunk := range p.chunks {
		for len(chunk) > 0 {
			line, rest, _ := bytes.Cut(chunk, []byte{'\n'})
			if err := f(line); err != nil {
				return err
			}
			chunk = rest
		}
		p.chunks[i] = nil
	}
	return nil
}
