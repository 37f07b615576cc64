package commands_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// question is a command line that asks before it destroys something.
type question struct {
	line string
	// setUp puts n of what the line would destroy on a server, and returns what {} in line means.
	setUp func(t *testing.T, addr string, n int) string
	asks  string // the source file that asks
}

// questions must have a row for every command with --yes and for every place that asks: TestEveryQuestionIsTried.
var questions = []question{
	{"drain q", waiting, "drain/preview.go"},
	{"drain q --to {}", waitingAndAFile, "drain/preview.go"},
	{"drain q --max 1", waiting, "drain/preview.go"},
	{"drain q --complete -o raw", waiting, "drain/preview.go"},
	{"drain q --match payload=0", waiting, "drain/preview.go"},
	{"drain * --all", waiting, "drain/preview.go"},
	{"drain empty --follow --max 1 --for 1ms", emptyQueues, "drain/preview.go"},
	{"drain empty --for 1ms", emptyQueues, "drain/preview.go"},
	{"drain new --for 1ms", waiting, "drain/preview.go"},
	{"move q other", waiting, "move/plan.go"},
	{"move q other --max 1", waiting, "move/plan.go"},
	{"move q other --copy", waiting, "move/plan.go"},
	{"move q other --match payload=0", waiting, "move/plan.go"},
	{"queue drop {}", emptyQueues, "queue/drop_plan.go"},
	{"queue drop empty* --all", emptyQueues, "queue/drop_plan.go"},
	{"queue gc", phantoms, "queue/gc_plan.go"},
	{"queue gc --empty", emptyQueues, "queue/gc_plan.go"},
	{"job cancel {}", waiting, "status/job_cancel.go"},
	{"job cancel {} --sweep q", waiting, "status/job_cancel.go"},
	{"result tail q --once --undecoded", resultsWithReaders, "result/tailer.go"},
}

// askedOfNoServer asks before it saves a file; the answers are tried in its own package.
const askedOfNoServer = "context/edit.go"

// waiting submits n jobs to the queue q and one to r, and returns the handles of the former.
func waiting(t *testing.T, addr string, n int) string {
	t.Helper()
	return strings.Join(submitNumbers(t, addr, n), " ")
}

func submitNumbers(t *testing.T, addr string, n int) (handles []string) {
	t.Helper()
	return servertest.Ask(t, addr, func(ctx context.Context, c *wire.Conn) ([]string, error) {
		for i := range n {
			h, err := c.Submit(ctx, &wire.Submission{Function: "q", Unique: fmt.Sprint("u", i), Workload: fmt.Append(nil, i), Background: true})
			if err != nil {
				return nil, err
			}
			handles = append(handles, h)
		}
		return handles, nil
	})
}

func waitingAndAFile(t *testing.T, addr string, n int) string {
	t.Helper()
	submitNumbers(t, addr, n)
	return filepath.Join(t.TempDir(), "jobs")
}

func emptyQueues(t *testing.T, addr string, n int) string {
	t.Helper()
	names := []string{"empty"}
	for i := range n - 1 {
		names = append(names, fmt.Sprint("empty", i))
	}
	servertest.Ask(t, addr, func(ctx context.Context, c *wire.Conn) (any, error) {
		for _, q := range names {
			if err := c.CreateFunction(ctx, q); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return strings.Join(names, " ")
}

func phantoms(t *testing.T, addr string, n int) string {
	t.Helper()
	for i := range n {
		servertest.SubmitCancelled(t, addr, fmt.Sprint("phantom", i))
	}
	return ""
}

func resultsWithReaders(t *testing.T, addr string, n int) string {
	t.Helper()
	submitNumbers(t, addr, n)
	for range n {
		servertest.NewSilentWorker(t, addr, "q")
	}
	return ""
}

// ask runs the line of a question with answer on stdin. change may change where it runs.
func (q question) ask(t *testing.T, addr, arg, answer string, change func(*cli.Env), more ...string) commandtest.Run {
	t.Helper()
	return commandtest.GearctlEnv(t.Context(), strings.NewReader(answer), change, append(q.argv(addr, arg), more...)...)
}

func (q question) argv(addr, arg string) []string {
	return append([]string{"-s", addr}, strings.Fields(strings.ReplaceAll(q.line, "{}", arg))...)
}

func onTerminal(e *cli.Env) {
	e.Terminal.Stdin, e.Terminal.Stdout, e.Terminal.Stderr = true, true, true
}

// stateOf describes the queues and jobs of a server, without gearctl's own.
func stateOf(t *testing.T, addr string) string {
	t.Helper()
	return servertest.Ask(t, addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		var b strings.Builder
		_, err := c.EachStatus(ctx, func(f wire.FunctionStatus) error {
			if !strings.HasPrefix(f.Function, "gearctl_") {
				fmt.Fprintf(&b, "%+v\n", f)
			}
			return nil
		})
		if err == nil {
			_, err = c.EachJob(ctx, func(j wire.JobEntry) error {
				fmt.Fprintf(&b, "%+v\n", j)
				return nil
			})
		}
		return b.String(), err
	})
}

// eachQuestion runs f for every question, about one and about several things that would be destroyed.
func eachQuestion(t *testing.T, f func(t *testing.T, q question, addr, arg string)) {
	for _, q := range questions {
		for _, n := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s, of %d", q.line, n), func(t *testing.T) {
				t.Parallel()
				addr := servertest.Embedded(t)
				f(t, q, addr, q.setUp(t, addr, n))
			})
		}
	}
}

