package submit_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestWhatBecameOfManyJobs: of jobs that were refused, merged or not confirmed the number, the server and the reason, and whether
// any was accepted.
func TestWhatBecameOfManyJobs(t *testing.T) {
	t.Parallel()
	const one = "1:4730"
	for name, c := range map[string]struct {
		first  servertest.Step // of the server 1
		argv   string
		code   int
		rows   string
		stderr string
	}{
		"all accepted": {
			servertest.Step{}, "-o template={{.unique}},{{.state}}", 0, "a,created b,created c,created", "",
		},
		"one refused": {
			servertest.Step{Job: 2, Do: servertest.Refuse},
			"-o template={{.unique}},{{.state}}", commandtest.ExitPartial, "a,created b,refused c,created",
			"submit to queue q on 1:4730: 1 job refused: ",
		},
		"one refused, counted": {
			servertest.Step{Job: 2, Do: servertest.Refuse}, "--columns queue,submitted,refused,bytes", commandtest.ExitPartial, "QUEUE SUBMITTED REFUSED BYTES q 2 1 3 B", "1 job refused: ",
		},
		"all refused": {
			servertest.Step{Job: 1, Times: 3, Do: servertest.Refuse},
			"-o template={{.unique}},{{.state}}", commandtest.ExitFailed, "a,refused b,refused c,refused",
			"submit to queue q on 1:4730: 3 jobs refused: ",
		},
		"lost after the first": {
			servertest.Step{Job: 2, Do: servertest.Lose},
			"-o template={{.unique}},{{.state}}", commandtest.ExitPartial, "a,created",
			"submit to 1:4730: the server closed the connection: 1 job was accepted, 2 more are unconfirmed and may or may not be there",
		},
		"lost before the first": {
			servertest.Step{Job: 1, Do: servertest.Lose},
			"-o template={{.unique}},{{.state}}", commandtest.ExitFailed, "",
			"submit to 1:4730: the server closed the connection: 0 jobs were accepted, 3 more are unconfirmed and may or may not be there",
		},
		"none is in a list of none": {
			servertest.Step{Job: 1, Do: servertest.Lose}, "-o json", commandtest.ExitFailed, "", "3 more are unconfirmed",
		},
		"silent after the second": {
			servertest.Step{Job: 3, Do: servertest.Silence},
			"-o template={{.unique}},{{.state}}", commandtest.ExitPartial, "a,created b,created",
			"submit to 1:4730: no answer in time: 2 jobs were accepted, 1 more is unconfirmed and may or may not be there",
		},
		"to all, one lost": {
			servertest.Step{Job: 2, Do: servertest.Lose},
			"--all --columns server,submitted,refused", commandtest.ExitPartial, "SERVER SUBMITTED REFUSED 1:4730 1 0 2:4730 3 0",
			"submit to 1:4730: the server closed the connection: 1 job was accepted, 2 more are unconfirmed",
		},
		"to all, one dead": {
			servertest.Step{}, "--all -s 3:4730 --columns server,submitted", commandtest.ExitPartial, "SERVER SUBMITTED 1:4730 3 2:4730 3", "dial 3:4730: connection refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := servertest.NewNetwork()
				var script []servertest.Step
				if c.first.Job > 0 {
					script = append(script, c.first)
				}
				network.Scripted(t, one, script...)
				network.Scripted(t, "2:4730")
				argv := append([]string{"-s", one + ",2:4730"}, strings.Fields("submit -b q --lines --template --unique {{.Line}}")...)
				r := commandtest.GearctlEnv(t.Context(), strings.NewReader("a\nb\nc\n"), func(e *cli.Env) {
					e.NetDial, e.Now = network.Dial, time.Now
				}, append(argv, strings.Fields(c.argv)...)...)
				if diff := cmp.Diff(c.rows, strings.Join(strings.Fields(r.Stdout), " ")); diff != "" || r.Code != c.code {
					t.Errorf("exit code %d, want %d; rows -want +got\n%s", r.Code, c.code, diff)
				}
				if !strings.Contains(r.Stderr, c.stderr) || c.stderr == "" && r.Stderr != "" {
					t.Errorf("stderr %q, want %q", r.Stderr, c.stderr)
				}
			})
		})
	}
}

