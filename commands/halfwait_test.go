package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// halfAnswers are answers to the second of three submissions; the first is always accepted.
var halfAnswers = map[string]servertest.Step{
	"refused":           {Job: 2, Do: servertest.Refuse},
	"answered late":     {Job: 2, Do: servertest.Late, Wait: 3 * time.Second},
	"answered too late": {Job: 2, Do: servertest.Late, Wait: 30 * time.Second},
	"not answered":      {Job: 2, Do: servertest.Silence},
	"silent after it":   {Job: 2, Do: servertest.Mute},
}

// How many of the jobs are accepted and how many unconfirmed, for commands that send all of them at once and do not repeat
// any. Without an answer for --timeout they give up.
var halfFigures = map[string]struct{ accepted, unconfirmed int }{
	"refused": {2, 0}, "answered late": {3, 0}, "answered too late": {1, 2}, "not answered": {1, 2}, "silent after it": {2, 1},
}

// halfLimit is the fake time that all may take with the default --timeout: a keep-alive after 30 seconds, and its answer.
const halfLimit = 40 * time.Second

// eachHalfAnswer runs f for every half answer.
func eachHalfAnswer(t *testing.T, f func(l *halfLab, answer string)) {
	for name, step := range halfAnswers {
		halfTest(t, func(l *halfLab) {
			start := time.Now()
			f(l, name)
			if took := time.Since(start); took > halfLimit {
				l.errorf("%s: took %v", name, took)
			}
		}, step)
	}
}

// TestWhatAHalfAnswerIsCalled lets the target refuse a job, answer late or not at all: what it refused is called refused,
// what it left open unconfirmed, and nothing is sent to the next server.
func TestWhatAHalfAnswerIsCalled(t *testing.T) {
	t.Parallel()
	for _, c := range halfCommands {
		if c.jobs == 1 {
			continue
		}
		eachHalfAnswer(t, func(l *halfLab, answer string) {
			r := l.run(c.stdin, append(slices.Clone(c.argv), "-s", "target,other")...)
			want := halfFigures[answer]
			code, stderr := commandtest.ExitPartial, "no answer in time"+c.figures(want.accepted, want.unconfirmed)
			switch {
			case answer == "refused":
				stderr = `1 job refused: server error "QUEUE_ERROR"`
				if strings.HasPrefix(c.name, "result") {
					stderr = `1 result refused: server error "QUEUE_ERROR"`
				}
			case want.unconfirmed == 0:
				code, stderr = commandtest.ExitOK, ""
			}
			l.checkTold(r, code, stderr)
			if n := l.checkNotTwice(); n != want.accepted {
				l.errorf("%s, %s: %d jobs were accepted, want %d", c.name, answer, n, want.accepted)
			}
		})
	}
}

// TestReplayAndMoveAfterAHalfAnswer lets the target refuse a job, answer late or not at all, and runs the command again: what
// was not accepted is still in the archive or at the source, and only what was unconfirmed may be there twice.
func TestReplayAndMoveAfterAHalfAnswer(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"replay", "move"} {
		eachHalfAnswer(t, func(l *halfLab, answer string) {
			want := halfFigures[answer]
			argv := []string{"replay", l.archive(), "-s", "target", "--checkpoint", "/done"}
			unconfirmed := strings.TrimPrefix(unconfirmedText(want.unconfirmed), "the server closed the connection")
			if command == "move" {
				l.fillSource()
				argv = []string{"move", "source/q", "target/q", "--yes"}
				unconfirmed = fmt.Sprintf(": of 3 jobs %d are at the target, %d of them removed from the source, the others requeued at the source; %d are unconfirmed and may be in both",
					want.accepted, want.accepted, want.unconfirmed)
			}
			code, stderr := commandtest.ExitPartial, "no answer in time"+unconfirmed
			switch {
			case answer == "refused":
				stderr = `server error "QUEUE_ERROR": "JOB_QUEUE_FULL"`
			case want.unconfirmed == 0:
				code, stderr = commandtest.ExitOK, ""
			}
			r := l.run("", argv...)
			l.checkTold(r, code, stderr)
			if answer == "refused" && strings.Contains(r.Stderr, "unconfirmed") {
				l.errorf("refused jobs are called unconfirmed: %q", r.Stderr)
			}
			l.target.Follow()
			l.checkTold(l.run("", argv...), commandtest.ExitOK, "")
			l.checkOnce("q")
		})
	}
}

