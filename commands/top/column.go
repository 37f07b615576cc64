package top

import (
	"fmt"
	"strconv"

	"gearctl/output"
)

// column is a column of the screen. The constants are in display order.
type column uint8

// The columns.
const (
	colServer column = iota
	colQueue
	colWaiting
	colRunning
	colWorkers
	colHigh
	colNormal
	colLow
	colIn
	colOut
	colTrend
	columnCount // how many there are
)

// columnSpecs are the names of the columns, and how wide those of a fixed width are.
var columnSpecs = [columnCount]struct {
	key, title string
	width      int
}{
	colServer:  {"server", "SERVER", 0},
	colQueue:   {"queue", "QUEUE", 0},
	colWaiting: {"waiting", "WAITING", 7},
	colRunning: {"running", "RUNNING", 7},
	colWorkers: {"workers", "WORKERS", 7},
	colHigh:    {"high", "HIGH", 7},
	colNormal:  {"normal", "NORMAL", 7},
	colLow:     {"low", "LOW", 7},
	colIn:      {"in_per_second", "IN/S", 6},
	colOut:     {"out_per_second", "OUT/S", 6},
	colTrend:   {"trend", "TREND", 0},
}

func (c column) key() string { return columnSpecs[c].key }

// title returns the heading.
func (c column) title(g *glyphs) string {
	if c == colIn || c == colOut {
		return g.atLeast + columnSpecs[c].title
	}
	return columnSpecs[c].title
}

// right reports whether the column is of numbers.
func (c column) right() bool { return columnSpecs[c].width > 0 }

// row is a line of the screen: a queue on a server, or on several together.
type row struct {
	server, queue             string // no server when there are several
	waiting, running, workers int64
	high, normal, low         int64
	hasPriorities             bool // the three are known
	in, out                   float64
	hasRates                  bool          // the two are known
	old                       bool          // the numbers are older than they should be: no server answers, or an answer is late
	queues                    []*queueState // of that name, on the servers in view
}

// rowID identifies a row.
type rowID struct{ server, queue string }

// keyOf returns what a column of numbers holds for one queue, without the work of a row.
func (c column) keyOf(q *queueState) float64 {
	switch c {
	case colWaiting:
		return float64(q.Waiting())
	case colRunning:
		return float64(q.Running)
	case colWorkers:
		return float64(q.Workers)
	}
	r := newRow(q)
	return c.sortKey(&r)
}

// sortKey returns what a row is sorted by in a column of numbers or the trend.
func (c column) sortKey(r *row) float64 {
	if c == colIn || c == colOut || c == colTrend {
		return c.rate(r)
	}
	return float64(c.number(r))
}

// number returns what a column of whole numbers holds.
func (c column) number(r *row) int64 {
	switch c {
	case colWaiting:
		return r.waiting
	case colRunning:
		return r.running
	case colWorkers:
		return r.workers
	case colHigh:
		return r.high
	case colNormal:
		return r.normal
	case colLow:
		return r.low
	}
	return 0
}

// rate returns what a column of rates holds; that of the trend is by how much the queue grows.
func (c column) rate(r *row) float64 {
	switch c {
	case colIn:
		return r.in
	case colOut:
		return r.out
	}
	return r.in - r.out
}

// cell returns the text of a column of numbers.
func (c column) cell(r *row) string {
	switch c {
	case colHigh, colNormal, colLow:
		if !r.hasPriorities {
			return "-"
		}
	case colIn, colOut:
		if !r.hasRates {
			return "-"
		}
		return formatRate(c.rate(r))
	}
	return formatCount(c.number(r))
}

// stuck reports whether jobs wait and nobody is there to run them.
func (r *row) stuck() bool { return r.waiting > 0 && r.workers == 0 }

// formatCount is n in at most 7 characters.
func formatCount(n int64) string {
	if n < 10_000_000 {
		return strconv.FormatInt(n, 10)
	}
	f := float64(n) / 1e6
	for _, unit := range []string{"M", "G", "T", "P"} {
		if f < 9999 {
			return fmt.Sprintf("%.1f%s", f, unit)
		}
		f /= 1000
	}
	return fmt.Sprintf("%.1fE", f)
}

// formatRate is a rate in at most 6 characters.
func formatRate(f float64) string {
	switch {
	case f == 0:
		return "0"
	case f < 99.95:
		return strconv.FormatFloat(max(f, 0.1), 'f', 1, 64)
	case f < 99_999.5:
		return strconv.FormatFloat(f, 'f', 0, 64)
	case f < 9_999_500:
		return strconv.FormatFloat(f/1e3, 'f', 0, 64) + "k"
	}
	return strconv.FormatFloat(f/1e6, 'f', 0, 64) + "M"
}

// style returns how a cell is painted.
func (c column) style(r *row) output.Style {
	switch {
	case r.old:
		return output.Faint
	case r.stuck() && (c == colQueue || c == colWaiting || c == colWorkers || c == colTrend):
		return output.Bad
	case r.waiting > 0 && (c == colWaiting || c == colTrend):
		return output.Warn
	case r.running > 0 && c == colRunning:
		return output.Good
	case r.waiting+r.running+r.workers == 0:
		return output.Faint
	}
	return output.Plain
}
