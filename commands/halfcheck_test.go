package commands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/modgearman"
)

// checkedBy is the Reply of a server with a worker that answers every check in the queue q.
func checkedBy(t *testing.T) func(servertest.Submission) (queue, workload string) {
	return func(j servertest.Submission) (queue, workload string) {
		if j.Queue != "q" {
			return "", ""
		}
		p, err := modgearman.Decode([]byte(j.Workload))
		if err != nil {
			t.Error(err)
			return "", ""
		}
		check, err := p.Check()
		if err != nil {
			t.Error(err)
			return "", ""
		}
		res := modgearman.Result{Layout: modgearman.LayoutWorker, Host: check.Host, CoreStart: check.CoreTime, Start: time.Now(), Finish: time.Now(), Source: "half", Output: "fine"}
		text, err := res.AppendText(nil)
		if err != nil {
			t.Error(err)
		}
		answer, err := modgearman.Encode(text, modgearman.Key{})
		if err != nil {
			t.Error(err)
		}
		return check.ResultQueue, string(answer)
	}
}

// TestACheckIsSentOnceAndItsLeftoversAreNamed closes the connection at every packet while check waits for a result, with and
// without a worker: the check is sent once, the outcome is one line, and what may stay on the server is named.
func TestACheckIsSentOnceAndItsLeftoversAreNamed(t *testing.T) {
	t.Parallel()
	for _, worker := range []bool{true, false} {
		cutEverywhere(t, func(l *halfLab) {
			if worker {
				l.target.Reply, l.other.Reply = checkedBy(l.t), checkedBy(l.t)
			}
			l.target.Know("q")
			l.other.Know("q")
			r := l.run("", "-s", "target,other", "check", "host", "h", "--no-encryption", "--command", "x", "--queue", "q", "--wait", "250ms")
			sent := 0
			for _, s := range []*servertest.Scripted{l.target, l.other} {
				for _, j := range s.Submissions() {
					if j.Queue == "q" {
						sent++
					}
				}
			}
			if sent > 1 {
				l.errorf("the check was sent %d times\n%v", sent, l.other)
			}
			good := r.Code == commandtest.StateOK && worker && strings.HasPrefix(r.Stdout, "fine\n")
			if !good && (r.Code != commandtest.StateUnknown || !strings.HasPrefix(r.Stdout, "UNKNOWN: ") || strings.Count(r.Stdout, "\n") != 1) {
				l.errorf("exit code %d, stdout %q, stderr %q", r.Code, r.Stdout, r.Stderr)
			}
			left := slices.Concat(l.target.Waiting(""), l.other.Waiting(""))
			told := strings.Contains(r.Stderr, "the result may still come, to queue gearctl_check_")
			if len(left) > 0 && !told || strings.Contains(r.Stderr, "could not be removed") {
				l.errorf("%d jobs stay on the server, and stderr is %q, stdout %q", len(left), r.Stderr, r.Stdout)
			}
			if told && strings.Contains(l.target.String(), "drop function gearctl_check_") {
				l.errorf("the queue to which the result may still come was dropped")
			}
		})
	}
}

// TestACheckThatNoServerTookLeavesNothing: a check that was refused, or never left, has no result to wait for.
func TestACheckThatNoServerTookLeavesNothing(t *testing.T) {
	t.Parallel()
	for server, says := range map[string]string{"target": `server error "QUEUE_ERROR"`, "nobody,target": `server error "QUEUE_ERROR"`, "nobody": "connection refused"} {
		halfTest(t, func(l *halfLab) {
			l.target.Put("q", "there") // else check waits for a worker
			r := l.run("", "-s", server, "check", "host", "h", "--no-encryption", "--command", "x", "--queue", "q", "--wait", "250ms")
			if r.Code != commandtest.StateUnknown || !strings.Contains(r.Stdout, says) || strings.Contains(r.Stderr, "may still come") {
				l.errorf("from %s: %+v", server, r)
			}
			if queues := l.target.Queues(); len(queues) != 1 {
				l.errorf("from %s: queues stay: %v", server, queues)
			}
		}, servertest.Step{Job: 1, Do: servertest.Refuse})
	}
}

