package result_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// fill submits workloads to a queue.
func fill(t testing.TB, addr, queue string, workloads ...string) {
	t.Helper()
	unique := wire.NewUniqueSource()
	for _, w := range workloads {
		_, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (string, error) {
			return c.Submit(ctx, &wire.Submission{Function: queue, Workload: []byte(w), Background: true, Unique: unique.Next()})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestResultTailVectors: results of every old tool are read, and what is none says why.
func TestResultTailVectors(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		for _, name := range []string{"send-gearman-c.jsonl", "send-gearman-go.jsonl", "send-multi.jsonl"} {
			fill(t, addr, servertest.Results, servertest.Vectors(t, name)...)
		}
		fill(t, addr, servertest.Results, "check", "not base64!", "", base64.StdEncoding.EncodeToString([]byte("DATATYPE::HOSTPERFDATA\tTIMET::1\n")), "DATATYPE::HOSTPERFDATA\tTIMET::1", servertest.Vectors(t, "send-multi.jsonl")[0][:64])
		got := commandtest.Gearctl(t, "", "result", "tail", "--once", "-s", addr, "--key-file", servertest.KeyFile(t), "--columns", "type,host,service,state,reason,form,source,output")
		commandtest.WantRun(t, got, 0, "13 jobs were taken out of check_results")
		want := `passive  web01  disk  OK    encrypted  send_gearman  DISK OK - 42% used|/=42%;80;90;0;100
active  web01    CRITICAL    clear  send_gearman  line one\nline two \ back|x=1
passive  web01  disk  WARNING    encrypted  send_gearman  WARN over|a=1
passive  web02    OK    encrypted  send_gearman  UP\n
passive  web01  disk  WARNING    encrypted  send_gearman  DISK OK - 42% used|/=42%;80;90;0;100
passive  mh  test1  OK    encrypted  send_multi  test1 output
passive  mh  test2  OK    encrypted  send_multi  test2
        no_result  bare    
        not_base64      
        empty      
        no_result  clear    
        not_base64      
passive  mh      incomplete  encrypted    
`
		if diff := cmp.Diff(want, got.Stdout); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		if n := len(servertest.Workloads(t, addr, servertest.Results)); n != 0 {
			t.Errorf("%d results are left", n)
		}
	})
}

// TestResultTailLayout: the table's layout, one line for each result whatever is in it.
func TestResultTailLayout(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	fill(t, addr, servertest.Results, servertest.Vectors(t, "send-gearman-c.jsonl")[1])
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "send", "-s", addr, "--host", "h\x1b[31m", "--service", "s", "-m", "a\nb\x1b]0;x\a", "-r", "3"), 0)
	fill(t, addr, servertest.Results, servertest.Vectors(t, "send-gearman-c.jsonl")[0])
	got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.Now = func() time.Time { return time.Unix(1_700_000_000, 123_456_789).UTC() }
	}, "result", "tail", "--once", "--undecoded", "-s", addr)
	commandtest.WantRun(t, got, 0)
	want := []string{
		`2023-11-14T22:13:20.123Z  CRITICAL  web01  line one\nline two \ back|x=1`,
		`2023-11-14T22:13:20.123Z  UNKNOWN   h\x1b[31m;s  a\nb\x1b]0;x\x07`,
		`2023-11-14T22:13:20.123Z  no_key    H:`,
	}
	for i, line := range strings.Split(strings.TrimSpace(got.Stdout), "\n") {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("got %q, want %q", line, want[i])
		}
	}
	if !strings.HasSuffix(got.Stdout, "it is encrypted, and no key was given\n") {
		t.Errorf("got %q, want the reason", got.Stdout)
	}
}

// TestResultTailLiveReader: results are not taken from a core that lives without asking.
func TestResultTailLiveReader(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	stop, err := servertest.Serve(addr, servertest.Results, "stuck")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	argv := []string{"result", "tail", "--once", "-s", addr}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", argv...), 2, "check_results on "+addr+" has 1 worker: results consumed here are lost to them", "add --yes to confirm")
	commandtest.WantRun(t, commandtest.Gearctl(t, "", append(argv, "--yes")...), 0)
	ask := func(e *cli.Env) { e.Terminal.Stdin, e.Terminal.Stderr = true, true }
	got := commandtest.GearctlEnv(t.Context(), strings.NewReader("n\n"), ask, argv...)
	commandtest.WantRun(t, got, 1, "take the results of check_results away from its readers? [y/N]", "nothing was changed")
	commandtest.WantRun(t, commandtest.GearctlEnv(t.Context(), strings.NewReader("y\n"), ask, argv...), 0)
}

