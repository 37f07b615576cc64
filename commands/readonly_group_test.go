package commands_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestAReadOnlyServerBesideAnother: what is refused for the last server of a line is not begun on the first.
func TestAReadOnlyServerBesideAnother(t *testing.T) {
	t.Parallel()
	for _, line := range refusedLines {
		if strings.Contains(line, "{handle}") || strings.Contains(line, "{server}") {
			continue
		}
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			server, protected := servertest.Embedded(t), servertest.Embedded(t)
			waiting(t, server, 1)
			emptyQueues(t, server, 1)
			addr, requests := servertest.RecordRequests(t, server)
			change := commandtest.Contexts(t, fmt.Sprintf("contexts: {open: {servers: %q}, prod: {servers: %q, read_only: true}, both: {group: [open, prod]}}\n", addr, protected))
			dir := t.TempDir()
			archive := servertest.WriteFile(t, filepath.Join(dir, "archive"), `{"v":1,"queue":"q","handle":"H:1","unique":"a","data":"eA=="}`+"\n"+`{"v":1,"end":true,"records":1,"acknowledged":1}`+"\n")
			words := strings.Fields(strings.NewReplacer("{dir}", dir, "{archive}", archive).Replace(line))
			for _, choice := range [][]string{{"--context", "both"}, {"-s", addr + "," + protected}} {
				got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, append(choice, words...)...)
				if !strings.Contains(got.Stdout+got.Stderr, "context prod is read-only: ") || got.Code == 0 || strings.Contains(got.Stdout, addr) {
					t.Errorf("%v: want a refusal that names the context, got %+v", choice, got)
				}
			}
			forbidden := slices.DeleteFunc(requests.All(), func(r string) bool {
				return slices.Contains(allowedRequests, r) || strings.HasPrefix(r, wire.EchoReq.String()) || strings.HasPrefix(r, wire.SetClientID.String())
			})
			if len(forbidden) > 0 {
				t.Errorf("it is refused for %s, and yet it was begun on the other: %q", protected, forbidden)
			}
		})
	}
}

// TestATestCheckBesideAReadOnlyServer is sent to the other server alone, and its result is awaited there alone.
func TestATestCheckBesideAReadOnlyServer(t *testing.T) {
	t.Parallel()
	server, protected := servertest.Embedded(t), servertest.Embedded(t)
	servertest.NewSilentWorker(t, protected, "service")
	key := servertest.KeyFile(t)
	commandtest.StartCheckWorker(t, server, "service", "--queue", "service", "--key-file", key)
	change := commandtest.Contexts(t, fmt.Sprintf("contexts: {open: {servers: %q}, prod: {servers: %q, read_only: true}, both: {group: [open, prod]}}\n", server, protected))
	r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), change, "--context", "both", "health", "service", "--end-to-end", "--key-file", key, "--perfdata", "none")
	if r.Code != 0 || strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, "context prod is read-only") {
		t.Errorf("want nothing wrong, and one note: %+v", r)
	}
}

// TestNothingToDoIsNoQuestion: what has nothing to destroy does so without --yes, or says why, and asks nobody.
func TestNothingToDoIsNoQuestion(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	waiting(t, server, 2)
	emptyQueues(t, server, 1)
	before := stateOf(t, server)
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"drain empty":           {0, ""},
		"drain em*":             {0, ""},
		"move empty other":      {0, ""},
		"queue drop q":          {commandtest.ExitFailed, "2 jobs"},
		"queue drop q r nosuch": {commandtest.ExitFailed, ""},
		"queue gc":              {0, ""},
		"queue gc q":            {0, "it is live"},
		"job cancel H:none:1":   {commandtest.ExitFailed, "not found"},
		"result tail q --once --undecoded --max 0 --dry-run": {0, ""},
	} {
		for _, stdin := range []string{"", "y\n"} {
			got := commandtest.GearctlEnv(t.Context(), strings.NewReader(stdin), onTerminal, append([]string{"-s", server}, strings.Fields(line)...)...)
			if strings.Contains(got.Stderr, "[y/N]") || got.Code != want.code || !strings.Contains(got.Stderr, want.says) {
				t.Errorf("%s: want no question, exit code %d and %q: %+v", line, want.code, want.says, got)
			}
		}
	}
	if after := stateOf(t, server); after != before {
		t.Errorf("before\n%safter\n%s", before, after)
	}
}

// TestAQueueWithARunningJobIsNotLeftOver: its worker gave the queue up, and not the job.
func TestAQueueWithARunningJobIsNotLeftOver(t *testing.T) {
	t.Parallel()
	server := servertest.ServerAnswering(t, servertest.Embedded(t), map[string]string{"status": "q\t2\t1\t0\nr\t1\t0\t0\n.\n", "show jobs": "H:1\t0\t1\t1\nH:2\t0\t1\t1\nH:3\t0\t1\t1\n.\n"})
	got := commandtest.Gearctl(t, "", "-s", server, "queue", "gc", "q", "r", "--dry-run", "-o", "csv", "--columns", "queue")
	if got.Code != 0 || strings.Contains(got.Stdout, "\nq") || !strings.Contains(got.Stderr, "q on "+server+": 1 job runs\n") {
		t.Errorf("got %+v", got)
	}
}
