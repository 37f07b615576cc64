package top

import (
	"strings"
	"testing"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// lineWith returns the line of a screen without colours that has text in it.
func (s *state) lineWith(t *testing.T, text string) string {
	t.Helper()
	frame := s.frame(s.width, s.height, nil)
	for line := range strings.SplitSeq(frame, "\n") {
		if strings.Contains(line, text) {
			return line
		}
	}
	t.Fatalf("no line with %q:\n%s", text, frame)
	return ""
}

func TestHeadingShowsTheOrder(t *testing.T) {
	t.Parallel()
	for keys, want := range map[string]string{"": "▼WAITING", "r": "▲WAITING", "s": "▲ALPHA", "S": "▲QUEUE"} {
		s := threeQueues()
		s.pressed(keys)
		if keys == "s" {
			want = "▼" + s.sort.title(&s.glyphs)
		}
		if head := s.lineWith(t, "WORKERS"); !strings.Contains(head, want) {
			t.Errorf("after %q: got %q, want %q in it", keys, head, want)
		}
	}
}

// A terminal without UTF-8 gets ASCII, in all views, and no line grows by it.
func TestScreenInASCII(t *testing.T) {
	t.Parallel()
	for _, width := range []int{40, 80, 200} {
		s := busyState(width, 24)
		s.glyphs = asciiGlyphs()
		s.servers[1].failed(s.now, errDial)
		s.rebuild()
		for _, keys := range []string{"j", "G", "/日本 enter", "p", "esc d", "esc esc h", "?", "x tab G"} {
			s.pressed(keys)
			frame := s.frame(width, 24, nil)
			fits(t, frame, width, 24)
			if i := strings.IndexFunc(frame, func(r rune) bool { return r > 0x7f }); i >= 0 {
				t.Errorf("%d columns, after %s: not ASCII: %q", width, keys, frame[i:min(i+20, len(frame))])
			}
		}
	}
	s := busyState(80, 24)
	s.glyphs = asciiGlyphs()
	for _, want := range []string{"vWAITING", "very-long-very-long~", "^390", ">IN/S", "^v growing"} {
		if frame := s.frame(80, 24, nil); !strings.Contains(frame, want) {
			t.Errorf("no %q:\n%s", want, frame)
		}
	}
}

// What colours say is there without them, too.
func TestMarksOfRows(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 20, "gm1:4730")
	for poll := range int64(12) {
		s.polled(0, poll == 0, status("grows", 10*poll, 0, 1), status("shrinks", 500-10*poll, 0, 1), status("sways", 50+poll%2, 0, 1), status("steady", 7, 0, 1), status("stuck", 8, 0, 0), status("unused", 0, 0, 0))
		s.later()
	}
	for queue, want := range map[string][3]string{
		"grows": {"▲110", "0", "1"}, "shrinks": {"▼390", "0", "1"}, "sways": {"51", "0", "1"}, "steady": {"7", "0", "1"}, "stuck": {"8", "0", "!0"}, "unused": {"0", "0", "0"},
	} {
		fields := strings.Fields(strings.TrimPrefix(s.lineWith(t, queue), ">"))
		if got := [3]string(fields[1:4]); got != want {
			t.Errorf("%s: got %q, want %q", queue, got, want)
		}
	}
}

// However long the names are, every figure is on the screen, and the whole name when its row is chosen.
func TestLongNamesLeaveRoomForFigures(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 10) + "-the-end"
	for _, width := range []int{40, 80, 200} {
		s := newTestState(width, 24, "gm1:4730")
		s.polled(0, true, status(long, 54321, 4321, 321), status("short", 9_999_999, 1, 1))
		line := s.lineWith(t, "0123")
		if fields := strings.Fields(line); len(fields) < 4 || fields[1] != "50000" || fields[2] != "4321" || fields[3] != "321" {
			t.Errorf("%d columns: the figures of a long name: %q", width, line)
		}
		if strings.Contains(strings.ReplaceAll(s.frame(width, 24, nil), "\n", ""), long) {
			t.Errorf("%d columns: the whole name shows though the row is not chosen", width)
		}
		s.pressed("j")
		if frame := s.frame(width, 24, nil); !strings.Contains(strings.ReplaceAll(frame, "\n", ""), long) {
			t.Errorf("%d columns: the whole name of the chosen row is not shown:\n%s", width, frame)
		}
		if queue := s.layout(width)[0]; queue.width > maxQueueWidth {
			t.Errorf("%d columns: the names take %d", width, queue.width)
		}
	}
}

