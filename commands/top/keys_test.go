package top

import (
	"strings"
	"testing"
	"time"

	"gearctl/output"
)

// pressed presses keys, blanks in between; what begins with a slash is typed as a filter.
func (s *state) pressed(keys string) (do action) {
	for _, key := range strings.Fields(keys) {
		if text, ok := strings.CutPrefix(key, "/"); ok {
			s.key("/", "/")
			for _, r := range text {
				s.key(string(r), string(r))
			}
			continue
		}
		text := ""
		if len(key) == 1 {
			text = key
		}
		do = s.key(key, text)
	}
	return do
}

// threeQueues is a screen of one server.
func threeQueues() *state {
	s := newTestState(120, 10, "gm1:4730")
	s.polled(0, true, status("alpha", 5, 1, 0), status("beta", 9, 0, 3), status("gamma", 0, 0, 0))
	return s
}

func TestKeysChangeTheView(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, keys, rows, on string }{
		{"waiting first", "", "beta, alpha, gamma", "beta"},
		{"next column", "s", "alpha, beta, gamma", "alpha"},
		{"and the next", "s s", "beta, alpha, gamma", "beta"},
		{"reversed", "s s r", "alpha, gamma, beta", "alpha"},
		{"the column before", "S", "alpha, beta, gamma", "alpha"},
		{"all columns round", "s s s s s s s s s s", "beta, alpha, gamma", "beta"},
		{"filter", "/MM", "gamma", "gamma"},
		{"filter with a glob", "/[ab]*a", "beta, alpha", "beta"},
		{"filter of a glob that is not closed", "/[ab", "", ""},
		{"filter, corrected", "/gx backspace", "gamma", "gamma"},
		{"filter, cleared", "/g esc", "beta, alpha, gamma", "beta"},
		{"filter, kept, then cleared", "/g enter esc", "beta, alpha, gamma", "beta"},
		{"keys of the list are text in the filter", "/qe", "", ""},
		{"hide empty", "e", "beta, alpha", "beta"},
		{"and show", "e e", "beta, alpha, gamma", "beta"},
		{"down", "j", "beta, alpha, gamma", "alpha"},
		{"down and up", "down down k", "beta, alpha, gamma", "alpha"},
		{"not under the end", "j j j j j", "beta, alpha, gamma", "gamma"},
		{"ends", "G g", "beta, alpha, gamma", "beta"},
		{"end", "end", "beta, alpha, gamma", "gamma"},
		{"pages", "pgdown pgup", "beta, alpha, gamma", "beta"},
		{"the cursor stays on its queue", "j s", "alpha, beta, gamma", "alpha"},
		{"the first line is the first line", "s s r", "alpha, gamma, beta", "alpha"},
		{"help and back", "h x", "beta, alpha, gamma", "beta"},
		{"a key that is none", "x f5 alt+x", "beta, alpha, gamma", "beta"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := threeQueues()
			s.pressed(c.keys)
			on := ""
			if len(s.rows) > 0 {
				row, _ := s.rowAt(s.cursor)
				on = s.row(row).queue
			}
			if got := s.shown(); got != c.rows || on != c.on {
				t.Errorf("got %q, cursor on %q; want %q, %q", got, on, c.rows, c.on)
			}
		})
	}
}

func TestKeysThatQuit(t *testing.T) {
	t.Parallel()
	for keys, want := range map[string]action{
		"q": actionQuit, "Q": actionQuit, "esc": actionQuit, "ctrl+c": actionQuit, "/a ctrl+c": actionQuit, "h ctrl+c": actionQuit, "enter esc esc": actionQuit,
		"p ctrl+c": actionQuit, "? ctrl+c": actionQuit, "d q": actionNone, "? q": actionNone,
		"/a q": actionNone, "/a enter esc": actionNone, "h q": actionNone, "enter esc": actionNone, "ctrl+z": actionSuspend,
	} {
		if got := threeQueues().pressed(keys); got != want {
			t.Errorf("%s: got %d, want %d", keys, got, want)
		}
	}
}

func TestPlusAndMinusChangeTheInterval(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from time.Duration
		keys string
		want time.Duration
	}{
		{time.Second, "+", 500 * time.Millisecond},
		{time.Second, "-", 2 * time.Second},
		{time.Second, "+ + + + + +", 100 * time.Millisecond},
		{time.Second, "- - - - - - - -", time.Minute},
		{7 * time.Second, "=", 5 * time.Second},
		{7 * time.Second, "-", 10 * time.Second},
		{time.Hour, "-", time.Hour},
		{time.Hour, "+", time.Minute},
	} {
		s := threeQueues()
		s.interval = c.from
		if s.pressed(c.keys); s.interval != c.want {
			t.Errorf("%v %s: got %v, want %v", c.from, c.keys, s.interval, c.want)
		}
	}
}

