package top

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/trend"
)

// shown returns the rows as QUEUE IN OUT, or with what cell returns.
func (s *state) shown(columns ...column) string {
	var lines []string
	for i := range s.rows {
		line := s.row(i).queue
		for _, c := range columns {
			line += " " + c.cell(s.row(i))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// later lets a second pass.
func (s *state) later() { s.now = s.now.Add(time.Second) }

func TestRatesCoverTheLastPolls(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 24, "gm1:4730")
	s.polled(0, true, status("q", 100, 0, 1))
	if got, want := s.shown(colIn, colOut), "q - -"; got != want {
		t.Errorf("after one poll: got %q, want %q", got, want)
	}
	for poll := range int64(4) { // 10 in, then 20 out, twice
		s.later()
		s.polled(0, false, status("q", 100+10*((poll+1)%2)-10*(poll/2), 0, 1), status("new", 5, 0, 0))
	}
	if got, want := s.shown(colIn, colOut), "q 2.5 5.0, new 1.2 0"; got != want {
		t.Errorf("after five polls: got %q, want %q", got, want)
	}
	for range trend.Window + 1 {
		s.later()
		s.polled(0, false, status("q", 80, 0, 1))
	}
	if got, want := s.shown(colIn, colOut), "q 0 0"; got != want {
		t.Errorf("a change of ten polls ago is still counted: got %q, want %q", got, want)
	}
}

// A server that comes back may be another one: that it has fewer jobs is no rate, and its trend has a gap.
func TestOutageResetsRatesAndLeavesAGapInTheTrend(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 24, "gm1:4730")
	for poll := range 30 {
		s.polled(0, poll == 0, status("q", 1000, 0, 1))
		s.later()
	}
	s.servers[0].failed(s.now, errors.New("connection refused"))
	s.rebuild()
	if got, want := s.shown(colIn, colOut), "q 0 0"; got != want {
		t.Errorf("rows of a server that is down: got %q, want the last known %q", got, want)
	}
	if err := s.neverAnswered(); err != nil {
		t.Errorf("it did answer: %v", err)
	}
	s.now = s.now.Add(20 * time.Second)
	s.polled(0, true, status("q", 1, 0, 1))
	if got, want := s.shown(colIn, colOut), "q - -"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if line := sparkline(s.row(0).queues, trend.CellOf(s.now), 6, s.glyphs.levels); line != "███  ▂" {
		t.Errorf("trend %q", line)
	}
}

// Failures are followed by attempts, ever less often.
func TestRetriesBackOff(t *testing.T) {
	t.Parallel()
	s := newServerStates([]string{"gm1:4730"})[0]
	now := testStart
	var waits []time.Duration
	for range 7 {
		s.failed(now, errors.New("connection refused"))
		waits = append(waits, s.retry.Sub(now))
	}
	if got, want := fmt.Sprint(waits), "[0s 1s 2s 4s 5s 5s 5s]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.answered(&pollResult{at: now, fresh: true}, true)
	if s.due(now.Add(-time.Hour)) == false {
		t.Error("a server that is back is not asked at once")
	}
}

// Queues that are dropped are forgotten, whatever the order of the others.
func TestDroppedQueuesAreForgotten(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 24, "gm1:4730")
	for poll := range 1000 {
		s.later()
		s.polled(0, poll == 0, status(fmt.Sprint("q", poll), 1, 0, 0), status("stays", int64(poll), 0, 0), status(fmt.Sprint("p", poll/2), 0, 0, 0))
	}
	server := s.servers[0]
	if len(server.queues) != 3 || len(s.order) != 3 {
		t.Errorf("%d queues, %d in order", len(server.queues), len(s.order))
	}
	if got, want := s.shown(colIn), "stays 1.0, q999 0.1, p499 0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSparklineScales(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		waiting []int64
		want    string
	}{
		{[]int64{0, 0, 0}, "▁▁▁"},
		{[]int64{0, 1, 0}, "▁█▁"},
		{[]int64{1, 1000000}, "▂█"},
		{[]int64{7, 6, 5, 4, 3, 2, 1, 0}, "█▇▆▅▄▃▂▁"},
		{[]int64{1 << 40}, "█"},
		{nil, ""},
	} {
		server := newServerStates([]string{"gm1:4730"})[0]
		for i, n := range c.waiting {
			server.polledIn(int64(1000+i), n, true)
		}
		if got := sparkline(server.queues, server.heard.newest, len(c.waiting), blockGlyphs().levels); got != c.want {
			t.Errorf("%v: got %q, want %q", c.waiting, got, c.want)
		}
	}
}

