package top

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/output"
	"gearctl/wire"
)

// fleetState is the servers page of six servers of two sites, each with another problem.
func fleetState(width, height int) *state {
	s := newTestState(width, height)
	addrs := []string{"gm1:4730", "gm2:4730", "gm3:4730", "gm4:4730", "gm5:4730", "gm6.example.org:4730"}
	s.setServers(addrs, func(server string) (map[string]string, string) {
		context, _, _ := strings.Cut(server, ":")
		labels := map[string]string{"site": "berlin", "stage": "prod"}
		if server > "gm4" {
			labels["site"] = "münchen \x1b[31m"
			delete(labels, "stage")
		}
		return labels, context
	})
	for poll := range int64(40) {
		s.now = testStart.Add(time.Duration(poll) * time.Second)
		s.polled(0, poll == 0, status("service", 20+10*poll, 2, 4), status("host", 0, 0, 3))
		s.polled(1, poll == 0, status("perfdata", 12_345_678, 0, 0), status("check_results", 3, 0, 0), status("service", 0, 0, 1), status("gearctl_check_1", 1, 0, 0))
		if poll < 10 {
			s.polled(2, poll == 0, status("service", 5, 1, 2))
		}
		s.polled(5, poll == 0)
	}
	s.servers[2].failed(s.now, &wire.OpError{Server: "gm3:4730", Op: "status", Err: wire.ErrSilent})
	s.servers[3].failed(s.now, &wire.OpError{Server: "gm4:4730", Op: "dial", Err: errors.New("connection refused")})
	s.servers[4].askedAt = s.now.Add(-7 * time.Second)
	s.pressed("v")
	return s
}

