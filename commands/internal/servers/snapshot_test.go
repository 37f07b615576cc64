package servers

import (
	"bufio"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

// dialScripted connects to a server that reads so many commands at a time, then answers them. It closes the connection
// after an answer that does not end in a newline, and at a command that it has no answer to.
func dialScripted(t *testing.T, atATime int, answers map[string]string) *wire.Conn {
	t.Helper()
	client, server := net.Pipe()
	go func() {
		defer server.Close()
		lines := bufio.NewScanner(server)
		for {
			answer := ""
			for range atATime {
				if !lines.Scan() {
					return
				}
				answer += answers[lines.Text()]
			}
			if _, err := io.WriteString(server, answer); err != nil || !strings.HasSuffix(answer, "\n") {
				return
			}
		}
	}()
	return dial(t, func(context.Context, string, string) (net.Conn, error) { return client, nil })
}

// dialJobServer connects to an embedded server.
func dialJobServer(t *testing.T, version string) *wire.Conn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- jobserver.New(jobserver.Options{Version: version}).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		waittest.Receive(t, "the embedded server ends", served)
	})
	return dial(t, func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
	})
}

func dial(t *testing.T, netDial func(ctx context.Context, network, address string) (net.Conn, error)) *wire.Conn {
	t.Helper()
	c, err := (&wire.Dialer{NetDial: netDial}).Dial(t.Context(), "gm1:4730")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// checkFailed compares which parts of a snapshot were asked for and failed.
func checkFailed(t *testing.T, s *Snapshot, failed ...Part) {
	t.Helper()
	for p := range numParts {
		if want := slices.Contains(failed, p); (s.Err(p) != nil) != want {
			t.Errorf("error of %s: got %v, want one: %v", p.command(), s.Err(p), want)
		}
	}
}

func TestSnapshotOfAServer(t *testing.T) {
	t.Parallel()
	c := dialJobServer(t, "1.1.20")
	for _, priority := range []wire.Priority{wire.PriorityHigh, wire.PriorityHigh, wire.PriorityLow} {
		if _, err := c.Submit(t.Context(), &wire.Submission{Function: "jobs", Workload: []byte("x"), Priority: priority, Background: true}); err != nil {
			t.Fatal(err)
		}
	}
	c.Send(wire.CanDo, []byte("a name"))
	s, err := TakeSnapshot(t.Context(), c, PartQueues, PartVersion, PartPriorities, PartWorkers)
	if err != nil {
		t.Fatal(err)
	}
	checkFailed(t, s)
	if q := s.Queue("jobs"); q == nil || q.Waiting() != 3 {
		t.Errorf("queue jobs: got %+v, want 3 waiting", q)
	}
	if p := s.PrioritiesByQueue()["jobs"]; p == nil || p.High != 2 || p.Low != 1 {
		t.Errorf("priorities of jobs: got %+v, want 2 high and 1 low", p)
	}
	if len(s.Workers.Rows) != 1 || !slices.Equal(s.Workers.Rows[0].Functions, []string{"a name"}) {
		t.Errorf("workers: got %+v, want one of the queue %q", s.Workers.Rows, "a name")
	}
	if got := s.Version.String(); got != "gearmand 1.1.20" || s.Server != "gm1:4730" {
		t.Errorf("got %s %s", s.Server, got)
	}
	if got := s.Names(); !slices.Equal(got, []string{"jobs", "a name"}) {
		t.Errorf("names: got %q", got)
	}
}

func TestSnapshotHasWhatWasAskedForAlone(t *testing.T) {
	t.Parallel()
	s, err := AskQueues(t.Context(), dialJobServer(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	checkFailed(t, s)
	if s.Queue("jobs") != nil || s.Version.IsGearmand() || len(s.Workers.Rows) > 0 {
		t.Errorf("got %+v, want an empty list of queues and nothing else", s)
	}
}

// TestSnapshotTakesOneRoundTrip: the server answers nothing before it has all commands.
func TestSnapshotTakesOneRoundTrip(t *testing.T) {
	t.Parallel()
	c := dialScripted(t, 2, map[string]string{"status": "q\t1\t0\t0\n.\n", "version": "OK 1.1.20\n"})
	s, err := TakeSnapshot(t.Context(), c, PartQueues, PartVersion)
	if err != nil {
		t.Fatal(err)
	}
	checkFailed(t, s)
}

func TestSnapshotOfAServerThatFails(t *testing.T) {
	t.Parallel()
	ask := []Part{PartQueues, PartVersion, PartPriorities}
	const queues, priorities = "q\t1\t0\t0\n.\n", "q\t0\t1\t0\t0\n.\n"
	for name, c := range map[string]struct {
		answers map[string]string
		failed  []Part
	}{
		"half an answer": {map[string]string{"status": "q\t1\t0"}, ask},
		"silent after the first answer": {
			map[string]string{"status": queues, "version": "OK"},
			[]Part{PartVersion, PartPriorities},
		},
		"no prioritystatus": {
			map[string]string{"status": queues, "version": "OK 0.33\n", "prioritystatus": "ERR unknown_command Unknown+server+command\n"},
			[]Part{PartPriorities},
		},
		"refused in the middle": {
			map[string]string{"status": queues, "version": "ERR denied no\n", "prioritystatus": priorities},
			[]Part{PartVersion},
		},
		"an empty version": {
			map[string]string{"status": queues, "version": "OK \n", "prioritystatus": priorities},
			nil,
		},
		"no version": {
			map[string]string{"status": queues, "version": "hello\n", "prioritystatus": priorities},
			[]Part{PartVersion, PartPriorities},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := TakeSnapshot(t.Context(), dialScripted(t, len(ask), c.answers), ask...)
			if err != s.Err(PartQueues) {
				t.Errorf("got %v, want the error of the first part: %v", err, s.Err(PartQueues))
			}
			checkFailed(t, s, c.failed...)
			if got, want := s.Queue("q") != nil, s.Err(PartQueues) == nil; got != want {
				t.Errorf("the queue is there: got %v, want %v", got, want)
			}
			if got, want := s.PrioritiesByQueue()["q"] != nil, s.Err(PartPriorities) == nil; got != want {
				t.Errorf("its priorities are there: got %v, want %v", got, want)
			}
			if s.Err(PartVersion) != nil && (s.Version != Version{} || s.Version.CountsPriorities()) {
				t.Errorf("version: got %s, want an unknown one", s.Version)
			}
		})
	}
}

func TestSnapshotKeepsLinesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c := dialScripted(t, 1, map[string]string{"status": "q\t1\t0\t0\nbad\n.\n", "prioritystatus": "bad\n.\n"})
	s, err := AskQueues(t.Context(), c)
	if err == nil {
		err = s.Ask(t.Context(), c, PartPriorities)
	}
	if err != nil {
		t.Fatal(err)
	}
	if bad := s.Bad(); len(bad) != 2 || bad[0].Number != 2 || bad[1].Number != 1 || s.Queue("q") == nil {
		t.Errorf("got %v beside %v", bad, s.Names())
	}
}

func TestExplainUnsupportedNamesTheVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"OK 0.33\n":    "gm1:4730: gearmand 0.33 has no `prioritystatus` (needs gearmand 1.1.15 or later)",
		"v1.130.1\n":   "gm1:4730: the Perl Gearman::Server 1.130.1 has no `prioritystatus` (needs gearmand 1.1.15 or later)",
		"OK strange\n": "gm1:4730: a server of version \"strange\" has no `prioritystatus` (needs gearmand 1.1.15 or later)",
	} {
		c := dialScripted(t, 1, map[string]string{"prioritystatus": "ERR UNKNOWN_COMMAND Unknown+server+command\n", "version": version})
		s := &Snapshot{}
		err := s.Ask(t.Context(), c, PartPriorities)
		if got := ExplainUnsupported(t.Context(), c, err, "prioritystatus", "1.1.15"); got == nil || got.Error() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct{ priorities, before20 bool }{
		"0.33": {false, true}, "1.1.19.1": {false, true}, "1.1.20+ds": {true, true}, "1.1.22": {true, true}, "1.1.21-gentoo": {true, true},
		"2.0.0": {true, false}, "2.0.0-31-g20e30f63": {true, false},
		"1.1.22-15-g0123abc": {true, false}, // may be as the next release
		"v1.130.1":           {}, "strange": {}, "": {},
	} {
		v := ParseVersion(version)
		if v.CountsPriorities() != want.priorities || v.AllowsSharing() != want.before20 || v.FutureHidesLow() != want.before20 || v.Reported() != version {
			t.Errorf("%q: counts priorities %v, allows sharing %v, future hides low %v, reported as %q", version, v.CountsPriorities(), v.AllowsSharing(), v.FutureHidesLow(), v.Reported())
		}
	}
}
