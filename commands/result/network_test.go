package result_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/output"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// TestResultSendServers: the first server that accepts and answers gets the results; --all sends to each.
func TestResultSendServers(t *testing.T) {
	t.Parallel()
	one := []string{"result", "send", "--host", "h", "-m", "x", "--timeout", "4s", "-s"}
	t.Run("dead first", func(t *testing.T) {
		addr := servertest.Embedded(t)
		got := commandtest.Gearctl(t, "", append(one, servertest.DeadAddr+","+addr)...)
		commandtest.WantRun(t, got, 0, "connection refused; sending to "+addr+" instead")
		if !strings.HasPrefix(got.Stdout, "SERVER") || len(servertest.Workloads(t, addr, servertest.Results)) != 1 {
			t.Errorf("got %q", got.Stdout)
		}
	})
	t.Run("silent first", func(t *testing.T) {
		addr := servertest.Embedded(t)
		commandtest.WantRun(t, commandtest.Gearctl(t, "", append(one, servertest.StartSilent(t), "-s", addr)...), 0, "no answer in time; sending to "+addr)
		if n := len(servertest.Workloads(t, addr, servertest.Results)); n != 1 {
			t.Errorf("%d results arrived, want 1", n)
		}
	})
	t.Run("all dead", func(t *testing.T) {
		got := commandtest.Gearctl(t, "", append(one, servertest.DeadAddr+",127.0.0.1:2")...)
		commandtest.WantRun(t, got, 3, "127.0.0.1:1: connection refused", "127.0.0.1:2: connection refused")
	})
	t.Run("all", func(t *testing.T) {
		a, b := servertest.Embedded(t), servertest.Embedded(t)
		commandtest.WantRun(t, commandtest.Gearctl(t, "", append(one, a+","+b, "--all")...), 0)
		if x, y := servertest.Workloads(t, a, servertest.Results), servertest.Workloads(t, b, servertest.Results); len(x) != 1 || len(y) != 1 || x[0] != y[0] {
			t.Errorf("got %q and %q", x, y)
		}
		commandtest.WantRun(t, commandtest.Gearctl(t, "", append(one, a+","+servertest.DeadAddr, "--all")...), 4, "connection refused")
	})
	t.Run("refused", func(t *testing.T) {
		_, refusing := servertest.StartScripted(t, servertest.Step{Job: 1, Times: 2, Do: servertest.Refuse})
		got := commandtest.Gearctl(t, "h;0;x\nh;0;y\n", "result", "send", "-d", ";", "-s", refusing)
		commandtest.WantRun(t, got, 1, `2 results refused: server error "QUEUE_ERROR": "JOB_QUEUE_FULL"`)
	})
}

// TestResultSendUncertain: a connection that breaks with results in flight ends sending, and tells where.
func TestResultSendUncertain(t *testing.T) {
	t.Parallel()
	_, addr := servertest.StartScripted(t, servertest.Step{Job: 3, Do: servertest.Lose})
	other := servertest.Embedded(t)
	input := "h;0;1\n\nh;0;2\nh;0;3\nh;0;4\n"
	got := commandtest.Gearctl(t, input, "result", "send", "-d", ";", "-s", addr, "-s", other, "-o", "jsonl")
	commandtest.WantRun(t, got, 4, "the server closed the connection: 2 accepted, 2 results were unconfirmed and may or may not be there",
		"hint: line 4 is the first that is unconfirmed")
	states := ""
	for _, row := range commandtest.RowsOf[resultSent](t, got.Stdout) {
		states += fmt.Sprint(row.Number, row.State, " ")
	}
	if states != "1sent 3sent 4unanswered 5unanswered " {
		t.Errorf("got %s", states)
	}
	if n := len(servertest.Workloads(t, other, servertest.Results)); n != 0 {
		t.Errorf("the other server got %d results: they may be there twice", n)
	}
}

// TestResultSendFailover: a server that goes away while the input rests is replaced, and nothing is lost or doubled.
func TestResultSendFailover(t *testing.T) {
	t.Parallel()
	first := gearmandtest.StartProcess(t)
	second := servertest.Embedded(t)
	in, out := io.Pipe()
	rows, stdout := io.Pipe()
	var ahead atomic.Int64
	done := make(chan commandtest.Run, 1)
	go func() {
		done <- commandtest.GearctlEnv(t.Context(), in, func(e *cli.Env) {
			e.Stdout = stdout
			e.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		}, "result", "send", "-d", ";", "-o", "jsonl", "-s", first.Addr, "-s", second)
	}()
	next := json.NewDecoder(rows)
	for i, server := range []string{first.Addr, second} {
		io.WriteString(out, "h;0;x\n")
		var row resultSent
		if err := next.Decode(&row); err != nil || row.Number != int64(i+1) || row.Server != server || row.State != "sent" {
			t.Fatalf("got %+v, %v, want it sent to %s", row, err, server)
		}
		if i == 0 {
			first.Kill()
			ahead.Store(int64(time.Minute))
		}
	}
	out.Close()
	commandtest.WantRun(t, waittest.Receive(t, "result send ends", done), 0, "sending to "+second+" instead")
	if n := len(servertest.Workloads(t, second, servertest.Results)); n != 1 {
		t.Errorf("%d results arrived at the second server, want 1", n)
	}
}

