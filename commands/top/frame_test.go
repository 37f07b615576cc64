package top

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// errDial is how a server that is gone fails.
var errDial = &wire.OpError{Server: "gm3:4730", Op: "dial", Err: errors.New("connection refused")}

// testStart is when the first poll of tests is.
var testStart = time.Date(2026, 11, 22, 21, 19, 50, 0, time.UTC)

// newTestState returns the state of a screen of that size, before the first answer.
func newTestState(width, height int, addrs ...string) *state {
	m, _ := servers.NewMatcher(nil)
	s := &state{
		priorities: true,
		match:      m, glyphs: blockGlyphs(), now: testStart, interval: time.Second,
		sort: colWaiting, descending: true, width: width, height: height,
	}
	s.setServers(addrs, func(string) (map[string]string, string) { return nil, "" })
	return s
}

// polled records an answer of server i: NAME TOTAL RUNNING WORKERS for each queue.
func (s *state) polled(i int, fresh bool, queues ...wire.FunctionStatus) {
	l := &pollResult{at: s.now, fresh: fresh, snap: servers.Snapshot{Version: servers.ParseVersion("1.1.20")}}
	l.snap.Queues.Rows = queues
	for _, q := range queues {
		w := q.Waiting()
		l.snap.Priorities.Rows = append(l.snap.Priorities.Rows, wire.PriorityStatus{Function: q.Function, High: w / 4, Normal: w - w/4 - w/8, Low: w / 8})
	}
	s.servers[i].answered(l, true)
	s.rebuild()
}

func status(name string, total, running, workers int64) wire.FunctionStatus {
	return wire.FunctionStatus{Function: name, Total: total, Running: running, Workers: workers}
}

// oddNames are what a server may call a queue.
var oddNames = []string{
	"evil\x1b[31m\x1b[2Jred", "line\nend", "tab\tname", "bytes\xff\xfe", "日本語の長い長い長い長い長い長い名前のキュー", "e\u0301\u0301\u0301combined",
	"\u202eturned", "👩‍👩‍👧‍👦family", strings.Repeat("very-long-", 60), "", " ", "ﷺ", "\u200b", "zwj\u200d",
}

// busyState is a screen of two servers after half a minute, one of which has queues of odd names.
func busyState(width, height int) *state {
	s := newTestState(width, height, "gm1:4730", "gm2.example.org:4730", "gm3:4730")
	for poll := range int64(40) {
		s.now = testStart.Add(time.Duration(poll) * time.Second)
		queues := []wire.FunctionStatus{
			status("check_results", 5*poll%7, min(1, 5*poll%7), 1), status("host", 0, 0, 24), status("hostgroup_linux", 20+10*poll, 20, 20),
			status("perfdata", 12_345_678, 0, 0), status("service", 52-poll, 12, 24), status("unused", 0, 0, 0),
		}
		s.polled(0, poll == 0, queues...)
		var odd []wire.FunctionStatus
		for i, name := range oddNames {
			odd = append(odd, status(name, int64(i), 0, int64(i%3)))
		}
		s.polled(1, poll == 0, append(odd, status("host", 3, 0, 0))...)
	}
	s.servers[2].failed(s.now, errDial)
	s.rebuild()
	return s
}

// TestFramesMatchGolden compares screens with files. With UPDATE_GOLDEN=1 it writes them, to be read before they are kept.
func TestFramesMatchGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {200, 60}, {120, 30}, {40, 10}, {10, 3}} {
		for name, prepare := range map[string]func(*state){
			"busy":    func(*state) {},
			"merged":  func(s *state) { s.key("tab", ""); s.key("G", "") },
			"help":    func(s *state) { s.key("h", "h") },
			"legend":  func(s *state) { s.key("?", "?"); s.key("pgdown", "") },
			"limit":   func(s *state) { s.pressed("/very-long enter l - 1 enter") },
			"down":    func(s *state) { s.servers[1].failed(s.now, errDial); s.pressed("/very-long") },
			"servers": func(s *state) { *s = *fleetState(size[0], size[1]); s.key("j", "j") },
			"filter":  func(s *state) { s.key("/", "/"); s.key("h", "h"); s.key("o", "o"); s.key("s", "s") },
			"open": func(s *state) {
				s.key("tab", "")
				s.key("j", "j")
				s.key("enter", "")
				s.showWorkers(workersMsg{id: s.open.id, lines: []string{"gm1:4730  10.0.0.7  fd 33  and 3 other queues", "gm2.example.org:4730  10.0.0.8  evil\x1b[2J  fd 34"}})
			},
		} {
			t.Run(fmt.Sprintf("%s_%dx%d", name, size[0], size[1]), func(t *testing.T) {
				s := busyState(size[0], size[1])
				prepare(s)
				golden(t, s.frame(size[0], size[1], nil))
			})
		}
	}
}

func golden(t *testing.T, got string) {
	t.Helper()
	path := filepath.Join("testdata", "top", filepath.Base(t.Name())+".txt")
	got = trailing.ReplaceAllString(got+"\n", "\n")
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got\n%s", path, diff)
	}
}

// trailing blanks are of no interest.
var trailing = regexp.MustCompile(` +\n`)

var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// fits checks that a screen has at most height lines, none wider than width, and nothing in it but colours that a
// terminal would take as a command.
func fits(t *testing.T, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(colours.ReplaceAllString(frame, ""), "\n")
	if len(lines) > height {
		t.Fatalf("%dx%d: %d lines\n%s", width, height, len(lines), frame)
	}
	for _, line := range lines {
		if w := output.Width(line); w > width || line != output.Escape(line) {
			t.Fatalf("%dx%d: a line of %d columns: %q", width, height, w, line)
		}
	}
}

func TestFrameFitsEverySize(t *testing.T) {
	t.Parallel()
	palette := output.NewPalette("always", true, func(string) string { return "" })
	for _, view := range []viewMode{viewAll, viewMerged, viewFirstServer + 1} {
		for _, height := range []int{0, 1, 2, 3, 4, 5, 6, 7, 10, 24, 60} {
			s := busyState(80, 24)
			s.view = view
			s.rebuild()
			for width := range 220 {
				if testing.Short() && width%19 > 0 {
					continue
				}
				s.width, s.height = width, height
				s.move(height)
				for _, name := range []string{"/", "x", "esc", "h", "j"} {
					s.key(name, name)
					fits(t, s.frame(width, height, palette), width, max(height, 1))
				}
			}
		}
	}
}

func TestQueueWithoutWorkersIsHighlighted(t *testing.T) {
	t.Parallel()
	s := newTestState(80, 10, "gm1:4730")
	s.polled(0, true, status("stuck", 3, 0, 0), status("busy", 3, 1, 2))
	palette := output.NewPalette("always", true, func(string) string { return "" })
	frame := s.frame(80, 10, palette)
	if !regexp.MustCompile(`\x1b\[[0-9;]*31[0-9;]*m>stuck`).MatchString(frame) {
		t.Errorf("a queue without worker is not red:\n%q", frame)
	}
	if plain := s.frame(80, 10, nil); strings.ContainsRune(plain, '\x1b') {
		t.Errorf("colours where they are off:\n%q", plain)
	}
}
