package commands_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk"
)

// halfSource adds a scripted source with the jobs, at half:4730.
func (l *halfLab) halfSource(script ...servertest.Step) *servertest.Scripted {
	s := l.Scripted(l.t, "half:4730", script...)
	for n := range halfJobs {
		s.Put("q", fmt.Sprint(n+1))
	}
	return s
}

// halfTakers are commands that take the jobs, and what they say when the source closes the connection before it has
// confirmed an acknowledgement.
var halfTakers = []struct {
	name        string
	argv        []string
	unconfirmed string
	code        int
}{
	{"drain", []string{"drain", "q", "--yes"}, "0 jobs were drained, unacknowledged ones are requeued if the server still runs", commandtest.ExitFailed},
	{"drain --match", []string{"drain", "q", "--yes", "--match", "payload=*"}, "0 jobs were drained, unacknowledged ones are requeued if the server still runs", commandtest.ExitFailed},
	{"drain --to", []string{"drain", "q", "--yes", "--to", "/jobs.jsonl"}, "0 jobs are in /jobs.jsonl and off the server, 0 jobs are requeued if the server still runs", commandtest.ExitFailed},
	{"move", []string{"move", "half/q", "target/q", "--yes"}, "of 3 jobs 3 are at the target, 0 of them removed from the source, the others requeued at the source if that still runs; 3 of those may be removed, the source did not confirm", commandtest.ExitPartial},
	{"move --match", []string{"move", "half/q", "target/q", "--yes", "--match", "payload=*"}, "of 3 jobs 3 are at the target, 0 of them removed from the source, the others requeued at the source if that still runs; 3 of those may be removed, the source did not confirm", commandtest.ExitPartial},
}

const (
	unconfirmedSaid = "3 jobs were acknowledged without confirmation and may be gone from the server"
	goneSaid        = "1 job was no longer known to the server when acknowledged"
	storeSaid       = "the server's store"
)

// TestUnconfirmedAndGoneAreToldApart: an acknowledgement that the source did not confirm may have been handled or not; a job
// that it does not know any more was not removed by gearctl. Neither is a failed store.
func TestUnconfirmedAndGoneAreToldApart(t *testing.T) {
	t.Parallel()
	for _, c := range halfTakers {
		for _, do := range []servertest.Action{servertest.Lose, servertest.Silence, servertest.Refuse} {
			halfTest(t, func(l *halfLab) {
				l.target = l.halfSource(servertest.Step{Ack: 2, Do: do}) // its packets are those of interest
				r := l.run("", append(slices.Clone(c.argv), "-s", "half", "-o", "csv")...)
				code, says, not := c.code, []string{c.unconfirmed}, goneSaid
				if strings.HasPrefix(c.name, "drain") {
					says = append(says, unconfirmedSaid) // a move has said it
				}
				if do == servertest.Refuse {
					code, says, not = commandtest.ExitOK, []string{goneSaid}, "without confirmation"
				}
				for _, text := range says {
					l.checkTold(r, code, text)
				}
				if strings.Contains(r.Stderr, not) || strings.Contains(r.Stderr, storeSaid) {
					l.errorf("%s: stderr %q", c.name, r.Stderr)
				}
				if strings.HasPrefix(c.name, "move") && strings.Contains(r.Stderr, "without confirmation") {
					l.errorf("%s: it says twice that jobs are unconfirmed: %q", c.name, r.Stderr)
				}
				if drained := strings.Contains(r.Stdout, "half:4730,q,2,"); strings.HasPrefix(c.name, "drain") && drained != (do == servertest.Refuse) {
					l.errorf("%s: stdout %q", c.name, r.Stdout)
				}
			})
		}
	}
}

// TestAGoneJobIsNotUnconfirmedAsWell: the source does not know the first job any more, and closes the connection before it
// confirms the other two.
func TestAGoneJobIsNotUnconfirmedAsWell(t *testing.T) {
	t.Parallel()
	halfTest(t, func(l *halfLab) {
		l.target = l.halfSource(servertest.Step{Ack: 1, Do: servertest.Refuse}, servertest.Step{Ack: 2, Do: servertest.Lose})
		r := l.run("", "-s", "half", "drain", "q", "--yes", "--max", "3", "--window", "1")
		l.checkTold(r, commandtest.ExitFailed, "2 jobs were acknowledged without confirmation and may be gone from the server")
		l.checkTold(r, commandtest.ExitFailed, goneSaid)
	})
}