// polledIn records that n jobs waited in a cell of trends, in the only queue; continuous means that the poll before was not
// long ago.
func (s *serverState) polledIn(cell, n int64, continuous bool) {
	l := &pollResult{at: time.Unix(0, cell*int64(trend.CellDuration))}
	l.snap.Queues.Rows = append(l.snap.Queues.Rows, status("q", n, 0, 1))
	s.answered(l, continuous)
}

// A trend keeps the most of each cell, and forgets what is too long ago.
func TestTrendKeepsTheMaximumOfACell(t *testing.T) {
	t.Parallel()
	server := newServerStates([]string{"gm1:4730"})[0]
	for _, n := range []int64{9, 9, 4} {
		server.polledIn(1000, n, true)
	}
	server.polledIn(1003, 2, true) // the interval is longer than a cell
	server.polledIn(1005, 2, false)
	q := server.queues[0]
	for cell, want := range map[int64]int32{999: trend.Unknown, 1000: 9, 1001: 4, 1002: 4, 1003: 2, 1004: trend.Unknown, 1005: 2, 1006: trend.Unknown} {
		if got := q.waitingIn(cell); got != want {
			t.Errorf("cell %d: got %d, want %d", cell, got, want)
		}
	}
	server.polledIn(1_000_000, 1, false)
	if got := q.waitingIn(1_000_000 - trendCells + 1); got != trend.Unknown {
		t.Errorf("a cell of long ago: got %d", got)
	}
}

// While the screen stands still an answer is put aside; a connection that was lost meanwhile is remembered.
func TestPauseFreezesRows(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 24, "gm1:4730")
	s.polled(0, true, status("q", 10, 0, 1))
	m := &model{state: s, env: &cli.Env{Now: func() time.Time { return s.now }}}
	answer := func(total int64, fresh bool) {
		s.later()
		l := &pollResult{at: s.now, fresh: fresh}
		l.snap.Queues.Rows = append(l.snap.Queues.Rows, status("q", total, 0, 1))
		m.answer(answerMsg{0, l})
	}
	answer(20, false)
	s.pressed("space")
	answer(500, true)
	if got, want := s.shown(colWaiting, colIn), "q 20 10.0"; got != want {
		t.Errorf("paused: got %q, want %q", got, want)
	}
	s.pressed("space")
	answer(600, false)
	if got, want := s.shown(colWaiting, colIn), "q 600 -"; got != want {
		t.Errorf("after the pause: got %q, want %q", got, want)
	}
}

// A server that does not answer is reported, and its numbers are marked as old.
func TestLateServerIsMarked(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 24, "gm1:4730")
	s.polled(0, true, status("q", 10, 0, 1))
	s.servers[0].askedAt = s.now
	s.now = s.now.Add(7 * time.Second)
	s.rebuild()
	if frame := s.frame(80, 24, nil); !strings.Contains(frame, "gm1:4730: no answer for 7s") || !s.row(0).old {
		t.Errorf("got\n%s", frame)
	}
}

// TestASumLeavesOutACounterBelowZero: gearmand shows one too few running as 4294967295.
func TestASumLeavesOutACounterBelowZero(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 20, "gm1:4730", "gm2:4730")
	s.polled(0, true, status("q", 4, math.MaxUint32, 1))
	s.polled(1, true, status("q", 5, 3, 1))
	s.pressed("tab")
	if got, want := s.shown(colWaiting, colRunning), "q 6 3"; got != want {
		t.Errorf("merged: got %q, want %q", got, want)
	}
}
