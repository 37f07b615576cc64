package wire

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// FunctionStatus is a line of the admin command status.
type FunctionStatus struct {
	Function string
	Total    int64 // jobs known: waiting, running, cancelled and abandoned
	Running  int64
	Workers  int64 // connections that can do the function, including those of dead hosts until TCP times out
}

// Waiting returns how many jobs are not running. It is never negative, and counts all jobs if Running is no count.
func (f FunctionStatus) Waiting() int64 { return max(0, Counted(f.Total)-f.Busy()) }

// Busy returns how many jobs are running, for sums: 0 if Running is no count.
func (f FunctionStatus) Busy() int64 { return Counted(f.Running) }

// BelowZero reports whether a number of an answer is that of a counter of the server that fell below zero: gearmand counts in
// 32 bits without sign, so that one too few shows as 4294967295.
func BelowZero(n int64) bool { return n > math.MaxInt32 && n <= math.MaxUint32 }

// Counted returns n for sums: 0 if it is below zero.
func Counted(n int64) int64 {
	if BelowZero(n) {
		return 0
	}
	return n
}

// PriorityStatus is a line of the admin command prioritystatus: waiting jobs by priority, without running ones. gearmand has
// the command since 1.1.15; its numbers are right since 1.1.20.
type PriorityStatus struct {
	Function          string
	High, Normal, Low int64
	Workers           int64
}

// LineError is a line of an answer that could not be read, or whose numbers cannot be true; such a row is in the answer as the
// server reported it. The rest of the answer could be read.
type LineError struct {
	Server string
	Number int // of the line, from 1
	Cause  string
	More   int64 // further unreadable lines without a LineError
	Row    bool  // the line could be read, but its numbers cannot be true
}

// moreRunning begins the Cause of a status line with more running jobs than jobs.
const moreRunning = "more jobs running"

// MoreRunning reports whether the line counts more running jobs than jobs: the server's count is wrong.
func (e *LineError) MoreRunning() bool { return strings.HasPrefix(e.Cause, moreRunning) }

func (e *LineError) Error() string {
	text := fmt.Sprintf("%s: line %d of the answer: %s", e.Server, e.Number, e.Cause)
	if e.More > 0 {
		text += fmt.Sprintf(" (and %d more unreadable lines after it)", e.More)
	}
	return text
}

// CountBad returns how many lines could not be read.
func CountBad(bad []*LineError) int64 {
	n := int64(len(bad))
	for _, b := range bad {
		n += b.More
	}
	return n
}

// doubtful is the error of a line that could be read and whose numbers cannot be true.
type doubtful struct{ cause string }

func (d doubtful) Error() string { return d.cause }

// unreadable reports whether there is no row because of err.
func unreadable(err error) bool { return err != nil && !errors.As(err, new(doubtful)) }

// each runs an admin command whose answer ends with a "." line and calls f for each parsed line. It returns the lines that
// could not be read, up to badLinesKept.
func each[T any](ctx context.Context, c *Conn, command string, parse func(line []byte) (T, error), f func(T) error) ([]*LineError, error) {
	bad := badLines{server: c.server}
	err := c.admin(ctx, command, toDot, func(line []byte) error {
		row, err := parse(line)
		if bad.next(err); unreadable(err) {
			return nil
		}
		return fromCallback(f(row))
	})
	return bad.kept, err
}

// Status returns the status of every function, in the server's order.
func (c *Conn) Status(ctx context.Context) (Listing[FunctionStatus], error) {
	return list(ctx, c, "status", ParseStatusLine, func(f *FunctionStatus) int { return len(f.Function) })
}

// StatusInto is Status for a caller that asks again and again: the answer is put into the memory of rows, those of the last
// answer, and a name that stands where it stood is not copied again. The caller gives rows away, also on an error, and gets
// them back in the Listing. While the answer arrives it takes no more memory than the rows themselves.
func (c *Conn) StatusInto(ctx context.Context, rows []FunctionStatus) (Listing[FunctionStatus], error) {
	l := Listing[FunctionStatus]{Rows: rows[:0]}
	bad, budget := badLines{server: c.server}, rowBudget{maxRows: c.maxRows}
	var over error
	err := c.admin(ctx, CommandStatus, toDot, func(line []byte) error {
		row, name, err := parseStatusLine(line)
		if bad.next(err); unreadable(err) {
			return nil
		}
		if n := len(l.Rows); n < len(rows) && rows[n].Function == string(name) {
			row.Function = rows[n].Function
		} else {
			row.Function = string(name)
		}
		l.Rows = append(l.Rows, row)
		over = budget.add(int(unsafe.Sizeof(row)) + len(name))
		return fromCallback(over)
	})
	if over != nil {
		err = c.opError(ctx, CommandStatus, over)
	}
	if err != nil {
		return Listing[FunctionStatus]{}, err
	}
	if len(l.Rows) < len(rows) {
		clear(rows[len(l.Rows):]) // the names of what is gone
	}
	l.Bad = bad.kept
	return l, nil
}

