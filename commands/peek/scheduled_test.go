package peek_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// counted is a row of peek --scheduled.
type counted struct {
	Waiting   int64     `json:"waiting"`
	Due       int64     `json:"due"`
	Scheduled int64     `json:"scheduled"`
	Handles   *[]string `json:"handles"`
	Reason    string    `json:"reason"`
}

// submitted submits a job and returns its handle.
func submitted(t *testing.T, addr string, line ...string) string {
	t.Helper()
	r := commandtest.Gearctl(t, "", append([]string{"-s", addr, "submit", "-b", "-o", "template={{.handle}}"}, line...)...)
	commandtest.WantRun(t, r, commandtest.ExitOK)
	return strings.TrimSpace(r.Stdout)
}

func countScheduled(t *testing.T, addr, queue string) (counted, string) {
	t.Helper()
	r := commandtest.Gearctl(t, "", "-s", addr, "peek", "--scheduled", queue, "-o", "jsonl")
	commandtest.WantRun(t, r, commandtest.ExitOK)
	rows := commandtest.RowsOf[counted](t, r.Stdout)
	if len(rows) != 1 {
		t.Fatalf("got %d rows: %s", len(rows), r.Stdout)
	}
	return rows[0], r.Stderr
}

// Jobs for later are told from those that a worker can get, can be cancelled, are never run then, and are gone when their
// time has come and a worker asks.
func TestJobsForLaterAreCountedAndCancelled(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		cancelled := submitted(t, addr, "q", "never", "--at", "+4s")
		kept := submitted(t, addr, "q", "later", "--at", "+4s")
		submitted(t, addr, "q", "now")
		got, stderr := countScheduled(t, addr, "q")
		if got.Handles == nil || len(*got.Handles) != 2 || !strings.Contains(strings.Join(*got.Handles, " "), kept) {
			t.Fatalf("got %+v, want the handles %s and %s", got, cancelled, kept)
		}
		want := counted{Waiting: 3, Due: 1, Scheduled: 2, Handles: got.Handles}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if !strings.Contains(stderr, "to cancel it: gearctl -s "+addr+" job cancel "+(*got.Handles)[0]) {
			t.Errorf("no way to cancel one: %s", stderr)
		}
		r := commandtest.Gearctl(t, "", "-s", addr, "job", "cancel", cancelled, "--yes", "--sweep", "q")
		commandtest.WantRun(t, r, commandtest.ExitOK, "q on "+addr+" has live jobs")
		r = commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes")
		commandtest.WantRun(t, r, commandtest.ExitOK, "2 jobs remain: arrived in the meantime, or scheduled for later; count those: gearctl -s "+addr+" peek --scheduled q")
		r = commandtest.Gearctl(t, "", "-s", addr, "queue", "drop", "q", "--yes")
		commandtest.WantRun(t, r, commandtest.ExitFailed, "it still has 2 jobs", "jobs for later stay when it is drained: gearctl -s "+addr+" peek --scheduled q")
		got, stderr = countScheduled(t, addr, "q")
		if !strings.Contains(stderr, "q on "+addr+": 1 of them cancelled") {
			t.Errorf("the cancelled one is not named: %s", stderr)
		}
		if got.Scheduled != 2 || got.Due != 0 || len(*got.Handles) != 1 || (*got.Handles)[0] != kept {
			t.Errorf("after one was cancelled: got %+v, want 2 counted, and %s", got, kept)
		}
		r = commandtest.Gearctl(t, "", "-s", addr, "work", "q", "--count", "1", "--print")
		commandtest.WantRun(t, r, commandtest.ExitOK)
		if r.Stdout != "later\n" {
			t.Errorf("the worker got %q, want the job that was not cancelled", r.Stdout)
		}
		r = commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes")
		commandtest.WantRun(t, r, commandtest.ExitOK)
		servertest.WaitTotal(t, addr, "q", 0)
	})
}

// With other jobs on the server the number is known, and not the handles.
func TestHandlesOfJobsForLaterMayBeUnknown(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		submitted(t, addr, "q", "later", "--at", "+1h")
		for i := range 3 {
			submitted(t, addr, "other", strconv.Itoa(i))
		}
		got, stderr := countScheduled(t, addr, "q")
		want := counted{Waiting: 1, Scheduled: 1, Reason: "the server has 3 other jobs, and does not tell which are of this queue"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if !strings.Contains(stderr, "no handles: "+want.Reason) {
			t.Errorf("the reason is not told: %s", stderr)
		}
		r := commandtest.Gearctl(t, "", "-s", addr, "job", "cancel", "--yes", "--sweep", "q", submitted(t, addr, "q", "too", "--at", "+1h"))
		commandtest.WantRun(t, r, commandtest.ExitOK, "q on "+addr+" still counts jobs that no worker is given")
		r = commandtest.Gearctl(t, "", "-s", addr, "peek", "q")
		commandtest.WantRun(t, r, commandtest.ExitOK, "2 more jobs were counted that no worker is given")
	})
}
