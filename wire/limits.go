package wire

import "fmt"

// Default limits of an admin answer.
const (
	DefaultMaxAnswer = 256 << 20 // bytes in all
	DefaultMaxRows   = 200_000   // rows that a Listing keeps
)

// BytesPerRow is how many bytes of memory the rows of a Listing may take on average.
const BytesPerRow = 160

// badLinesKept is how many LineErrors of an answer are kept. The last one counts the others.
const badLinesKept = 20

// Limit is one of the limits on an admin answer.
type Limit int

// The limits.
const (
	LimitAnswer Limit = iota // Dialer.MaxAnswer, in bytes
	LimitRows                // Dialer.MaxRows, in rows
	LimitKept                // Dialer.MaxRows times BytesPerRow, in bytes
)

// LimitError means that an answer exceeded one of the Dialer's limits. The connection cannot be used afterwards.
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

// rowBudget counts the rows of a Listing and their memory.
type rowBudget struct {
	maxRows     int64
	rows, bytes int64
}

// add counts a row of so many bytes. It returns a *LimitError if a limit is exceeded.
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