// TestProxyServesOnAfterAHalfAnswer lets the target refuse a job, answer late or not at all: the proxy carries every job, a
// refusal is no outage, and what was accepted is not sent again.
func TestProxyServesOnAfterAHalfAnswer(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--sync"}} {
		eachHalfAnswer(t, func(l *halfLab, answer string) {
			l.fillSource()
			stop := l.proxy(flags...)
			l.until("the target has every job", l.allAccepted)
			r := stop()
			outage := halfFigures[answer].unconfirmed > 0
			if flags != nil && answer == "silent after it" {
				outage = true
			}
			if r.Code != commandtest.ExitOK || strings.Contains(r.Stderr, "target:4730 is back") != outage {
				l.errorf("%s: exit code %d; stderr %q, want an outage: %v", answer, r.Code, r.Stderr, outage)
			}
			if refused := strings.Contains(r.Stderr, `"JOB_QUEUE_FULL"; retrying`); refused != (answer == "refused") {
				l.errorf("%s: stderr %q", answer, r.Stderr)
			}
			if flags == nil {
				l.checkOnce("q")
			}
		})
	}
}

// TestSynchronousProxyAndPartsOfAResult hangs up after parts of the second job: its client has data or a warning, so it is
// failed and not submitted again; after mere progress it is.
func TestSynchronousProxyAndPartsOfAResult(t *testing.T) {
	t.Parallel()
	for parts, again := range map[string]bool{"data": false, "warning": false, "status data": false, "data status": false, "status": true, "": true} {
		for _, do := range []servertest.Action{servertest.HangUp, servertest.Mute} {
			halfTest(t, func(l *halfLab) {
				stop := l.proxy("--sync")
				client := l.run("a\nb\nc\n", "-s", "source", "submit", "--lines", "q", "--wait", "10m")
				if r := stop(); r.Code != commandtest.ExitOK {
					l.errorf("exit code %d, stderr %q", r.Code, r.Stderr)
				}
				times, code, stderr := len(l.target.Arrivals("q")["b"]), commandtest.ExitOK, ""
				if !again {
					code, stderr = commandtest.ExitPartial, "gearctl: lost the connection to the target while receiving the result"
				}
				l.checkTold(client, code, stderr)
				if again != (times == 2) {
					l.errorf("the job was submitted %d times after %q had been passed on", times, parts)
				}
				if !strings.HasPrefix(client.Stdout, "A\n") || !strings.HasSuffix(client.Stdout, "C\n") {
					l.errorf("the others: stdout %q", client.Stdout)
				}
			}, servertest.Step{Job: 2, Parts: parts, Do: do})
		}
	}
}

// TestForegroundJobsAreSubmittedOnce closes the connection at every packet while submit waits for results: no job is
// submitted again, to the next server only what the first cannot have, and stdout has what arrived.
func TestForegroundJobsAreSubmittedOnce(t *testing.T) {
	t.Parallel()
	cutEverywhere(t, func(l *halfLab) {
		l.target.Parts, l.other.Parts = "data warning", "data warning"
		r := l.run("a\nb\nc\n", "-s", "target,other", "submit", "--lines", "q")
		l.checkNotTwice()
		done, out := 0, ""
		for _, payload := range []string{"a", "b", "c"} {
			for _, j := range slices.Concat(l.target.Submissions(), l.other.Submissions()) {
				if j.Workload == payload && j.Parts > 0 {
					out += "part of " + payload + "\n"
				}
				if j.Workload == payload && j.Done {
					done++
					out += strings.ToUpper(payload) + "\n"
				}
			}
		}
		code := commandtest.ExitOK
		if done < halfJobs {
			code = partialUnlessNone(done)
		}
		if done < halfJobs-1 {
			l.errorf("one connection that broke cost %d jobs; stderr %q", halfJobs-done, r.Stderr)
		}
		if r.Code != code || r.Stdout != out {
			l.errorf("%d jobs were done: exit code %d, want %d; stdout %q, want %q; stderr %q", done, r.Code, code, r.Stdout, out, r.Stderr)
		}
	})
}