// listedServers returns the servers of the page in their order, without the port.
func (s *state) listedServers() string {
	var names []string
	for _, server := range s.fleet.rows {
		name, _, _ := strings.Cut(server.name, ":")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestServersPageKeys(t *testing.T) {
	t.Parallel()
	const byProblem = "gm4 gm3 gm5 gm2 gm6.example.org gm1"
	for _, c := range []struct{ name, keys, rows, on string }{
		{"the worst first", "", byProblem, "gm4"},
		{"down", "j j", byProblem, "gm5"},
		{"ends", "G g end", byProblem, "gm1"},
		{"pages", "pgdown pgup", byProblem, "gm4"},
		{"reversed", "r", "gm1 gm6.example.org gm2 gm5 gm3 gm4", "gm1"},
		{"the column after the last", "s", "gm1 gm2 gm3 gm4 gm5 gm6.example.org", "gm1"},
		{"by a label", "s s r", "gm4 gm5 gm6.example.org gm1 gm2 gm3", "gm4"},
		{"by waiting jobs", "s s s s s s", "gm2 gm1 gm3 gm4 gm5 gm6.example.org", "gm2"},
		{"the cursor stays on its server", "j s", "gm1 gm2 gm3 gm4 gm5 gm6.example.org", "gm3"},
		{"filter by a label", "/site=ber enter", "gm3 gm2 gm1", "gm3"},
		{"by the value alone", "/MÜNCH enter", "gm4 gm5 gm6.example.org", "gm4"},
		{"by a glob", "/gm[12]* enter", "gm2 gm1", "gm2"},
		{"by the context", "/context=gm5 enter", "gm5", "gm5"},
		{"none", "/nothing enter", "", ""},
		{"filter, then none", "/berlin enter esc", byProblem, "gm4"},
		{"only problems", "e", "gm4 gm3 gm5 gm2 gm6.example.org", "gm4"},
		{"there and back", "enter esc", byProblem, "gm4"},
		{"back to the server of the queues", "j j enter esc", byProblem, "gm5"},
		{"and by v", "j enter v", byProblem, "gm3"},
		{"keys of the queues do nothing", "p d l tab", byProblem, "gm4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := fleetState(200, 24)
			s.pressed(c.keys)
			on := ""
			if len(s.fleet.rows) > 0 {
				on, _, _ = strings.Cut(s.fleet.rows[s.fleet.cursor].name, ":")
			}
			if got := s.listedServers(); got != c.rows || on != c.on || !s.fleet.shown || s.prompt != nil {
				t.Errorf("got %q, cursor on %q, page %v; want %q, %q", got, on, s.fleet.shown, c.rows, c.on)
			}
		})
	}
}

// Enter shows the queues of one server and its labels; Esc goes back by a step, and ends in the queues of all.
func TestServersPageOpensAServer(t *testing.T) {
	t.Parallel()
	s := fleetState(120, 24)
	s.pressed("G k k enter")
	if got, want := s.shown(colWaiting), "perfdata 12.3M, check_results 3, gearctl_check_1 1, service 0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.lineWith(t, "gm2:4730 1.1.20 site=berlin stage=prod context=gm2: 4 queues")
	if frame := s.frame(120, 24, nil); strings.Contains(frame, "gm3") {
		t.Errorf("the problems of other servers are in the way:\n%s", frame)
	}
	s.pressed("/x enter")
	for i, want := range []struct {
		page bool
		view viewMode
	}{{false, viewFirstServer + 1}, {true, viewFirstServer + 1}, {false, viewAll}} {
		if do := s.pressed("esc"); do != actionNone || s.fleet.shown != want.page || s.view != want.view {
			t.Fatalf("after Esc %d: page %v, view %d, action %d", i, s.fleet.shown, s.view, do)
		}
	}
	if s.pressed("esc") != actionQuit {
		t.Error("Esc does not end it")
	}
	s.pressed("tab v esc")
	if s.view != viewMerged {
		t.Errorf("the view before the page was %d, now %d", viewMerged, s.view)
	}
}

// Old figures are marked and grey, and since when they are is in words.
func TestServersPageShowsWhatIsOld(t *testing.T) {
	t.Parallel()
	s := fleetState(180, 24)
	for server, want := range map[string]string{
		"gm3": "silent since 21:19:59", "gm4": "connection refused, no answer so far", "gm5": "no answer for 7s",
		"gm2": "12,345,678 waiting, no worker: perfdata and 1 more", "gm6": "no queues",
	} {
		if line := s.lineWith(t, " "+server); !strings.Contains(line, want) && !strings.Contains(s.frame(180, 24, nil), want) {
			t.Errorf("%s: %q, want %q in it", server, line, want)
		}
	}
	if line := s.lineWith(t, " gm3"); !strings.Contains(line, " ?4 ") {
		t.Errorf("the figure is not marked as old: %q", line)
	}
	palette := output.NewPalette("always", true, func(string) string { return "" })
	if frame := s.frame(180, 24, palette); !strings.Contains(frame, "\x1b[2m gm3:4730") {
		t.Errorf("the row is not grey:\n%q", frame)
	}
	s.now = s.now.Add(30 * time.Hour)
	s.pressed("j")
	s.lineWith(t, "silent since 2026-11-22 21:19, 30h")
}

func TestServersPageFitsEverySize(t *testing.T) {
	t.Parallel()
	for _, height := range []int{1, 2, 3, 4, 5, 6, 7, 10, 24} {
		s := fleetState(80, 24)
		for width := range 220 {
			if testing.Short() && width%19 > 0 {
				continue
			}
			s.width, s.height = width, height
			for _, name := range []string{"/", "x", "esc", "j", "G"} {
				s.key(name, name)
				fits(t, s.frame(width, height, nil), width, max(height, 1))
			}
		}
	}
	s := fleetState(80, 24)
	s.glyphs = asciiGlyphs()
	if i := strings.IndexFunc(s.frame(80, 24, nil), func(r rune) bool { return r > 0x7f }); i >= 0 {
		t.Errorf("not ASCII:\n%s", s.frame(80, 24, nil))
	}
}

// However many servers answer in a moment, the rows are made once for all.
func TestManyAnswersAreDrawnOnce(t *testing.T) {
	t.Parallel()
	var addrs []string
	for i := range 100 {
		addrs = append(addrs, fmt.Sprintf("gm%d:4730", i))
	}
	s := newTestState(80, 24, addrs...)
	m := &model{state: s, env: &cli.Env{Now: func() time.Time { return s.now }}}
	for _, server := range s.servers {
		server.askedAt = s.now
	}
	answer := func(i int) {
		l := &pollResult{at: s.now, fresh: true}
		l.snap.Queues.Rows = append(l.snap.Queues.Rows, status("q", 1, 0, 1))
		m.Update(answerMsg{i, l})
	}
	for i := range 99 {
		answer(i)
		if len(s.rows) > 0 {
			t.Fatalf("drawn after %d answers of 100", i+1)
		}
	}
	if m.Update(redrawMsg{}); len(s.rows) != 99 {
		t.Errorf("%d rows while one server is silent, want those of 99", len(s.rows))
	}
	s.now = s.now.Add(redrawDelay)
	if answer(99); len(s.rows) != 100 {
		t.Errorf("%d rows after the last answer", len(s.rows))
	}
}
