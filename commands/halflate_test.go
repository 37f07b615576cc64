package commands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAMoveTakesNoLateArrival submits a job to the source while the target is slow to answer the first: only the jobs that
// waited at the start are moved, also with a filter that matches all.
func TestAMoveTakesNoLateArrival(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--match", "payload=*"}, {"--match", "payload=*", "--max", "3"}, {"--copy"}} {
		halfTest(t, func(l *halfLab) {
			l.fillSource()
			done := make(chan commandtest.Run, 1)
			go func() {
				argv := []string{"move", "source/q", "target/q", "--yes", "--window", "1", "-o", "csv", "--columns", "moved"}
				done <- l.run("", append(argv, flags...)...)
			}()
			l.until("the target has a job", func() bool { return len(l.target.Submissions()) > 0 })
			if r := l.run("", "-s", "source", "submit", "-b", "q", "late"); r.Code != 0 {
				l.errorf("submit: %+v", r)
			}
			if r := <-done; r.Code != commandtest.ExitOK || r.Stdout != "moved\n3\n" {
				l.errorf("move %v: exit code %d, stdout %q, stderr %q", flags, r.Code, r.Stdout, r.Stderr)
			}
			if _, moved := l.target.Arrivals("q")["late"]; moved {
				l.errorf("move %v took a job that arrived after its start", flags)
			}
			if left := l.atSource(); !slices.Contains(left, "late") {
				l.errorf("move %v: the source has %v", flags, left)
			}
		}, servertest.Step{Job: 1, Do: servertest.Late, Wait: 2 * time.Second})
	}
}

// TestMovesToOneTargetDoNotOverlap lets the target be slow to answer the first job: meanwhile no other source submits, whose jobs
// with the same unique keys nobody could tell from merged ones.
func TestMovesToOneTargetDoNotOverlap(t *testing.T) {
	t.Parallel()
	halfTest(t, func(l *halfLab) {
		l.fillSource()
		for _, payload := range []string{"a", "b", "c"} {
			l.other.Put("q", payload)
		}
		r := l.run("", "-s", "source,other", "move", "q", "target/q", "--yes", "--window", "1", "-o", "csv", "--columns", "moved")
		l.checkTold(r, commandtest.ExitOK, "")
		var conns []int
		for _, j := range l.target.Submissions() {
			if j.Queue == "q" {
				conns = append(conns, j.Conn)
			}
		}
		if len(conns) != 2*halfJobs || len(slices.Compact(slices.Clone(conns))) != 2 {
			l.errorf("jobs came by the connections %v, want all of one source before the first of the other", conns)
		}
	}, servertest.Step{Job: 1, Do: servertest.Late, Wait: 2 * time.Second})
}

// TestAProxyNoticesThatAnIdleConnectionIsDead lets the connection to the target die after three jobs; the fourth, a minute
// later, goes over a new one at once, and is not in doubt.
func TestAProxyNoticesThatAnIdleConnectionIsDead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		flags []string
		do    servertest.Action
	}{
		{"async, silent", nil, servertest.Mute},
		{"async, closed", nil, servertest.HangUp},
		{"sync, closed", []string{"--sync"}, servertest.HangUp},
	} {
		halfTest(t, func(l *halfLab) {
			stop := l.proxy(c.flags...)
			submit := func(payloads ...string) time.Duration {
				start := time.Now()
				argv := []string{"-s", "source", "submit", "--wait", "2m", "q"}
				if c.flags == nil {
					argv = append(argv, "-b")
					argv = slices.DeleteFunc(argv, func(s string) bool { return s == "--wait" || s == "2m" })
				}
				l.run("", append(argv, payloads...)...)
				return time.Since(start)
			}
			submit("1", "2")
			l.until("the target has two jobs", func() bool { return len(l.target.Arrivals("q")) == 2 })
			l.target.Follow(servertest.Step{Job: 1, Do: c.do})
			if c.flags == nil {
				submit("3")
				time.Sleep(time.Minute)
			} else {
				l.target.HangUpAll()
				time.Sleep(2 * time.Second)
				l.target.Follow()
			}
			submitted := time.Now()
			submit("4")
			l.until("the target has the last job", func() bool { return len(l.target.Arrivals("q")["4"]) > 0 })
			took := time.Since(submitted)
			r := stop()
			if n := len(l.target.Arrivals("q")["4"]); n != 1 || took > time.Second {
				l.errorf("%s: the job after the pause arrived %d times, after %v; stderr %q", c.name, n, took, r.Stderr)
			}
			if c.flags != nil && strings.Contains(r.Stderr, "retrying") {
				l.errorf("%s: an idle connection that was closed is called an outage: %q", c.name, r.Stderr)
			}
		})
	}
}
