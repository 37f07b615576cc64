package proxy_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// TestAProxyOnAFullDisk lets the spool's disk become full: jobs wait at the source, and go on when there is room.
func TestAProxyOnAFullDisk(t *testing.T) {
	t.Parallel()
	dir := servertest.SmallDisk(t)
	stuckProxy(t, "--spool", filepath.Join(dir, "spool"))
}

// TestALimitedSpool is the same with --spool-max.
func TestALimitedSpool(t *testing.T) {
	t.Parallel()
	stuckProxy(t, "--spool", t.TempDir(), "--spool-max", "1MiB")
}

// stuckProxy runs a proxy whose target is away until the spool takes no more, stops it, and runs it again with a target.
func stuckProxy(t *testing.T, spool ...string) {
	t.Helper()
	const jobs = 8_000 // about twice of what 1 MiB holds
	from, to := servertest.Embedded(t), servertest.Embedded(t)
	lines := strings.ReplaceAll(servertest.Numbers(jobs), "\n", strings.Repeat(" ", 100)+"\n")
	if r := commandtest.Gearctl(t, lines, "-s", from, "submit", "-b", "-l", "q"); r.Code != commandtest.ExitOK {
		t.Fatal(r.Stderr)
	}
	away := newCuttable(t, to)
	away.cut()
	said := &outputBuffer{}
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan int, 1)
	env := commandtest.Env()
	env.Stderr = said
	go func() {
		done <- commands.Main(ctx, env, append([]string{"proxy", "--timeout", "1s", "--route", from + "/q=" + away.Addr() + "/q"}, spool...))
	}()
	said.wait(t, "jobs wait at the source; retrying")
	cancel(commandtest.Interrupted)
	if code := waittest.Receive(t, "the proxy ends", done); code != commandtest.ExitOK {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	// What is in the spool is not at the source any more.
	var spooled int64
	if _, after, ok := strings.Cut(said.String(), "carried; "); ok {
		fmt.Sscan(strings.ReplaceAll(after, ",", ""), &spooled)
	}
	if n := servertest.Queue(t, from, "q").Total; n == 0 || n+spooled != jobs {
		t.Errorf("the source has %d of %d jobs, the spool %d\n%s", n, jobs, spooled, said)
	}
	away.mend()
	p := commandtest.StartProxy(t, append([]string{"--route", from + "/q=" + away.Addr() + "/q"}, spool...)...)
	servertest.WaitTotal(t, to, "q", jobs)
	servertest.WaitTotal(t, from, "q", 0)
	if r := p.Stop(t); !strings.Contains(r.Stderr, "jobs left in the spool from an earlier run") {
		t.Errorf("stderr: %s", r.Stderr)
	}
}