// TestResultTailServers: one server that is gone hides no other, and an unknown queue is said.
func TestResultTailServers(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	fill(t, addr, "check_result", servertest.Vectors(t, "send-gearman-c.jsonl")[1])
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "tail", "--once", "-s", addr), 1, `unknown queue "check_results"`, `did you mean "check_result"`)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "tail", "--once", "-s", servertest.DeadAddr), 3, "connection refused")
	got := commandtest.Gearctl(t, "", "result", "tail", "check_result", "--once", "-s", addr+","+servertest.DeadAddr)
	commandtest.WantRun(t, got, 4, "connection refused")
	if strings.Count(got.Stdout, "\n") != 1 {
		t.Errorf("got %q", got.Stdout)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "tail", "--max", "-1", "-s", addr), 2, "--max -1")
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "tail", "--columns", "nosuch", "-s", addr), 2, `column "nosuch"`)
}

// TestResultTailMax takes so many and leaves the others.
func TestResultTailMax(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		in := strings.Repeat("h;0;x\n", 2500)
		commandtest.WantRun(t, commandtest.Gearctl(t, in, "result", "send", "-d", ";", "-s", addr), 0)
		got := commandtest.Gearctl(t, "", "result", "tail", "--max", "1500", "-o", "jsonl", "-s", addr)
		commandtest.WantRun(t, got, 0, "1,500 jobs were taken")
		if rows, left := len(commandtest.RowsOf[map[string]any](t, got.Stdout)), len(servertest.Workloads(t, addr, servertest.Results)); rows != 1500 || left != 1000 {
			t.Errorf("%d rows, %d left, want 1500 and 1000", rows, left)
		}
	})
}

// TestResultTailFollow waits for results until interrupted, and survives a restart of the server.
func TestResultTailFollow(t *testing.T) {
	t.Parallel()
	first := gearmandtest.StartProcess(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	r, w := io.Pipe()
	done := make(chan commandtest.Run, 1)
	go func() {
		done <- commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) { e.Stdout = w }, "result", "tail", "-o", "template={{.output}}", "-s", first.Addr)
	}()
	next := func(want string) {
		t.Helper()
		buf := make([]byte, 100)
		n, err := r.Read(buf)
		if err != nil || string(buf[:n]) != want+"\n" {
			t.Fatalf("got %q, %v, want %q", buf[:n], err, want)
		}
	}
	for i := range 3 {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "send", "--host", "h", "-m", fmt.Sprint("number ", i), "-s", first.Addr), 0)
		next(fmt.Sprint("number ", i))
	}
	servertest.WaitWaiting(t, first.Addr, servertest.Results, 0)
	first.Kill()
	servertest.Start(t, first.Addr, jobserver.Options{})
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "send", "--host", "h", "-m", "after", "-s", first.Addr), 0)
	next("after")
	servertest.WaitWaiting(t, first.Addr, servertest.Results, 0)
	cancel(commandtest.Interrupted)
	got := waittest.Receive(t, "result tail ends", done)
	// The kill may have come before the answer that confirms the third: what is not confirmed is not counted.
	commandtest.WantRun(t, got, 130, "jobs were taken out of check_results", "retrying")
}

// TestResultTailEPIPE: what the reader did not get goes back to the queue.
func TestResultTailEPIPE(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		commandtest.WantRun(t, commandtest.Gearctl(t, strings.Repeat("h;0;x\n", 3000), "result", "send", "-d", ";", "-s", addr), 0)
		pipe := &fullPipe{room: 100_000}
		got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) { e.Stdout = pipe }, "result", "tail", "-s", addr)
		commandtest.WantRun(t, got, 1, "the reader of the output closed the pipe", "was requeued")
		printed := strings.Count(pipe.String(), "\n")
		left := len(servertest.Workloads(t, addr, servertest.Results))
		if left+printed < 3000 || left == 0 || left == 3000 {
			t.Errorf("%d printed and %d left of 3000", printed, left)
		}
	})
}