// TestARefusedForegroundJobGoesToTheNextServer: a server that refuses a job does not have it.
func TestARefusedForegroundJobGoesToTheNextServer(t *testing.T) {
	t.Parallel()
	for _, argv := range [][]string{{"submit", "q", "a", "b", "c"}, {"check", "host", "h", "--no-encryption", "--command", "x", "--queue", "q", "--wait", "1s", "--count", "3"}} {
		halfTest(t, func(l *halfLab) {
			l.target.Reply, l.other.Reply = checkedBy(l.t), checkedBy(l.t)
			l.target.Know("q")
			l.other.Know("q")
			if argv[0] == "submit" {
				l.target.Reply, l.other.Reply = nil, nil
			}
			r := l.run("", append([]string{"-s", "target,other"}, argv...)...)
			l.checkTold(r, commandtest.ExitOK, `server error "QUEUE_ERROR": "JOB_QUEUE_FULL"; using other:4730`)
			sent := func(s *servertest.Scripted) int { return len(s.Arrivals("q")) }
			if argv[0] == "submit" && (sent(l.target) != 2 || sent(l.other) != 1) {
				l.errorf("the first server has %v, the next %v", l.target.Arrivals("q"), l.other.Arrivals("q"))
			}
		}, servertest.Step{Job: 2, Do: servertest.Refuse})
	}
}

// TestAProxyNeedsNoCanary: a target that refuses the canary that shows merged jobs gets its jobs nevertheless.
func TestAProxyNeedsNoCanary(t *testing.T) {
	t.Parallel()
	halfTest(t, func(l *halfLab) {
		l.fillSource()
		stop := l.proxy()
		l.until("the target has every job", l.allAccepted)
		if r := stop(); r.Code != commandtest.ExitOK || strings.Contains(r.Stderr, "retrying") {
			l.errorf("exit code %d, stderr %q", r.Code, r.Stderr)
		}
		l.checkOnce("q")
	}, servertest.Step{Canary: 1, Times: 1000, Do: servertest.Refuse})
}

// TestAServerThatAnswersHalfHidesNoOther closes the connection of one of two servers at every packet: the other gets every
// job once, and what the first has open is told; for a dupserver that is no failure.
func TestAServerThatAnswersHalfHidesNoOther(t *testing.T) {
	t.Parallel()
	const results = "h;0;1\nh;0;2\nh;0;3\n"
	for _, c := range []struct {
		name, stdin string
		argv        []string
		figures     func(accepted, unconfirmed int) string
		copies      bool
	}{
		{"submit", "1\n2\n3\n", []string{"-s", "target,other", "submit", "-b", "--lines", "--all", "q"}, submitFigures, false},
		{"result send", results, []string{"-s", "target,other", "result", "send", "--no-encryption", "-d", ";", "--all"}, resultFigures("line"), false},
		{"dupserver", results, []string{"-s", "other", "result", "send", "--no-encryption", "-d", ";", "--dupserver", "target"}, resultFigures(""), true},
		{"submit, slowly", "1\n2\n3\n", []string{"-s", "target,other", "submit", "-b", "--lines", "--all", "q"}, func(int, int) string { return "" }, false},
	} {
		cutEverywhere(t, func(l *halfLab) {
			if c.name == "submit, slowly" { // only what was sent until then is unconfirmed
				l.pause = 100 * time.Millisecond
			}
			r := l.run(c.stdin, c.argv...)
			here, twice := accepted(l.target)
			there, also := accepted(l.other)
			if there != halfJobs || len(twice)+len(also) > 0 {
				l.errorf("%s: the other server has %d jobs; %v arrived twice\n%v", c.name, there, slices.Concat(twice, also), l.other)
			}
			code, stderr := commandtest.ExitOK, ""
			if here < halfJobs {
				stderr = "the server closed the connection"
				if len(l.target.Submissions()) > 0 {
					stderr += c.figures(here, halfJobs-here)
				}
				if !c.copies {
					code = commandtest.ExitPartial
				}
			}
			l.checkTold(r, code, stderr)
		})
	}
}

// TestAProxyWaitsLongerAfterEachRefusal: a target that refuses is not asked without end.
func TestAProxyWaitsLongerAfterEachRefusal(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--sync"}} {
		halfTest(t, func(l *halfLab) {
			l.fillSource()
			start := time.Now()
			stop := l.proxy(flags...)
			l.until("the target has every job", l.allAccepted)
			if took := time.Since(start); took < 3*time.Second {
				l.errorf("%v: five refusals took %v", flags, took)
			}
			stop()
		}, servertest.Step{Job: 3, Times: 5, Do: servertest.Refuse})
	}
}