// TestAFailedStoreIsNamedInOneLine: check has no line for a hint, and the proxy's log has one for each problem.
func TestAFailedStoreIsNamedInOneLine(t *testing.T) {
	t.Parallel()
	const says = `server error "QUEUE_ERROR": "QUEUE_ERROR" (the server's store (gearmand --queue-type) does not take the job, or has failed; its log says why: gearctl -s target:4730 doctor)`
	refuse := servertest.Step{Job: 1, Do: servertest.Refuse, Error: "QUEUE_ERROR QUEUE_ERROR"}
	halfTest(t, func(l *halfLab) {
		l.target.Put("q", "there")
		r := l.run("", "-s", "target", "check", "host", "h", "--no-encryption", "--command", "x", "--queue", "q", "--wait", "250ms")
		if r.Code != commandtest.StateUnknown || !strings.Contains(r.Stdout, says) {
			l.errorf("%+v", r)
		}
	}, refuse)
	for _, flags := range [][]string{nil, {"--sync"}} {
		halfTest(t, func(l *halfLab) {
			source := l.halfSource()
			stop := l.proxyFrom("half", flags...)
			l.until("the source has no job", func() bool { return len(source.Waiting("q")) == 0 })
			if r := stop(); r.Code != commandtest.ExitOK || strings.Count(r.Stderr, says+"; retrying\n") != 1 {
				l.errorf("%v: %+v", flags, r)
			}
		}, refuse)
	}
}

// TestAReplayToAFailedStoreNamesIt: beside the hint on how to go on.
func TestAReplayToAFailedStoreNamesIt(t *testing.T) {
	t.Parallel()
	halfTest(t, func(l *halfLab) {
		line := `{"v":1,"queue":"q","handle":"H:1","unique":"a","data":"eA=="}` + "\n" + `{"v":1,"end":true,"records":1,"acknowledged":1}` + "\n"
		r := l.run(line, "-s", "target", "replay", "-")
		commandtest.WantRun(l.t, r, commandtest.ExitFailed, "hint: the server's store (gearmand --queue-type) does not take the job", "hint: refused jobs are still in the archive")
	}, servertest.Step{Job: 1, Do: servertest.Refuse, Error: "QUEUE_ERROR QUEUE_ERROR"})
}

// TestACheckWhoseServerGoesAwayNamesItsResultQueue takes the server away while check waits: nothing is known of the check.
func TestACheckWhoseServerGoesAwayNamesItsResultQueue(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Duration{150 * time.Millisecond, 240 * time.Millisecond} {
		halfTest(t, func(l *halfLab) {
			l.target.Put("q", "there")
			time.AfterFunc(at, func() {
				l.Remove("target:4730")
				l.target.HangUpAll()
			})
			r := l.run("", "-s", "target", "check", "host", "h", "--no-encryption", "--command", "x", "--queue", "q", "--wait", "250ms")
			if r.Code != commandtest.StateUnknown || !strings.Contains(r.Stdout, "the outcome of the check in queue q on target:4730 is unknown") ||
				!strings.Contains(r.Stderr, "the result may still come, to queue gearctl_check_") {
				l.errorf("away after %v: %+v", at, r)
			}
		})
	}
}

// TestAResultQueueThatCannotBeRemovedIsNamed lets the second server close every connection while check waits; of one that is
// gone there is nothing to remove.
func TestAResultQueueThatCannotBeRemovedIsNamed(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		halfTest(t, func(l *halfLab) {
			time.AfterFunc(150*time.Millisecond, func() {
				l.other.Follow(servertest.Step{Packet: 1, Times: 1 << 20, Do: servertest.Lose})
				if gone {
					l.Remove("other:4730")
				}
				l.other.HangUpAll()
			})
			l.target.Know("q")
			l.other.Know("q")
			r := l.run("", "-s", "target,other", "check", "host", "h", "--no-encryption", "--command", "x", "--queue", "q", "--wait", "250ms")
			if told := strings.Contains(r.Stderr, "could not be removed from other:4730; remove it with: gearctl -s other:4730 queue gc --yes gearctl_check_"); told == gone {
				l.errorf("gone: %v, %+v\n%v", gone, r, l.other)
			}
			if len(l.target.Queues()) != 1 {
				l.errorf("queues of the first server: %v", l.target.Queues())
			}
		})
	}
}