// slowInput is a line, and after an hour an interrupt or the end.
type slowInput struct {
	line  string
	later func()
}

func (s *slowInput) Read(p []byte) (int, error) {
	if s.line != "" {
		n := copy(p, s.line)
		s.line = s.line[n:]
		return n, nil
	}
	time.Sleep(time.Hour)
	s.later()
	time.Sleep(time.Hour)
	return 0, io.EOF
}

// TestJobsDoNotWaitForTheNext: what was read is submitted and printed before more is waited for, and an interrupt then says how many
// jobs there are.
func TestJobsDoNotWaitForTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		server := network.Scripted(t, "1:4730")
		ctx, cancel := context.WithCancelCause(t.Context())
		var stdout servertest.Buffer
		r := commandtest.GearctlEnv(ctx, &slowInput{"a\nb\n", func() {
			if n, rows := len(server.Submissions()), stdout.String(); n != 2 || rows != "a\nb\n" {
				t.Errorf("an hour later %d jobs of 2 are on the server, and printed is %q", n, rows)
			}
			cancel(commandtest.Interrupted)
		}}, func(e *cli.Env) {
			e.NetDial, e.Now, e.Stdout = network.Dial, time.Now, &stdout
		}, "-s", "1:4730", "submit", "-b", "q", "--lines", "--template", "--unique", "{{.Line}}", "-o", "template={{.unique}}")
		if r.Code != commandtest.ExitInterrupted || !strings.Contains(r.Stderr, "interrupted: 2 jobs are on the server\n") {
			t.Errorf("exit code %d, %s", r.Code, r.Stderr)
		}
		time.Sleep(2 * time.Hour) // until the input has ended
	})
}

// TestAnInterruptWaitsForAnswers: they say which jobs are on the server.
func TestAnInterruptWaitsForAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		network.Scripted(t, "1:4730", servertest.Step{Job: 1, Do: servertest.Late, Wait: 2 * time.Second})
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(commandtest.Interrupted) })
		r := commandtest.GearctlEnv(ctx, &slowInput{"a\n", func() {}}, func(e *cli.Env) {
			e.NetDial, e.Now = network.Dial, time.Now
		}, "-s", "1:4730", "submit", "-b", "q", "--lines", "-o", "template={{.state}}")
		if r.Code != commandtest.ExitInterrupted || r.Stdout != "created\n" || !strings.Contains(r.Stderr, "interrupted: 1 job is on the server\n") {
			t.Errorf("got %+v", r)
		}
		time.Sleep(2 * time.Hour)
	})
}

// manyLines is an input of many lines.
type manyLines struct{ read int }

func (m *manyLines) Read(p []byte) (int, error) {
	if m.read > 100<<20 {
		return 0, io.EOF
	}
	n := copy(p, strings.Repeat("x\n", len(p)/2))
	m.read += n
	return n, nil
}

// TestNoInputIsReadForServersThatAreLost: who pipes it in learns at once that there is no use.
func TestNoInputIsReadForServersThatAreLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := servertest.NewNetwork()
		lost := servertest.Step{Job: 1, Do: servertest.Lose}
		network.Scripted(t, "1:4730", lost)
		network.Scripted(t, "2:4730", lost)
		input := new(manyLines)
		r := commandtest.GearctlEnv(t.Context(), input, func(e *cli.Env) {
			e.NetDial, e.Now = network.Dial, time.Now
		}, "-s", "1:4730,2:4730", "submit", "-b", "q", "--lines", "--all")
		if r.Code != commandtest.ExitFailed || input.read > 50<<20 || !strings.Contains(r.Stderr, "submit to 1:4730: ") || !strings.Contains(r.Stderr, "submit to 2:4730: ") {
			t.Errorf("%d bytes were read; %+v", input.read, r)
		}
	})
}