// TestDrainLosesNothingWhenTheSourceAnswersHalf closes the source's connection at every packet and drains again: a job leaves
// the source only after it is in the archive or written to stdout, and what is called drained has left it.
func TestDrainLosesNothingWhenTheSourceAnswersHalf(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"--to", "/jobs.jsonl"}, {"--to", "/jobs.jsonl", "--max", "3"}, {"--to", "/jobs.jsonl", "--match", "payload=*"}, {"-o", "raw"}} {
		eachCut(t, func(l *halfLab, cut servertest.Step) *servertest.Scripted {
			source := l.halfSource(cut)
			saved := func(r commandtest.Run, payload string) bool {
				if flags[0] == "-o" {
					return slices.Contains(strings.Fields(r.Stdout), payload)
				}
				b, _ := disk.ReadFile(l.disk, "/jobs.jsonl", 1<<20)
				return strings.Contains(string(b), `"data":"`+base64.StdEncoding.EncodeToString([]byte(payload))+`"`)
			}
			argv := append([]string{"-s", "half", "drain", "q", "--yes"}, flags...)
			r := l.run("", argv...)
			gone := 0
			for _, j := range source.Submissions() {
				if !j.Acked {
					continue
				}
				if gone++; !saved(r, j.Workload) {
					l.errorf("job %s was removed from the source before it was saved; %+v\n%v", j.Workload, r, source)
				}
			}
			if r.Code == commandtest.ExitOK && gone < halfJobs {
				l.errorf("%d jobs were removed, but the exit code is 0; %+v\n%v", gone, r, source)
			}
			source.Follow()
			if flags[0] == "--to" {
				argv = append(argv, "--append")
			}
			again := l.run("", argv...)
			l.checkTold(again, commandtest.ExitOK, "")
			for _, j := range source.Submissions() {
				if !saved(r, j.Workload) && !saved(again, j.Workload) {
					l.errorf("job %s is lost\n%v", j.Workload, source)
				}
			}
			return source
		})
	}
}

// TestWorkTakesNoMoreThanItsCount closes the source's connection at every packet: jobs whose acknowledgement it may have
// handled count, and no others are taken instead of them.
func TestWorkTakesNoMoreThanItsCount(t *testing.T) {
	t.Parallel()
	for _, queues := range [][]string{{"q"}, {"q", "other"}} {
		eachCut(t, func(l *halfLab, cut servertest.Step) *servertest.Scripted {
			source := l.halfSource(cut)
			r := l.run("", append([]string{"-s", "half", "work", "--print", "--create", "--count", "2"}, queues...)...)
			if left := source.Waiting("q"); len(left) < halfJobs-2 {
				l.errorf("of %d jobs %d are left; %+v\n%v", halfJobs, len(left), r, source)
			}
			return source
		})
	}
}

// TestMoveLosesNothingWhenTheSourceAnswersHalf closes the source's connection at every packet and moves again: a job leaves
// the source only after the target has accepted it, and is there twice only if the source had not confirmed that.
func TestMoveLosesNothingWhenTheSourceAnswersHalf(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--match", "payload=*"}} {
		eachCut(t, func(l *halfLab, cut servertest.Step) *servertest.Scripted {
			source := l.halfSource(cut)
			argv := append([]string{"move", "half/q", "target/q", "--yes", "-o", "csv", "--columns", "moved"}, flags...)
			r := l.run("", argv...)
			n, _ := accepted(l.target)
			left, first := source.Waiting("q"), l.target.Arrivals("q")
			for _, j := range source.Submissions() {
				if j.Acked && len(first[j.Workload]) == 0 {
					l.errorf("job %s was removed from the source, and the target does not have it\n%v", j.Workload, source)
				}
			}
			if r.Code == commandtest.ExitOK && len(left) > 0 || n > 0 && !strings.Contains(r.Stdout, fmt.Sprintf("moved\n%d\n", n)) {
				l.errorf("exit code %d, %d jobs at the target, %v at the source; stdout %q, stderr %q\n%v", r.Code, n, left, r.Stdout, r.Stderr, source)
			}
			source.Follow()
			l.target.Follow()
			l.checkTold(l.run("", argv...), commandtest.ExitOK, "")
			for payload, answers := range l.target.Arrivals("q") {
				want := 1
				if len(first[payload]) > 0 && slices.Contains(left, payload) {
					want = 2 // the source has not handled the acknowledgement, if there was one
				}
				if len(answers) != want {
					l.errorf("job %s arrived %d times, want %d; after the first move the source had %v\n%v", payload, len(answers), want, left, source)
				}
			}
			if got := l.target.Arrivals("q"); len(got) != halfJobs || len(source.Waiting("q")) > 0 {
				l.errorf("the target has %v, the source %v", got, source.Waiting("q"))
			}
			return source
		})
	}
}