// TestADamagedSpool has a line in the spool that cannot be read: the others go on, and it is told.
func TestADamagedSpool(t *testing.T) {
	t.Parallel()
	from, to, spool := servertest.Embedded(t), servertest.Embedded(t), t.TempDir()
	away := newCuttable(t, to)
	away.cut()
	flags := []string{"--timeout", "1s", "--route", from + "/q=" + away.Addr() + "/q", "--spool", spool}
	p := commandtest.StartProxy(t, flags...)
	if r := commandtest.Gearctl(t, "", "-s", from, "submit", "-b", "q", "x"); r.Code != commandtest.ExitOK {
		t.Fatal(r.Stderr)
	}
	servertest.WaitTotal(t, from, "q", 0)
	p.Stop(t)
	files, _ := filepath.Glob(spool + "/*/*.jsonl")
	if len(files) != 1 {
		t.Fatalf("the spool has %q", files)
	}
	b, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(files[0], append(b, `{"v":1,"broken`+"\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	away.mend()
	p = commandtest.StartProxy(t, flags...)
	servertest.WaitTotal(t, to, "q", 1)
	if r := p.Stop(t); !strings.Contains(r.Stderr, "1 job carried; 1 damaged line of the spool skipped") {
		t.Errorf("stderr: %s", r.Stderr)
	}
	if kept, _ := filepath.Glob(spool + "/*/*.damaged"); len(kept) != 1 {
		t.Errorf("kept: %q", kept)
	}
}

func TestASourceThatDestroysJobs(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- jobserver.New(jobserver.Options{JobRetries: 1}).Serve(ctx, l) }()
	defer func() {
		cancel()
		waittest.Receive(t, "the embedded server ends", served)
	}()
	from, to := l.Addr().String(), servertest.Embedded(t)
	spool := filepath.Join(t.TempDir(), "spool")
	r := commandtest.Gearctl(t, "", "proxy", "--route", from+"/q="+to+"/q", "--spool", spool)
	if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "proxy from "+from) || !strings.Contains(r.Stderr, "--accept-risk") {
		t.Errorf("got %+v", r)
	}
	if _, err := os.Stat(spool); err == nil {
		t.Error("it made the spool")
	}
	p := commandtest.StartProxy(t, "--route", from+"/q="+to+"/q", "--spool", spool, "--accept-risk")
	if r := commandtest.Gearctl(t, "", "-s", from, "submit", "-b", "q", "x"); r.Code != commandtest.ExitOK {
		t.Fatal(r.Stderr)
	}
	servertest.WaitTotal(t, to, "q", 1)
	if r := p.Stop(t); !strings.Contains(r.Stderr, "at risk should this be interrupted") {
		t.Errorf("stderr: %s", r.Stderr)
	}
}

// TestAProxyAndThePerlServer carries jobs from and to a server that knows neither unique keys of jobs that it hands out
// nor low priorities, and forgets what a worker holds.
func TestAProxyAndThePerlServer(t *testing.T) {
	t.Parallel()
	perl, embedded := gearmandtest.StartPerl(t), servertest.Embedded(t)
	low := commandtest.Gearctl(t, "", "payload", "encode", "--type", "service", "--host", "h", "--service", "s", "--command", "c", "--target-queue", "q", "--no-encryption")
	for _, way := range [][2]string{{embedded, perl}, {perl, embedded}} {
		p := commandtest.StartProxy(t, "--route", way[0]+"/q="+way[1]+"/r", "--spool", t.TempDir(), "--accept-risk")
		if r := commandtest.Gearctl(t, low.Stdout+"a\nb\n", "-s", way[0], "submit", "-b", "-l", "q"); r.Code != commandtest.ExitOK {
			t.Fatal(r.Stderr)
		}
		servertest.WaitTotal(t, way[1], "r", 3)
		p.Stop(t)
		if r := commandtest.Gearctl(t, "", "-s", way[1], "drain", "r", "--yes", "-o", "raw"); strings.Count(r.Stdout, "\n") != 3 {
			t.Errorf("from %s to %s: got %q", way[0], way[1], r.Stdout)
		}
	}
}

// TestARejectedJobStaysAtTheSourceWhileTheSpoolIsFull: a synchronous route does not fail a job that it can neither decode nor write to the
// spool; the job goes back to its queue when the proxy is stopped, which is no failure.
func TestARejectedJobStaysAtTheSourceWhileTheSpoolIsFull(t *testing.T) {
	t.Parallel()
	a, b := servertest.Embedded(t), servertest.Embedded(t)
	for range 2 { // the first fills the spool
		servertest.Submit(t, a, "q", strings.Repeat("never encoded", 1<<17))
	}
	p := commandtest.Start(t, "proxy", "--route", a+"/q="+b+"/q", "--sync", "--decrypt-key-file", servertest.KeyFile(t), "--no-encryption", "--spool", t.TempDir(), "--spool-max", "1MiB")
	p.WaitStderr(": jobs wait at the source; retrying", 1)
	if code := p.Stop(); code != commandtest.ExitOK {
		t.Errorf("code %d", code)
	}
	servertest.Until(t, "it waits again", func() bool { q := servertest.Queue(t, a, "q"); return q.Total == 1 && q.Running == 0 })
}