// TestNoAnswerIsNo: whatever is not y or yes counts as no.
func TestNoAnswerIsNo(t *testing.T) {
	t.Parallel()
	eachQuestion(t, func(t *testing.T, q question, addr, arg string) {
		before := stateOf(t, addr)
		for _, answer := range []string{"", "\n", "maybe\n", "maybe", "n\n", "yes please\n", "yy\n", "not yes\n", " \n", "\ny\n", "n\nyes\n"} {
			got := q.ask(t, addr, arg, answer, onTerminal)
			if got.Code != commandtest.ExitFailed || strings.Count(got.Stderr, "? [y/N] ") != 1 || !strings.Contains(got.Stderr, "nothing was changed") {
				t.Errorf("answer %q must count as no: want exit code 1, one question and \"nothing was changed\", got %+v", answer, got)
			}
			if after := stateOf(t, addr); after != before {
				t.Fatalf("answer %q counts as no, and yet the server changed: before\n%safter\n%s", answer, before, after)
			}
		}
		noFile(t, q, arg)
	})
}

// noFile reports an archive that exists though the answer was no.
func noFile(t *testing.T, q question, arg string) {
	t.Helper()
	if _, err := os.Stat(arg); strings.Contains(q.line, "--to") && err == nil {
		t.Error("nobody said yes, and yet there is an archive")
	}
}

// TestAQuestionWithoutATerminalIsAUsageError: it is not asked, whatever is in the pipe, unless --yes answers it.
func TestAQuestionWithoutATerminalIsAUsageError(t *testing.T) {
	t.Parallel()
	eachQuestion(t, func(t *testing.T, q question, addr, arg string) {
		before := stateOf(t, addr)
		for name, change := range map[string]func(*cli.Env){
			"no terminal":                   nil,
			"only stdin is a terminal":      func(e *cli.Env) { e.Terminal.Stdin, e.Terminal.Stdout = true, true },
			"only stderr is a terminal":     func(e *cli.Env) { e.Terminal.Stderr, e.Terminal.Stdout = true, true },
			"stdout is a terminal, no more": func(e *cli.Env) { e.Terminal.Stdout = true },
		} {
			for _, piped := range []string{"", "y\n", "yes\n"} {
				got := q.ask(t, addr, arg, piped, change)
				if got.Code != commandtest.ExitUsage || !strings.Contains(got.Stderr, "add --yes to confirm") || strings.Contains(got.Stderr, "[y/N]") {
					t.Errorf("%s, stdin %q: a question that nobody can answer must end with exit code 2 and name --yes, got %+v", name, piped, got)
				}
			}
			if after := stateOf(t, addr); after != before {
				t.Fatalf("%s: nobody was asked, and yet the server changed: before\n%safter\n%s", name, before, after)
			}
		}
		noFile(t, q, arg)
	})
}