// TestMoveLosesNothingWhenAMemberAnswersHalf closes the connection of one of two sources at every packet and moves again: the
// other source is moved at once, and nothing is lost or doubled.
func TestMoveLosesNothingWhenAMemberAnswersHalf(t *testing.T) {
	t.Parallel()
	eachCut(t, func(l *halfLab, cut servertest.Step) *servertest.Scripted {
		source := l.halfSource(cut)
		for _, payload := range []string{"a", "b", "c"} {
			l.other.Put("q", payload)
		}
		argv := []string{"-s", "half,other", "move", "q", "target/q", "--yes", "-o", "jsonl"}
		r := l.run("", argv...)
		left, first := source.Waiting("q"), l.target.Arrivals("q")
		for _, j := range slices.Concat(source.Submissions(), l.other.Submissions()) {
			if j.Acked && j.Queue == "q" && len(first[j.Workload]) == 0 {
				l.errorf("job %s was removed from its source, and the target does not have it\n%v", j.Workload, source)
			}
		}
		if others := l.other.Waiting("q"); len(others) > 0 {
			l.errorf("the other source still has %v; %+v\n%v", others, r, source)
		}
		if want := partialUnlessAll(len(left)); r.Code != want && (r.Code != commandtest.ExitPartial || !strings.Contains(r.Stderr, "half")) {
			l.errorf("exit code %d, want %d; the first source has %v; stdout %q, stderr %q\n%v", r.Code, want, left, r.Stdout, r.Stderr, source)
		}
		source.Follow()
		l.target.Follow()
		l.checkTold(l.run("", argv...), commandtest.ExitOK, "")
		for payload, answers := range l.target.Arrivals("q") {
			if want := 1 + len(first[payload])*strings.Count(strings.Join(left, " "), payload); len(answers) != want {
				l.errorf("job %s arrived %d times, want %d; after the first move the source had %v\n%v", payload, len(answers), want, left, source)
			}
		}
		if got := l.target.Arrivals("q"); len(got) != 2*halfJobs || len(source.Waiting("q")) > 0 {
			l.errorf("the target has %v, the source %v", got, source.Waiting("q"))
		}
		return source
	})
}

// partialUnlessAll is the exit code of a move from several servers that leaves jobs on one of them.
func partialUnlessAll(left int) int {
	if left == 0 {
		return commandtest.ExitOK
	}
	return commandtest.ExitPartial
}

// TestProxyLosesNothingWhenTheSourceAnswersHalf closes the source's connection at every packet: the proxy carries every job,
// and twice only those that the source requeued; from a source that forgets what a worker held, every job that arrived.
func TestProxyLosesNothingWhenTheSourceAnswersHalf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags   []string
		forgets bool
	}{{nil, false}, {nil, true}, {[]string{"--sync"}, false}} {
		eachCut(t, func(l *halfLab, cut servertest.Step) *servertest.Scripted {
			source := l.halfSource(cut)
			source.Forgets = c.forgets
			l.target.Parts, l.target.Pause = "status status status data", time.Millisecond // a write after the source has gone fails
			stop := l.proxyFrom("half", c.flags...)
			l.until("the source has no job", func() bool { return len(source.Waiting("q")) == 0 })
			if r := stop(); r.Code != commandtest.ExitOK {
				l.errorf("exit code %d, stderr %q\n%v", r.Code, r.Stderr, source)
			}
			for _, j := range source.Submissions() {
				times := len(l.target.Arrivals("q")[j.Workload])
				if times == 0 && (j.Assigned > 0 || !c.forgets) || times > j.Assigned {
					l.errorf("job %s: handed out %d times by the source, arrived %d times\n%v", j.Workload, j.Assigned, times, source)
				}
			}
			return source
		})
	}
}
