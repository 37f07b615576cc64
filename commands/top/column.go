package top

import (
	"cmp"
	"fmt"
	"strconv"

	"gearctl/output"
)

// topColumn is a column of the screen. They stand in this order.
type topColumn uint8

// The columns.
const (
	topServerName topColumn = iota
	topQueueName
	topWaiting
	topRunning
	topWorkers
	topHigh
	topNormal
	topLow
	topIn
	topOut
	topTrendLine
	topColumns // how many there are
)

// topHeadings are the names of the columns, and how wide those of a fixed width are.
var topHeadings = [topColumns]struct {
	key, title string
	width      int
}{
	topServerName: {"server", "SERVER", 0},
	topQueueName:  {"queue", "QUEUE", 0},
	topWaiting:    {"waiting", "WAITING", 7},
	topRunning:    {"running", "RUNNING", 7},
	topWorkers:    {"workers", "WORKERS", 7},
	topHigh:       {"high", "HIGH", 7},
	topNormal:     {"normal", "NORMAL", 7},
	topLow:        {"low", "LOW", 7},
	topIn:         {"in_per_second", "≥IN/S", 6},
	topOut:        {"out_per_second", "≥OUT/S", 6},
	topTrendLine:  {"trend", "TREND", 0},
}

func (c topColumn) key() string { return topHeadings[c].key }

func (c topColumn) title() string { return topHeadings[c].title }

// right reports whether the column is of numbers.
func (c topColumn) right() bool { return topHeadings[c].width > 0 }

// topRow is a line of the screen: a queue on a server, or on several together.
type topRow struct {
	server, queue             string // no server when there are several
	waiting, running, workers int64
	high, normal, low         int64
	split                     bool // the three are known
	in, out                   float64
	rated                     bool        // the two are known
	late                      bool        // the numbers are older than they should be
	queues                    []*topQueue // whose trends it shows
}

// topID tells rows apart.
type topID struct{ server, queue string }

func (r *topRow) id() topID { return topID{r.server, r.queue} }

// compare orders rows by a column, those that are equal in it by queue and server.
func (c topColumn) compare(a, b *topRow) int {
	switch c {
	case topServerName:
		return cmp.Compare(a.server, b.server)
	case topQueueName:
		return cmp.Compare(a.queue, b.queue)
	case topIn, topOut, topTrendLine:
		return cmp.Compare(c.rate(a), c.rate(b))
	}
	return cmp.Compare(c.number(a), c.number(b))
}

// number returns what a column of whole numbers holds.
func (c topColumn) number(r *topRow) int64 {
	switch c {
	case topWaiting:
		return r.waiting
	case topRunning:
		return r.running
	case topWorkers:
		return r.workers
	case topHigh:
		return r.high
	case topNormal:
		return r.normal
	case topLow:
		return r.low
	}
	return 0
}

// rate returns what a column of rates holds; that of the trend is by how much the queue grows.
func (c topColumn) rate(r *topRow) float64 {
	switch c {
	case topIn:
		return r.in
	case topOut:
		return r.out
	}
	return r.in - r.out
}

// cell returns the text of a column of numbers.
func (c topColumn) cell(r *topRow) string {
	switch c {
	case topHigh, topNormal, topLow:
		if !r.split {
			return "-"
		}
	case topIn, topOut:
		if !r.rated {
			return "-"
		}
		return topRate(c.rate(r))
	}
	return topNumber(c.number(r))
}

// topNumber is n in at most 7 characters.
func topNumber(n int64) string {
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

// topRate is a rate in at most 6 characters.
func topRate(f float64) string {
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
func (c topColumn) style(r *topRow) output.Style {
	stuck := r.waiting > 0 && r.workers == 0
	switch {
	case r.late:
		return output.Faint
	case stuck && (c == topQueueName || c == topWaiting || c == topWorkers || c == topTrendLine):
		return output.Bad
	case r.waiting > 0 && (c == topWaiting || c == topTrendLine):
		return output.Warn
	case r.running > 0 && c == topRunning:
		return output.Good
	case r.waiting+r.running+r.workers == 0:
		return output.Faint
	}
	return output.Plain
}