// TestYesIsYes: each question is about something that then happens, on a terminal with y and without one with --yes.
func TestYesIsYes(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"y", "Y\n", "yes\n", " YES \n", "--yes", "-y"} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			for _, q := range questions {
				addr := servertest.Embedded(t)
				arg := q.setUp(t, addr, 2)
				addr, requests := servertest.RecordRequests(t, addr)
				var got commandtest.Run
				if strings.HasPrefix(answer, "-") {
					got = q.ask(t, addr, arg, "", nil, answer)
				} else {
					got = q.ask(t, addr, arg, answer, onTerminal)
				}
				if got.Code != 0 || strings.Contains(got.Stderr, "nothing was changed") || strings.Contains(got.Stderr, "[y/N]") == strings.HasPrefix(answer, "-") {
					t.Errorf("%s: answer %q must count as yes, got %+v", q.line, answer, got)
				}
				if len(requests.Changes()) == 0 && !strings.Contains(q.line, "--for") { // whose time may be over before
					t.Errorf("%s: the answer was %q, and yet nothing was done", q.line, answer)
				}
			}
		})
	}
}

// interruptedReader interrupts the command that reads an answer from it, and never answers.
type interruptedReader struct {
	interrupt func()
	ended     <-chan struct{}
}

func (r interruptedReader) Read([]byte) (int, error) {
	r.interrupt()
	<-r.ended
	return 0, io.EOF
}

// TestAnInterruptedQuestionIsNo: ctrl-C at a question ends with 130, and nothing is touched.
func TestAnInterruptedQuestionIsNo(t *testing.T) {
	t.Parallel()
	eachQuestion(t, func(t *testing.T, q question, addr, arg string) {
		before := stateOf(t, addr)
		ctx, cancel := context.WithCancelCause(t.Context())
		stdin := interruptedReader{func() { cancel(commandtest.Interrupted) }, t.Context().Done()}
		got := commandtest.GearctlEnv(ctx, stdin, onTerminal, q.argv(addr, arg)...)
		if got.Code != commandtest.ExitInterrupted || strings.Count(got.Stderr, "[y/N]") != 1 {
			t.Errorf("ctrl-C at a question must end with exit code 130, got %+v", got)
		}
		if after := stateOf(t, addr); after != before {
			t.Errorf("ctrl-C at a question is no yes, and yet the server changed: before\n%safter\n%s", before, after)
		}
		noFile(t, q, arg)
	})
}

// TestAQuestionNamesTheServersThatAreLeftOut: who says yes has to know that a server is not meant, because it did not answer.
func TestAQuestionNamesTheServersThatAreLeftOut(t *testing.T) {
	t.Parallel()
	down := gearmandtest.FreeAddr(t)
	eachQuestion(t, func(t *testing.T, q question, addr, arg string) {
		got := q.ask(t, addr+","+down, arg, "n\n", onTerminal)
		before, _, asked := strings.Cut(got.Stderr, "[y/N]")
		if got.Code == 0 || !asked || strings.Count(before, "left out: ") != 1 || !strings.Contains(before, "\nleft out: dial "+down+": connection refused\n") && !strings.HasPrefix(before, "left out: dial "+down+": connection refused\n") {
			t.Errorf("the question must say that %s is left out: %+v", down, got)
		}
	})
}

// confirms is a call that asks.
var confirms = regexp.MustCompile(`\.Confirm\(`)

// TestEveryQuestionIsTried compares the table of questions with the command tree and with the sources: a new command that asks
// needs a row.
func TestEveryQuestionIsTried(t *testing.T) {
	t.Parallel()
	var inTable []string
	asked := map[string]bool{}
	for _, q := range questions {
		words, _, _ := strings.Cut(q.line, " {}")
		for _, name := range commands.CommandsWithFlag("yes") {
			if words == name || strings.HasPrefix(words, name+" ") {
				inTable = append(inTable, name)
			}
		}
		asked[q.asks] = true
	}
	for _, name := range commands.CommandsWithFlag("yes") {
		if !slices.Contains(inTable, name) {
			t.Errorf("gearctl %s has --yes, so it asks, but questions has no row for it", name)
		}
	}
	for _, name := range commands.DestructiveCommands() {
		if name != "work" && !slices.Contains(inTable, name) { // work is no question: what it does without a command is refused
			t.Errorf("gearctl %s destroys, but questions has no row for it", name)
		}
	}
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if n := len(confirms.FindAll(source, -1)); n > 0 && !asked[path] && path != askedOfNoServer || n > 1 {
			t.Errorf("%s asks %d questions; questions needs a row for each", path, n)
		}
		if strings.Contains(string(source), "[y/N]") && path != "internal/cli/env.go" && path != "top/prompt.go" { // the screen has keys, and tests of its own
			t.Errorf("%s asks without Env.Confirm, which counts everything but yes as no", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