// TestResultSendRetries: --retries goes through the servers again.
func TestResultSendRetries(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t) // for a free port
	free := gearmandtest.FreeAddr(t)
	argv := []string{"result", "send", "--host", "h", "-m", "x", "--retry-interval", "1ms"}
	got := commandtest.Gearctl(t, "", append(argv, "-s", free, "--retries", "2")...)
	commandtest.WantRun(t, got, 3)
	if n := strings.Count(got.Stderr, "connection refused: retrying in 1ms"); n != 2 {
		t.Errorf("tried again %d times, want 2: %q", n, got.Stderr)
	}
	var once sync.Once
	got = commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.Stderr = writeFunc(func([]byte) { once.Do(func() { servertest.Start(t, free, jobserver.Options{}) }) })
	}, append(argv, "-s", free, "--retries", "100000")...)
	commandtest.WantRun(t, got, 0)
	if n := len(servertest.Workloads(t, free, servertest.Results)); n != 1 {
		t.Errorf("%d results arrived, want 1", n)
	}
	got = commandtest.Gearctl(t, "", append(argv, "-s", addr, "--dupserver", servertest.DeadAddr, "--retries", "2")...)
	commandtest.WantRun(t, got, 0)
	if strings.Contains(got.Stderr, "again") {
		t.Errorf("waits for a dupserver: %q", got.Stderr)
	}
}

type writeFunc func(p []byte)

func (f writeFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// TestResultSendDupserver: copies are the same bytes, and a dead dupserver is a warning.
func TestResultSendDupserver(t *testing.T) {
	t.Parallel()
	addr, dup := servertest.Embedded(t), servertest.Embedded(t)
	argv := []string{"result", "send", "-d", ";", "--timeout", "4s", "--key-file", servertest.KeyFile(t), "-s", addr}
	got := commandtest.Gearctl(t, "h;0;x\nh;0;y\n", append(argv, "--dupserver", dup)...)
	commandtest.WantRun(t, got, 0)
	if !strings.Contains(got.Stdout, "dupserver  check_results     2") {
		t.Errorf("got %s", got.Stdout)
	}
	a, b := servertest.Workloads(t, addr, servertest.Results), servertest.Workloads(t, dup, servertest.Results)
	if len(a) != 2 || len(b) != 2 || a[0] != b[0] || a[1] != b[1] {
		t.Errorf("copies differ: %q %q", a, b)
	}
	_, closing := servertest.StartScripted(t, servertest.Step{Job: 1, Do: servertest.Lose})
	_, refusing := servertest.StartScripted(t, servertest.Step{Job: 1, Times: 2, Do: servertest.Refuse})
	for what, bad := range map[string]string{
		"connection refused": servertest.DeadAddr, "no answer in time": servertest.StartSilent(t), "the server closed the connection": closing,
		"2 results refused": refusing,
	} {
		got := commandtest.Gearctl(t, "h;0;x\nh;0;y\n", append(argv, "--dupserver", bad, "-o", "jsonl")...)
		commandtest.WantRun(t, got, 0, "gearctl: dupserver: ", what)
		if n := strings.Count(got.Stdout, `"state":"sent"`); n != 2 || len(servertest.Workloads(t, addr, servertest.Results)) != 2 {
			t.Errorf("%s: %d results sent, want 2", what, n)
		}
	}
}

// TestResultSendInterrupted: what is on its way is answered and told.
func TestResultSendInterrupted(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	in, out := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan commandtest.Run, 1)
	go func() { done <- commandtest.GearctlEnv(ctx, in, nil, "result", "send", "-d", ";", "-s", addr) }()
	io.WriteString(out, "h;0;one\nh;0;two\nh;0;thr")
	servertest.WaitWaiting(t, addr, servertest.Results, 2)
	cancel(commandtest.Interrupted)
	got := waittest.Receive(t, "result send ends", done)
	commandtest.WantRun(t, got, 130, "interrupted: 2 results were accepted")
	if !strings.Contains(got.Stdout, "check_results     2") {
		t.Errorf("got %s", got.Stdout)
	}
}

// TestResultSendInputTimeout: an input that says nothing ends the command when that was asked for.
func TestResultSendInputTimeout(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for _, argv := range [][]string{{"--host", "h"}, {"--lines"}, {"--check-multi", "--host", "h"}} {
		in, out := io.Pipe()
		got := commandtest.GearctlEnv(t.Context(), in, nil, append([]string{"result", "send", "--input-timeout", "10ms", "-s", addr}, argv...)...)
		commandtest.WantRun(t, got, 1, "read stdin: no input within 10ms")
		out.Close()
	}
}

// TestResultSendEPIPE: a reader of rows that goes away ends sending.
func TestResultSendEPIPE(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	got := commandtest.GearctlEnv(t.Context(), strings.NewReader(strings.Repeat("h;0;x\n", 20_000)), func(e *cli.Env) {
		e.Stdout = &fullPipe{room: 100}
	}, "result", "send", "-d", ";", "-o", "jsonl", "-s", addr)
	commandtest.WantRun(t, got, 4, "the reader of the output closed the pipe: ", "accepted until then")
	if n := len(servertest.Workloads(t, addr, servertest.Results)); !strings.Contains(got.Stderr, output.Plural(int64(n), "result was", "results were")) || n == 20_000 {
		t.Errorf("%d results arrived: %q", n, got.Stderr)
	}
}

// fullPipe takes so many bytes; then its reader is gone.
type fullPipe struct {
	servertest.Buffer
	room int
}

func (p *fullPipe) Write(b []byte) (int, error) {
	n := min(p.room, len(b))
	p.Buffer.Write(b[:n])
	p.room -= n
	if n < len(b) {
		return n, errors.Join(syscall.EPIPE)
	}
	return n, nil
}