// Where the server's column has no room, the chosen row tells its server.
func TestNarrowScreenNamesTheServerOfTheChosenRow(t *testing.T) {
	t.Parallel()
	s := newTestState(40, 12, "gm1:4730", "gm2:4730")
	s.polled(0, true, status("q", 2, 0, 1))
	s.polled(1, true, status("q", 1, 0, 1))
	s.pressed("j")
	s.lineWith(t, "q on gm2:4730")
}

// A server that is gone leaves its last figures, which are greyed, marked, dated and explained, and not in the sums.
func TestRowsOfADeadServer(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 20, "gm1:4730", "gm2:4730")
	s.polled(0, true, status("both", 30, 0, 2), status("one", 5, 0, 1))
	s.polled(1, true, status("both", 7, 0, 2), status("two", 4, 0, 0))
	s.servers[1].failed(s.now, &wire.OpError{Server: "gm2:4730", Op: "dial", Err: errDial.Err})
	s.now = s.now.Add(75 * time.Second)
	s.rebuild()
	s.lineWith(t, "gm2:4730: no answer for 1m15s: connection refused; retrying")
	s.lineWith(t, "1 of 2 servers: 2 queues, 35 waiting, 0 running; 2 queues as last known")
	if line := s.lineWith(t, "gm2:4730 two"); !strings.Contains(line, " ?4 ") || strings.Contains(line, "!") {
		t.Errorf("got %q, want an old 4 and no alarm", line)
	}
	s.pressed("G")
	s.lineWith(t, "two on gm2:4730: figures 1m15s old, connection refused")
	palette := output.NewPalette("always", true, func(string) string { return "" })
	if frame := s.frame(80, 20, palette); !strings.Contains(frame, "\x1b[7;2m>gm2:4730") {
		t.Errorf("the row is not grey:\n%q", frame)
	}
	s.pressed("g tab")
	if got, want := s.shown(colWaiting), "both 30, one 5, two 4"; got != want {
		t.Errorf("merged: got %q, want the sums of those that answer, %q", got, want)
	}
	s.servers[0].failed(s.now, errDial)
	s.rebuild()
	if got, want := s.shown(colWaiting), "both 37, one 5, two 4"; got != want {
		t.Errorf("all gone: got %q, want %q", got, want)
	}
	s.now = s.now.Add(time.Second)
	s.polled(1, true, status("two", 1, 0, 1))
	if got, want := s.shown(colWaiting), "both 30, one 5, two 1"; got != want {
		t.Errorf("one is back: got %q, want %q", got, want)
	}
}

// The legend names colours only where there are any.
func TestLegendLine(t *testing.T) {
	t.Parallel()
	s := busyState(80, 24)
	if line := s.lineWith(t, "!0 no workers"); strings.Contains(line, "red") || strings.Contains(line, "yellow") {
		t.Errorf("colours where there are none: %q", line)
	}
	palette := output.NewPalette("always", true, func(string) string { return "" })
	if frame := s.frame(80, 24, palette); !strings.Contains(frame, "red !0 no workers") || !strings.Contains(frame, "yellow waiting") {
		t.Errorf("the legend names no colours:\n%q", frame)
	}
}

// All of a page can be read, however small the screen is.
func TestPagesScroll(t *testing.T) {
	t.Parallel()
	for key, last := range map[string]string{"h": "list.", "?": "(--priorities)"} {
		s := busyState(40, 10)
		s.pressed(key)
		seen := ""
		for range 60 {
			frame := s.frame(40, 10, nil)
			fits(t, frame, 40, 10)
			seen += frame
			s.pressed("j")
		}
		if !strings.Contains(seen, last) || s.page == pageNone {
			t.Errorf("%s: %q is never shown:\n%s", key, last, s.frame(40, 10, nil))
		}
	}
}