func TestTabSwitchesServers(t *testing.T) {
	t.Parallel()
	s := newTestState(120, 20, "gm1:4730", "gm2:4730")
	s.polled(0, true, status("both", 5, 1, 2), status("one", 1, 0, 0))
	s.polled(1, true, status("both", 7, 2, 1))
	want := []string{"both 5, both 4, one 1", "both 9, one 1", "both 4, one 1", "both 5"}
	for i, rows := range append(want, want[0]) {
		if got := s.shown(colWaiting); got != rows {
			t.Errorf("view %d: got %q, want %q", i, got, rows)
		}
		s.pressed("tab")
	}
	s.pressed("shift+tab shift+tab")
	if got := s.shown(colWaiting); got != want[3] {
		t.Errorf("one back: got %q, want %q", got, want[3])
	}
	one := threeQueues()
	if one.pressed("tab"); one.view != viewAll {
		t.Error("one server has several views")
	}
}

// What is open stays under its queue, and the cursor on its line, while the order changes.
func TestEnterShowsTheWorkersOfAQueue(t *testing.T) {
	t.Parallel()
	s := threeQueues()
	if do := s.pressed("j enter"); do != actionAskWorkers {
		t.Fatalf("nobody is asked: %d", do)
	}
	s.showWorkers(workersMsg{id: s.open.id, lines: []string{"10.0.0.7", "10.0.0.8"}})
	s.pressed("j j")
	s.pressed("s s") // workers: beta, alpha, gamma; then the order of names
	s.later()
	s.polled(0, false, status("alpha", 50, 1, 0), status("beta", 9, 0, 3), status("gamma", 0, 0, 9))
	if line := s.line(s.cursor); line.under != "10.0.0.8" {
		t.Errorf("the cursor is on %+v, want the second connection", line)
	}
	s.showWorkers(workersMsg{id: rowID{queue: "other"}, lines: []string{"not this"}})
	s.pressed("enter")
	if row, _ := s.rowAt(s.cursor); s.open != nil || s.row(row).queue != "alpha" {
		t.Errorf("after closing: %+v, cursor on row %d", s.open, row)
	}
}

// Whatever is typed, at whatever size, the screen can be drawn.
func FuzzTopKeys(f *testing.F) {
	f.Add("jjkG/ab", uint8(80), uint8(24))
	f.Add("?jjhjjpydx\rl12\ry\x1bG?\x1b", uint8(40), uint8(9))
	f.Add("vjj\rss\x1bvrreS/gm1\r\r\x1b\x1bv", uint8(90), uint8(24))
	f.Add("\r\rjj\tss\x1br /\x7f\x7f", uint8(10), uint8(3))
	names := map[rune]string{'\r': "enter", '\t': "tab", '\x1b': "esc", '\x7f': "backspace", 'J': "pgdown", 'K': "pgup"}
	f.Fuzz(func(t *testing.T, keys string, width, height uint8) {
		s := busyState(int(width), int(height))
		for _, r := range keys {
			name, text := names[r], ""
			if name == "" {
				name, text = string(r), string(r)
			}
			if s.key(name, text) == actionAskWorkers {
				s.showWorkers(workersMsg{id: s.open.id, lines: []string{"10.0.0.7", "10.0.0.8"}})
			}
			s.top = s.scrolled(s.parts(s.height).list)
			fits(t, s.frame(s.width, s.height, nil), s.width, max(1, s.height))
		}
	})
}

// What is accepted as an interval is one, and says so.
func FuzzTopInterval(f *testing.F) {
	for _, s := range []string{"1", "0.5", "500ms", "1m", "NaN", "Inf", "-1", "1e300", "0x1p4", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var i intervalFlag
		if i.Set(s) != nil {
			return
		}
		if d := time.Duration(i); d < minInterval || d > 24*time.Hour {
			t.Errorf("%q: %v", s, d)
		}
		var again intervalFlag
		if err := again.Set(i.String()); err != nil || again != i {
			t.Errorf("%q: printed as %q: %v", s, output.Escape(i.String()), err)
		}
	})
}
