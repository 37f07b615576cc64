package top

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/servers"
)

// state is all that the screen shows. The screen is a function of it and the terminal's size: see frame.
type state struct {
	servers  []*serverState
	context  string // that they are of; empty: none
	match    *servers.Matcher
	glyphs   glyphs
	now      time.Time
	interval time.Duration

	view       viewMode
	sort       column
	descending bool
	filter     string
	typing     bool // the keys go into the filter
	hideEmpty  bool
	priorities bool // --priorities
	paused     bool
	page       helpPage
	pageTop    int // its first line on the screen
	prompt     *prompt
	run        *onServers // what the last prompt led to

	width, height int
	order         []*queueState  // of the servers in view, by name, then by server
	ordered       []*serverState // those in view when order was made
	rows          []rowRef
	filtered      string // the filter of rows
	filterNumber  uint32 // how many filters there were
	known         int    // queues of the servers in view that answer, with those that no row is of
	waiting       int64  // jobs of those
	running       int64
	stale         int // rows of servers that do not answer
	nameWidth     int // of the longest name of a row, at most maxQueueWidth

	fleet         serverList
	fromServers   bool     // the view was chosen there
	labels        []string // the names of those of the servers
	serverColumns []*serverColumn

	cursor int   // a line of the list
	top    int   // the first line on the screen
	held   rowID // what the cursor is on; zero while it is at the top, where it stays
	below  int   // how many lines under that
	open   *workerList
}

// listEntry is a line of the list: a queue, or a line under the one that is open.
type listEntry struct {
	row   *row
	under string
}

// lines returns how many there are.
func (s *state) lines() int {
	if at := s.openAt(); at >= 0 {
		return len(s.rows) + len(s.open.lines)
	}
	return len(s.rows)
}

// openAt returns the number of the row that is open, or -1.
func (s *state) openAt() int {
	if s.open == nil {
		return -1
	}
	return s.open.at
}

// line returns the line of that number.
func (s *state) line(i int) listEntry {
	at := s.openAt()
	switch {
	case at < 0 || i <= at:
		return listEntry{row: s.row(i)}
	case i <= at+len(s.open.lines):
		return listEntry{under: s.open.lines[i-at-1]}
	}
	return listEntry{row: s.row(i - len(s.open.lines))}
}

// rowAt returns the row that line i is of or under, and how far under.
func (s *state) rowAt(i int) (row, below int) {
	at := s.openAt()
	switch {
	case at < 0 || i <= at:
		return i, 0
	case i <= at+len(s.open.lines):
		return at, i - at
	}
	return i - len(s.open.lines), 0
}

// id identifies a row.
func (s *state) id(row int) rowID {
	q := s.order[s.rows[row].from]
	if s.view == viewMerged {
		return rowID{queue: q.Function}
	}
	return rowID{q.server.name, q.Function}
}

// find returns the number of a row, or -1.
func (s *state) find(id rowID) int {
	at, _ := slices.BinarySearchFunc(s.order, id, func(q *queueState, id rowID) int {
		return cmp.Or(strings.Compare(q.Function, id.queue), strings.Compare(q.server.name, id.server))
	})
	row := slices.IndexFunc(s.rows, func(r rowRef) bool { return r.from == int32(at) })
	if row < 0 || s.id(row) != id {
		return -1
	}
	return row
}

// findCursor puts the cursor back on what it was on, after the rows have changed.
func (s *state) findCursor() {
	if s.open != nil {
		s.open.at = s.find(s.open.id)
	}
	if s.held == (rowID{}) {
		s.move(0)
		return
	}
	row := s.find(s.held)
	if row < 0 {
		s.move(s.cursor)
		return
	}
	at, below := s.openAt(), 0
	switch {
	case at >= 0 && row > at:
		row += len(s.open.lines)
	case at >= 0 && row == at:
		below = min(s.below, len(s.open.lines))
	}
	s.cursor = row + below
}

// move puts the cursor on a line, or the nearest that there is.
func (s *state) move(to int) {
	s.cursor = max(0, min(to, s.lines()-1))
	s.held, s.below = rowID{}, 0
	if s.cursor > 0 {
		row, below := s.rowAt(s.cursor)
		s.held, s.below = s.id(row), below
	}
}

// scrolled returns the first line to show in a list of that height, so that the cursor is seen.
func (s *state) scrolled(height int) int { return scrolled(s.top, s.cursor, s.lines(), height) }

// scrolled returns the first of so many lines to show in a list of that height, so that the cursor is seen: top if it can be.
func scrolled(top, cursor, lines, height int) int {
	height = max(height, 1)
	top = max(min(top, cursor), cursor-height+1)
	return max(0, min(top, lines-height))
}

// wantPriorities reports whether the priorities were asked for, and there is room for them.
func (s *state) wantPriorities() bool {
	for _, c := range s.layout(s.width) {
		if c.column == colHigh {
			return true
		}
	}
	return false
}
