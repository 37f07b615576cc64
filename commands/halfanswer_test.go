package commands_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/output"
	"gearctl/wire/disk/disktest"
)

// The jobs of a target that answers half: halfJobs of them, with the payloads 1, 2, 3.
const halfJobs = 3

// halfLab is a network in memory with a scripted target, a second target and an embedded source, in fake time.
type halfLab struct {
	*servertest.Network
	t             *testing.T
	archives      string // the directory of the archives; all other files are in disk
	disk          *disktest.Sim
	pause         time.Duration // before each line of stdin
	target, other *servertest.Scripted
}

// halfTest runs f in a synctest bubble, against a target that follows script.
func halfTest(t *testing.T, f func(l *halfLab), script ...servertest.Step) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := &halfLab{Network: servertest.NewNetwork(), t: t, archives: dir, disk: disktest.NewSim()}
		l.target, l.other = l.Scripted(t, "target:4730", script...), l.Scripted(t, "other:4730")
		l.Embedded(t, "source:4730")
		f(l)
	})
}

// main runs a command line until ctx ends. That is fake time, so that it may take as long as commandtest does not let it.
func (l *halfLab) main(ctx context.Context, stdin string, argv ...string) commandtest.Run {
	var stdout, stderr servertest.Buffer
	env := commandtest.Env()
	env.Stdin, env.Stdout, env.Stderr = &slowLines{text: stdin, pause: l.pause}, &stdout, &stderr
	var conns servertest.Connections
	env.Getenv, env.NetDial, env.Disk = func(string) string { return "" }, conns.Counted(l.Dial), l.disk
	code := commands.Main(ctx, env, argv)
	if left := conns.Left(); len(left) > 0 {
		l.errorf("%v has left connections open to %v", argv, left)
	}
	return commandtest.Run{Stdout: stdout.String(), Stderr: stderr.String(), Code: code}
}

// slowLines is an input that pauses before each line.
type slowLines struct {
	text  string
	pause time.Duration
}

func (s *slowLines) Read(p []byte) (int, error) {
	if s.text == "" {
		return 0, io.EOF
	}
	end := len(s.text)
	if s.pause > 0 {
		time.Sleep(s.pause)
		end = strings.Index(s.text, "\n") + 1
	}
	n := copy(p, s.text[:end])
	s.text = s.text[n:]
	return n, nil
}

// run runs a command line, and fails the test if it takes more than an hour of fake time.
func (l *halfLab) run(stdin string, argv ...string) commandtest.Run {
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	r := l.main(ctx, stdin, argv...)
	if ctx.Err() != nil {
		l.errorf("%v did not end by itself", argv)
	}
	return r
}

// errorf reports an error with the script and the packets of the target.
func (l *halfLab) errorf(format string, args ...any) {
	l.t.Helper()
	l.t.Errorf("%s\n%v", fmt.Sprintf(format, args...), l.target)
}

// accepted returns how many jobs a server accepted, and the unique keys of those that arrived more than once, all of which
// had different keys.
func accepted(s *servertest.Scripted) (n int, twice []string) {
	seen := map[string]int{}
	for _, j := range s.Submissions() {
		if j.Answered {
			n++
		}
		if seen[j.Unique]++; seen[j.Unique] == 2 && !j.Refused {
			twice = append(twice, j.Unique)
		}
	}
	return n, twice
}

// cutEverywhere runs f for every packet of the conversation with the target: see eachCut.
func cutEverywhere(t *testing.T, f func(l *halfLab)) {
	t.Helper()
	eachCut(t, func(l *halfLab, cut servertest.Step) *servertest.Scripted {
		l.target.Follow(cut)
		f(l)
		return l.target
	})
}

// eachCut runs f for every packet of the conversation with a server: the connection is closed instead of the packet, and
// after half of it if it is an answer; half a request is like none. At last there is no cut. f returns the server, which it
// has started with cut as its script. With -short it is every fifth packet.
func eachCut(t *testing.T, f func(l *halfLab, cut servertest.Step) *servertest.Scripted) {
	t.Helper()
	step := 1
	if testing.Short() {
		step = 5
	}
	for k, done := 1, false; !done; k += step {
		for _, do := range []servertest.Action{servertest.Lose, servertest.Halve} {
			var request bool
			halfTest(t, func(l *halfLab) {
				done, request = f(l, servertest.Step{Packet: k, Do: do}).CutAt(k)
			})
			if t.Failed() {
				return
			}
			if done || request {
				break
			}
		}
	}
}

// archive writes an archive with the jobs.
func (l *halfLab) archive() string {
	var b strings.Builder
	for i, data := range []string{"MQ==", "Mg==", "Mw=="} {
		fmt.Fprintf(&b, `{"v":1,"server":"old:4730","queue":"q","handle":"H:old:%d","unique":"u%d","data":"%s"}`+"\n", i+1, i+1, data)
	}
	fmt.Fprintf(&b, `{"v":1,"end":true,"records":%d,"acknowledged":%d}`+"\n", halfJobs, halfJobs)
	path := filepath.Join(l.archives, "jobs.jsonl")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return path
}

