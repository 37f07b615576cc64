package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
)

// checkOnce reports jobs that the target has not accepted, and those that it got again after it had accepted them. Only a
// submission without an answer may be repeated.
func (l *halfLab) checkOnce(queue string) {
	l.t.Helper()
	arrivals := l.target.Arrivals(queue)
	for n := range halfJobs {
		answered := arrivals[fmt.Sprint(n+1)]
		switch first := slices.Index(answered, true); {
		case first < 0:
			l.errorf("job %d is lost: the target accepted it at none of %d submissions", n+1, len(answered))
		case first != len(answered)-1:
			l.errorf("job %d was submitted %d times after the target had accepted it", n+1, len(answered)-1-first)
		}
	}
}

// unconfirmedText is what replay says of n jobs.
func unconfirmedText(n int) string {
	if n == 1 {
		return "the server closed the connection: 1 job was unconfirmed and may or may not be there"
	}
	return fmt.Sprintf("the server closed the connection: %d jobs were unconfirmed and may or may not be there", n)
}

// TestReplayResumesWithWhatWasNotAccepted closes the connection at every packet and runs the same command again: the
// checkpoint has what the target accepted, no more and no less.
func TestReplayResumesWithWhatWasNotAccepted(t *testing.T) {
	t.Parallel()
	cutEverywhere(t, func(l *halfLab) {
		argv := []string{"replay", l.archive(), "-s", "target", "--checkpoint", "/done", "-o", "csv"}
		r := l.run("", argv...)
		n, _ := accepted(l.target)
		code, stderr := commandtest.ExitOK, ""
		switch {
		case n == 0:
			code, stderr = commandtest.ExitFailed, unconfirmedText(halfJobs)
		case n < halfJobs:
			code, stderr = commandtest.ExitPartial, unconfirmedText(halfJobs-n)
		}
		if r.Code != code || stderr == "" && r.Stderr != "" || !strings.Contains(r.Stderr, stderr) || !strings.Contains(r.Stdout, fmt.Sprintf("target:4730,q,3,%d,", n)) {
			l.errorf("%d jobs were accepted: exit code %d, want %d; stdout %q, stderr %q, want %q", n, r.Code, code, r.Stdout, r.Stderr, stderr)
		}
		l.target.Follow()
		r = l.run("", argv...)
		if done := fmt.Sprintf("%d record", n); r.Code != commandtest.ExitOK || n > 0 && (!strings.Contains(r.Stderr, done) || !strings.Contains(r.Stderr, "already replayed")) {
			l.errorf("run again: exit code %d, stderr %q, want %q already replayed", r.Code, r.Stderr, done)
		}
		l.checkOnce("q")
	})
}

// fillSource submits the jobs to the source.
func (l *halfLab) fillSource() {
	if r := l.run("1\n2\n3\n", "-s", "source", "submit", "-b", "--lines", "q"); r.Code != 0 {
		l.t.Fatal(r.Stderr)
	}
}

// atSource returns the payloads that wait at the source.
func (l *halfLab) atSource() []string {
	r := l.run("", "-s", "source", "peek", "q", "-o", "raw", "--max", "100")
	return strings.Fields(r.Stdout)
}

// TestMoveLeavesWhatWasNotAcceptedAtTheSource closes the target's connection at every packet: exactly the jobs without an
// answer stay at the source, the figures say so, and the next move takes them.
func TestMoveLeavesWhatWasNotAcceptedAtTheSource(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--match", "payload=*"}} {
		cutEverywhere(t, func(l *halfLab) {
			l.fillSource()
			argv := append([]string{"move", "source/q", "target/q", "--yes", "-q"}, flags...)
			r := l.run("", argv...)
			n, _ := accepted(l.target)
			code, stderr := commandtest.ExitOK, ""
			if n < halfJobs {
				code = commandtest.ExitPartial
				stderr = fmt.Sprintf("of 3 jobs %d are at the target, %d of them removed from the source, the others requeued at the source; %d are unconfirmed and may be in both", n, n, halfJobs-n)
			}
			if n == 0 {
				code = commandtest.ExitFailed
			}
			if len(l.target.Submissions()) == 0 && !strings.Contains(r.Stderr, "unconfirmed") {
				stderr = "the server closed the connection" // before a job was taken
			}
			if r.Code != code || stderr == "" && r.Stderr != "" || !strings.Contains(r.Stderr, stderr) {
				l.errorf("%d jobs were accepted: exit code %d, want %d; stderr %q, want %q", n, r.Code, code, r.Stderr, stderr)
			}
			left := l.atSource()
			for payload, answers := range l.target.Arrivals("q") {
				if stays := slices.Contains(left, payload); stays == slices.Contains(answers, true) {
					l.errorf("job %s is still at the source: %v; accepted by the target: %v", payload, stays, answers)
				}
			}
			if len(left) != halfJobs-n {
				l.errorf("the source has %v, the target accepted %d", left, n)
			}
			l.target.Follow()
			if r = l.run("", argv...); r.Code != commandtest.ExitOK {
				l.errorf("moved again: exit code %d, %q", r.Code, r.Stderr)
			}
			l.checkOnce("q")
			if r := l.run("", "-s", "source", "status", "q", "-o", "csv", "--columns", "total"); r.Stdout != "total\n0\n" {
				l.errorf("the source still has jobs: %q", r.Stdout)
			}
		})
	}
}
