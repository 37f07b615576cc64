package status_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// stopAfter ends a context when a text was written to it so many times.
type stopAfter struct {
	bytes.Buffer
	text  string
	times int
	stop  context.CancelCauseFunc
}

func (s *stopAfter) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if bytes.Count(s.Bytes(), []byte(s.text)) >= s.times {
		s.stop(commandtest.Interrupted)
	}
	return n, err
}

// A server that does not answer has not said that it has no queues.
func TestWatchOfAnUnreachableServerDoesNotClaimNoQueues(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	out := &stopAfter{text: "connection refused", times: 2, stop: cancel}
	commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) { e.Stdout = out }, "-s", gearmandtest.FreeAddr(t), "status", "--watch", "--interval", "1ms")
	if got := out.String(); strings.Contains(got, "no queues") || strings.Count(got, "connection refused") < 1 {
		t.Errorf("%q", got)
	}
}

func TestWatchAsCSVPrintsOneHeader(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	if r := commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "x"); r.Code != 0 {
		t.Fatal(r.Stderr)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	out := &stopAfter{text: ",q,1,1,0,0\n", times: 2, stop: cancel}
	commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) { e.Stdout = out }, "-s", addr, "status", "--watch", "--interval", "1ms", "-o", "csv")
	if got := out.String(); strings.Count(got, "server,queue") != 1 || strings.Count(got, ",q,1,1,0,0\n") < 2 {
		t.Errorf("got %q, want one header and a row for each round", got)
	}
}

// On a narrow terminal the frame says which columns are left out: a note on stderr would be drawn over.
func TestWatchOnANarrowTerminal(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "hostgroup_database_servers", "x"), 0)
	ctx, cancel := context.WithCancelCause(t.Context())
	out := &stopAfter{text: "(--wide shows them)", times: 1, stop: cancel}
	r := commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) {
		e.Stdout = out
		e.Terminal.Stdout, e.Terminal.Stderr = true, true
		e.Terminal.Size = func() (int, int) { return 40, 24 }
	}, "-s", addr, "status", "--watch", "--interval", "1ms")
	if got := out.String(); r.Stderr != "" || !strings.Contains(got, "hostgroup_database_servers        \x1b[31;1m1\x1b[") || !strings.Contains(got, "left out: TOTAL, RUNNING, WORKERS\x1b[K\r\n(--wide shows them)") {
		t.Errorf("stderr %q, stdout %q", r.Stderr, got)
	}
}