// halfCommands are the commands that submit and do not submit again. Figures are what they say of accepted and
// unconfirmed jobs when there are some of these.
var halfCommands = []struct {
	name, stdin string
	argv        []string
	jobs        int
	figures     func(accepted, unconfirmed int) string
}{
	{"submit in the background", "", []string{"submit", "-b", "q", "1"}, 1, submitFigures},
	{"submit lines", "1\n2\n3\n", []string{"submit", "-b", "--lines", "q"}, 3, submitFigures},
	{"check host", "", []string{"check", "host", "h", "--no-encryption", "--command", "x"}, 1, submitFigures},
	{"check service, several", "", []string{"check", "service", "h", "s", "--no-encryption", "--command", "x", "--count", "3"}, 3, submitFigures},
	{"result send", "", []string{"result", "send", "--no-encryption", "--host", "h", "--message", "m"}, 1, resultFigures("")},
	{"result send, lines", "h;0;1\nh;0;2\nh;0;3\n", []string{"result", "send", "--no-encryption", "-d", ";"}, 3, resultFigures("line")},
	{"result send, check_multi", halfReport, []string{"result", "send", "--no-encryption", "--check-multi", "--host", "h"}, 3, resultFigures("child")},
}

func submitFigures(accepted, unconfirmed int) string {
	return fmt.Sprintf(": %s accepted, %s unconfirmed and may or may not be there",
		output.Plural(int64(accepted), "job was", "jobs were"), output.Plural(int64(unconfirmed), "more is", "more are"))
}

func resultFigures(unit string) func(accepted, unconfirmed int) string {
	return func(accepted, unconfirmed int) string {
		were := "results were"
		if unconfirmed == 1 {
			were = "result was"
		}
		text := fmt.Sprintf(": %d accepted, %d %s unconfirmed and may or may not be there", accepted, unconfirmed, were)
		if unit != "" {
			text += fmt.Sprintf("\nhint: %s %d is the first that is unconfirmed, as are all after it", unit, accepted+1)
		}
		return text
	}
}

// halfReport is a report of check_multi with three children.
const halfReport = `<PARENT><CHILD><no>1</no><name>a</name><rc>0</rc><runtime>1</runtime><output>x</output><error></error></CHILD>` +
	`<CHILD><no>2</no><name>b</name><rc>0</rc><runtime>1</runtime><output>x</output><error></error></CHILD>` +
	`<CHILD><no>3</no><name>c</name><rc>0</rc><runtime>1</runtime><output>x</output><error></error></CHILD></PARENT>`

// TestWhatWasSubmittedIsToldAndNotSubmittedAgain closes the connection at every packet: the figures are those of the
// target, what is unconfirmed is called so, and no job arrives twice, neither there nor at the next server.
func TestWhatWasSubmittedIsToldAndNotSubmittedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range halfCommands {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cutEverywhere(t, func(l *halfLab) {
				r := l.run(c.stdin, append(slices.Clone(c.argv), "-s", "target,other")...)
				n := l.checkNotTwice()
				code, stderr := commandtest.ExitOK, ""
				if n < c.jobs {
					code, stderr = partialUnlessNone(n), "the server closed the connection"+c.figures(n, c.jobs-n)
				}
				l.checkTold(r, code, stderr)
				if stderr == "" && strings.Contains(r.Stderr, "unconfirmed") {
					l.errorf("every job was accepted, but stderr is %q", r.Stderr)
				}
			})
		})
	}
}

// partialUnlessNone is the exit code of a command that did n of several things.
func partialUnlessNone(n int) int {
	if n == 0 {
		return commandtest.ExitFailed
	}
	return commandtest.ExitPartial
}

// checkTold checks what the user was told.
func (l *halfLab) checkTold(r commandtest.Run, code int, stderr string) {
	l.t.Helper()
	if r.Code != code || !strings.Contains(r.Stderr, stderr) {
		l.errorf("exit code %d, want %d; stdout %q, stderr %q, want %q", r.Code, code, r.Stdout, r.Stderr, stderr)
	}
}

// checkNotTwice returns how many jobs target and other accepted, and reports those that arrived twice and those that one
// got although the other may have them.
func (l *halfLab) checkNotTwice() int {
	l.t.Helper()
	here, twice := accepted(l.target)
	there, _ := accepted(l.other)
	if len(twice) > 0 {
		l.errorf("%v arrived twice", twice)
	}
	for _, j := range l.other.Submissions() {
		if i := slices.IndexFunc(l.target.Submissions(), func(k servertest.Submission) bool { return k.Unique == j.Unique && !k.Refused }); i >= 0 {
			l.errorf("the next server got job %s, which the first has", j.Unique)
		}
	}
	return here + there
}
