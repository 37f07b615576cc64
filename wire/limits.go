package wire

import "fmt"

// Default limits of an admin answer.
const (
	DefaultMaxAnswer = 256 << 20 // bytes in all
	DefaultMaxRows   = 200_000   // rows that a Listing keeps
)

// BytesPerRow is how many bytes of memory a row may take on average, where rows are kept: the bound on long names.
const BytesPerRow = 160

// badLinesKept is how many LineErrors an answer yields; the last of them counts the lines after it.
const badLinesKept = 20

// Limit is one of the limits on an admin answer.
type Limit int

// The limits.
const (
	LimitAnswer Limit = iota // Dialer.MaxAnswer, in bytes
	LimitRows                // Dialer.MaxRows, in rows
	LimitKept                // what MaxRows rows may take, in bytes
)

// LimitError says that an answer is over one of the Dialer's limits. A higher limit may help, if the server can be
// trusted; an endless answer is over every limit. The connection cannot be used after it.
type LimitError struct {
	Limit Limit
	Max   int64
}

func (e *LimitError) Error() string {
	switch e.Limit {
	case LimitRows:
		return fmt.Sprintf("the answer has more than %d rows", e.Max)
	case LimitKept:
		return fmt.Sprintf("the rows of the answer take more than %s", roundSize(e.Max))
	}
	return "the answer is longer than " + roundSize(e.Max)
}

func roundSize(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1e6 && n%1e6 == 0:
		return fmt.Sprintf("%d MB", n/1e6)
	}
	return fmt.Sprintf("%d bytes", n)
}

// rowBudget counts what a Listing keeps.
type rowBudget struct {
	maxRows     int64
	rows, bytes int64
}

// add counts a row that takes so many bytes, and fails when there are too many.
func (b *rowBudget) add(bytes int) error {
	b.rows++
	b.bytes += int64(bytes)
	switch limit := b.maxRows * BytesPerRow; {
	case b.rows > b.maxRows:
		return &LimitError{LimitRows, b.maxRows}
	case b.bytes > limit && b.rows > 1:
		return &LimitError{LimitKept, limit}
	}
	return nil
}