// EachStatus calls f for every function, as its line arrives. An error of f ends the operation and is returned unchanged. The
// lines that could not be read are returned.
func (c *Conn) EachStatus(ctx context.Context, f func(FunctionStatus) error) ([]*LineError, error) {
	return each(ctx, c, "status", ParseStatusLine, f)
}

// EachStatusLine is EachStatus for sums over many functions, of which few names are wanted: the row has no Function, and name
// is valid until f returns.
func (c *Conn) EachStatusLine(ctx context.Context, f func(row FunctionStatus, name []byte) error) ([]*LineError, error) {
	bad := badLines{server: c.server}
	err := c.admin(ctx, CommandStatus, toDot, func(line []byte) error {
		row, name, err := parseStatusLine(line)
		if bad.next(err); unreadable(err) {
			return nil
		}
		return fromCallback(f(row, name))
	})
	return bad.kept, err
}

// PriorityStatus returns the waiting jobs of every function, by priority.
func (c *Conn) PriorityStatus(ctx context.Context) (Listing[PriorityStatus], error) {
	return list(ctx, c, "prioritystatus", ParsePriorityStatusLine, func(p *PriorityStatus) int { return len(p.Function) })
}

// ParseStatusLine parses NAME TAB TOTAL TAB RUNNING TAB WORKERS, from the right, since a name may contain tabs. If the numbers
// cannot be true, it returns them beside the error.
func ParseStatusLine(line []byte) (FunctionStatus, error) {
	f, name, err := parseStatusLine(line)
	f.Function = string(name)
	return f, err
}

// parseStatusLine is ParseStatusLine that leaves the name, which is part of line, to the caller.
func parseStatusLine(line []byte) (f FunctionStatus, name []byte, err error) {
	var n [3]int64
	if name, err = numbersFromRight(line, n[:]); err != nil {
		return f, nil, err
	}
	f = FunctionStatus{Total: n[0], Running: n[1], Workers: n[2]}
	if doubt := f.Doubt(); doubt != "" {
		err = doubtful{fmt.Sprintf("%s (queue %.100q)", doubt, name)}
	}
	return f, name, err
}

// Doubt says why the numbers cannot be true; empty: they can.
func (f FunctionStatus) Doubt() string {
	text := ""
	if f.Running > f.Total {
		text = fmt.Sprintf(moreRunning+" (%d) than there are (%d)", f.Running, f.Total)
	}
	for _, n := range []int64{f.Running, f.Total, f.Workers} {
		if BelowZero(n) {
			return cmp.Or(text, strconv.FormatInt(n, 10)) + ": a counter of the server fell below zero"
		}
	}
	return text
}

// ParsePriorityStatusLine parses NAME TAB HIGH TAB NORMAL TAB LOW TAB WORKERS, from the right.
func ParsePriorityStatusLine(line []byte) (PriorityStatus, error) {
	var n [4]int64
	name, err := numbersFromRight(line, n[:])
	return PriorityStatus{Function: string(name), High: n[0], Normal: n[1], Low: n[2], Workers: n[3]}, err
}

// numbersFromRight parses the last len(n) tab-separated fields of line into n and returns what precedes them.
func numbersFromRight(line []byte, n []int64) (name []byte, err error) {
	for i := len(n) - 1; i >= 0; i-- {
		tab := bytes.LastIndexByte(line, '\t')
		if tab < 0 {
			return nil, fmt.Errorf("%d fields where %d are due", len(n)-i, len(n)+1)
		}
		if n[i], err = parseCount(line[tab+1:]); err != nil {
			return nil, err
		}
		line = line[:tab]
	}
	return line, nil
}

// parseCount parses a non-negative number without sign or spaces.
func parseCount(b []byte) (int64, error) {
	const sure = 18 // digits that fit
	if len(b) > sure || len(b) == 0 || len(b) > 1 && b[0] == '0' {
		return parseLongCount(b)
	}
	n := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return parseLongCount(b)
		}
		n = 10*n + int64(c-'0')
	}
	return n, nil
}

// parseLongCount is parseCount for what is not a short number.
func parseLongCount(b []byte) (int64, error) {
	n, err := strconv.ParseUint(string(b), 10, 63)
	if err != nil || len(b) > 1 && b[0] == '0' {
		return 0, fmt.Errorf("%.20q is not a number", b)
	}
	return int64(n), nil
}
