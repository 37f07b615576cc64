package statuspage

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// problemTexts are STATE SERVER QUEUE: TEXT (SECONDS) of what is wrong, in the order of the page.
func (t *testPage) problemTexts() string {
	var list []string
	for _, pr := range t.problems() {
		text := fmt.Sprintf("%d %s %s: %s", pr.State, pr.server.name, pr.name(), pr.Text)
		if !pr.since.IsZero() {
			text += fmt.Sprintf(" (%v)", t.now.Sub(pr.since))
		}
		list = append(list, text)
	}
	return strings.Join(list, "\n")
}

// TestWhatIsWrongIsSorted: CRITICAL, WARNING, UNKNOWN, then what rises; servers before queues, then where more jobs wait.
func TestWhatIsWrongIsSorted(t *testing.T) {
	t.Parallel()
	page := newTestPage("d", "c", "b", "a", "new")
	page.poll(0, status("q", 5, 0, 0), status("r", 9, 0, 0), status("fine", 1, 0, 1))
	page.poll(1)
	page.poll(2, status("q", 1, 2, 1), status("z", 5, 0, 0))
	page.poll(3, status("q", 50, 0, 0))
	page.later()
	page.poll(0, status("q", 5, 0, 0), status("r", 9, 0, 0), status("fine", 1, 0, 1))
	page.fail(3, &wire.OpError{Server: "a", Op: "status", Err: errors.New("broken")})
	page.fail(1, &wire.OpError{Server: "c", Op: "status", Err: &wire.ServerError{Code: "NO", Text: "no"}})
	want := `2 a : no answer (status: broken) (10s)
2 d r: 9 jobs waiting without a worker (10s)
2 b z: 5 jobs waiting without a worker (10s)
2 d q: 5 jobs waiting without a worker (10s)
3 c : no answer (status: server error "NO": "no") (10s)
3 b q: more jobs running (2) than there are (1)`
	if got := page.problemTexts(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	page.fail(4, &wire.OpError{Server: "new", Op: "dial", Err: errors.New("refused")})
	if got := page.problemTexts(); !strings.Contains(got, "2 new : no answer (cannot be reached: refused) (10s)") {
		t.Errorf("a server that has not answered yet is silent since the page began: %s", got)
	}
	page.poll(1)
	page.poll(3, status("q", 0, 0, 0))
	if got := page.problemTexts(); !strings.Contains(got, "1 c : no queues: no worker has registered and no job was submitted\n") || strings.Contains(got, "2 a ") {
		t.Errorf("a server without queues, and one that is well again: %s", got)
	}
}

// TestLinesThatCannotBeReadAreAProblemOfTheServer, which then is not said to have no queues.
func TestLinesThatCannotBeReadAreAProblemOfTheServer(t *testing.T) {
	t.Parallel()
	page := newTestPage("a")
	snap := &servers.Snapshot{Server: "a"}
	snap.Queues.Bad = []*wire.LineError{{Number: 3, Cause: "no tabs"}}
	page.take(page.Page.servers[0], snap, nil, page.now)
	if got := page.problemTexts(); got != "3 a : cannot parse line 3 of its status: no tabs" {
		t.Error(got)
	}
}

// TestAQueueIsStalledAfterHundredSeconds and ten samples without progress.
func TestAQueueIsStalledAfterHundredSeconds(t *testing.T) {
	t.Parallel()
	page := newTestPage("a")
	for i := range 11 {
		page.poll(0, status("q", 9, 0, 1))
		if got := page.problemTexts(); (got != "") != (i == 10) {
			t.Errorf("after %d s: %q", 10*i, got)
		}
		page.now = page.now.Add(10 * time.Second)
	}
	page.now = page.now.Add(-10 * time.Second)
	if got := page.problemTexts(); got != "2 a q: stalled: 9 jobs waiting for 1m40s, its only worker took no job (1m40s)" {
		t.Error(got)
	}
	page.later()
	if page.poll(0, status("q", 8, 0, 1)); page.problemTexts() != "" {
		t.Errorf("it makes progress: %s", page.problemTexts())
	}
	page.later()
	if page.poll(0, status("q", 8, 0, 0)); page.problemTexts() != "2 a q: 8 jobs waiting without a worker (0s)" {
		t.Errorf("its worker left: %s", page.problemTexts())
	}
}

// TestAQueueRisesFromTenWaitingJobsOn, over ten polls, by more than twice what it shrinks.
func TestAQueueRisesFromTenWaitingJobsOn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		polls int
		last  int64 // the jobs in the last poll, after none
		want  string
	}{
		{11, 10, "0 a q: rising: 0 then 10 waiting within 1m40s, 2 workers"},
		{11, 9, ""},
		{10, 10, ""},
		{12, 1000, "0 a q: rising: 0 then 1,000 waiting within 1m40s, 2 workers"},
	} {
		page := newTestPage("a")
		for i := range tt.polls {
			n := int64(0)
			if i == tt.polls-1 {
				n = tt.last
			}
			page.poll(0, status("q", n, 0, 2))
			if i < tt.polls-1 {
				page.later()
			}
		}
		if got := page.problemTexts(); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

// TestTheSameProblemOfAQueueOnSeveralServersIsSummed, with the earliest time; other queues and words stay apart.
func TestTheSameProblemOfAQueueOnSeveralServersIsSummed(t *testing.T) {
	t.Parallel()
	page := newTestPage("a", "b", "c")
	page.poll(1, status("q", 2, 0, 0))
	page.later()
	page.poll(0, status("q", 5, 0, 0), status("r", 1, 0, 0))
	page.poll(1, status("q", 2, 0, 0))
	page.poll(2, status("q", 1, 2, 1))
	var got []string
	for _, pr := range collapse(page.problems()) {
		got = append(got, fmt.Sprintf("%d %s %s, %d: %s, %v", pr.State, pr.server.name, pr.name(), pr.servers, pr.Text, pr.since.Equal(testStart)))
	}
	want := "2 a q, 2: no worker: 7 jobs waiting, true\n2 a r, 0: 1 job waiting without a worker, false\n3 c q, 0: more jobs running (2) than there are (1), false"
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}
