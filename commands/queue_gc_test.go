package commands

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// asks runs f on a connection of its own.
func asks[T any](t *testing.T, addr string, f func(context.Context, *wire.Conn) (T, error)) T {
	t.Helper()
	v, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// submitCancelled leaves a cancelled job in a queue.
func submitCancelled(t *testing.T, addr, queue string) {
	t.Helper()
	asks(t, addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		handle, err := c.Submit(ctx, &wire.Submission{Function: queue, Background: true})
		if err == nil {
			err = c.CancelJob(ctx, handle)
		}
		return handle, err
	})
}

// totalsOf returns the total of every queue.
func totalsOf(t *testing.T, addr string) map[string]int64 {
	t.Helper()
	list := asks(t, addr, func(ctx context.Context, c *wire.Conn) (wire.Listing[wire.FunctionStatus], error) {
		return c.Status(ctx)
	})
	totals := map[string]int64{}
	for _, q := range list.Rows {
		totals[q.Function] = q.Total
	}
	return totals
}

// wantGC compares what came of a command line with patterns.
func wantGC(t *testing.T, got run, code int, stdout, stderr string) {
	t.Helper()
	if got.code != code || !matches(stdout, got.stdout) || !matches(stderr, got.stderr) {
		t.Errorf("got exit code %d, stdout %q, stderr %q, want %d, %q, %q", got.code, got.stdout, got.stderr, code, stdout, stderr)
	}
}

func TestQueueGCOnGearmand(t *testing.T) {
	addr := gearmandtest.Start(t)
	submitCancelled(t, addr, "cancelled")
	gearctl(t, "", "-s", addr, "submit", "--wait", "10ms", "abandoned", "x")
	submitCancelled(t, addr, "two words")
	for n := range 3 {
		gearctl(t, "", "-s", addr, "submit", "-b", "live", fmt.Sprint("job ", n))
	}
	gearctl(t, "", "-s", addr, "submit", "-b", "--at", "+1h", "later", "x")
	gearctl(t, "", "-s", addr, "submit", "-b", "-p", "low", "later", "x")
	gearctl(t, "", "-s", addr, "submit", "-b", "gearctl_canary_x", "x")
	gearctl(t, "", "-s", addr, "queue", "create", "empty")
	before := totalsOf(t, addr)
	wantGC(t, gearctl(t, "", "-s", addr, "queue", "gc", "--dry-run"), 0, `(?s)gearctl_canary_x +would be dropped.*live +would be swept`, `^$`)
	if after := totalsOf(t, addr); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("after --dry-run: got %v, want %v", after, before)
	}
	got := gearctl(t, "", "-s", addr, "queue", "gc", "--yes", "-o", "template={{.queue}} {{.state}} {{.freed}} {{.remaining}}")
	// later and live have more jobs than were left to be freed, which tells that they live.
	want := "gearctl_canary_x dropped 1 0\nabandoned dropped 1 0\ncancelled dropped 1 0\ntwo words swept 1 0\nlater live 0 2\nlive live 0 3\n"
	if got.code != 0 || got.stdout != want {
		t.Errorf("got %+v, want %q", got, want)
	}
	if after, want := fmt.Sprint(totalsOf(t, addr)), fmt.Sprint(map[string]int64{"two words": 0, "live": 3, "later": 2, "empty": 0}); after != want {
		t.Errorf("afterwards: got %v, want %v", after, want)
	}
	wantGC(t, gearctl(t, "", "-s", addr, "drain", "live", "--yes", "-o", "raw"), 0, `^job 0\njob 1\njob 2\n$`, `^$`)
}

// A live job that is met is handed back, and a job for a later time keeps its queue.
func TestQueueGCMeetsALiveJobOnGearmand(t *testing.T) {
	addr := gearmandtest.Start(t)
	gearctl(t, "", "-s", addr, "submit", "-b", "live", "keep")
	gearctl(t, "", "-s", addr, "submit", "-b", "--at", "+1h", "later", "x")
	for range 2 {
		submitCancelled(t, addr, "zz")
	}
	got := gearctl(t, "", "-s", addr, "queue", "gc", "--yes")
	wantGC(t, got, 0, `(?s)later +later +1 +0 +1\nlive +live +1 +0 +1\nzz +dropped +2 +2 +0\n$`, `live on .* has live jobs`)
	wantGC(t, gearctl(t, "", "-s", addr, "drain", "live", "--yes", "-o", "raw"), 0, `^keep\n$`, `^$`)
}

func TestQueueGCRefusesAServerThatDestroysJobs(t *testing.T) {
	addr := gearmandtest.Start(t, "--job-retries=1")
	submitCancelled(t, addr, "phantom")
	gearctl(t, "", "-s", addr, "submit", "-b", "live", "keep")
	got := gearctl(t, "", "-s", addr, "queue", "gc", "--yes")
	wantGC(t, got, 1, `^$`, `destroys jobs that are handed back(?s).*no such queue was touched\nhint: .*drain QUEUE --to FILE --accept-risk`)
	gearctl(t, "", "-s", addr, "submit", "-b", "gearctl_canary_x", "x")
	wantGC(t, gearctl(t, "", "-s", addr, "queue", "gc", "--yes"), 4, `gearctl_canary_x +dropped`, `destroys jobs`)
	if got, want := fmt.Sprint(totalsOf(t, addr)), fmt.Sprint(map[string]int64{"phantom": 1, "live": 1}); got != want {
		t.Errorf("afterwards: got %v, want %v", got, want)
	}
}

func TestGhostsAreReported(t *testing.T) {
	addr := gearmandtest.Start(t)
	gearctl(t, "", "-s", addr, "submit", "-b", "gone", "a", "b", "c")
	gearctl(t, "", "-s", addr, "raw", "drop function gone")
	submitCancelled(t, addr, "phantom")
	gearctl(t, "", "-s", addr, "queue", "create", "empty")
	const cause = `: 3 jobs belong to no queue: a queue was dropped while it had jobs(?s).*hint: only a restart of gearmand`
	wantGC(t, gearctl(t, "", "-s", addr, "queue", "gc", "--dry-run"), 4, `- +ghost +3 +- +3\n`, cause)
	wantGC(t, gearctl(t, "", "-s", addr, "queue", "gc", "--yes", "-o", "jsonl"), 4,
		`"queue":"phantom","state":"dropped"(?s).*"queue":null,"state":"ghost","jobs":3,"freed":0,"remaining":3`, cause)
	wantGC(t, gearctl(t, "", "-s", addr, "queue", "gc"), 4, `ghost`, cause)
	wantGC(t, gearctl(t, "", "-s", addr, "queue", "drop", "empty", "--yes"), 1, `^$`, cause)
}

// A job that comes between the last look at a queue and its drop cannot be prevented, but it is told.
func TestAJobThatArrivesAtTheDropIsTold(t *testing.T) {
	for name, words := range map[string][]string{
		"drop": {"queue", "drop", "q", "--yes"},
		"gc":   {"queue", "gc", "q", "--yes"},
	} {
		t.Run(name, func(t *testing.T) {
			addr := gearmandtest.Start(t)
			if name == "gc" {
				submitCancelled(t, addr, "q")
			} else {
				gearctl(t, "", "-s", addr, "queue", "create", "q")
			}
			between := relay(t, addr, "drop function q\r\n", func() { gearctl(t, "", "-s", addr, "submit", "-b", "q", "late") })
			wantGC(t, gearctl(t, "", append([]string{"-s", between}, words...)...), 4, `q +dropped`, `: 1 job belongs to no queue`)
		})
	}
}

// relay is a server that hands everything on to addr, and calls f before it hands on the line.
func relay(t *testing.T, addr, line string, f func()) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				client.Close()
				continue
			}
			wg.Go(func() {
				defer client.Close()
				handOn(client, server, func([]byte) {})
			})
			wg.Go(func() {
				defer server.Close()
				handOn(server, client, func(b []byte) {
					if bytes.Contains(b, []byte(line)) {
						f()
					}
				})
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

// handOn copies until either side ends.
func handOn(to, from net.Conn, look func([]byte)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		look(buf[:n])
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

func TestQueueGCWhereShowJobsIsMissing(t *testing.T) {
	addr := gearmandtest.StartPerl(t)
	wantGC(t, gearctl(t, "", "-s", addr, "queue", "gc", "--yes"), 1, `^$`, "has no `show jobs`: only gearmand has it, since 1.1.6")
}

// Of two servers the good one is swept while the other lacks the command.
func TestQueueGCOnAMixedPair(t *testing.T) {
	good, addr := embeddedServer(t), gearmandtest.StartPerl(t)
	submitCancelled(t, good, "p")
	wantGC(t, gearctl(t, "", "-s", addr+","+good, "queue", "gc", "--yes"), 4, `p +dropped +1 +1 +0`, "has no `show jobs`")
}

// Between the question and the answer a worker came to one queue, another was dropped, a third got more jobs.
func TestQueueGCLooksAgainAfterTheQuestion(t *testing.T) {
	addr := embeddedServer(t)
	for _, q := range []string{"dropped", "grown", "worked"} {
		submitCancelled(t, addr, q)
	}
	looks := 0
	stop := func() {}
	between := relay(t, addr, "status\r\n", func() {
		if looks++; looks != 2 {
			return
		}
		var err error
		if stop, err = serveWorker(addr, "worked", "stuck"); err != nil {
			t.Error(err)
		}
		gearctl(t, "", "-s", addr, "drain", "dropped", "--yes")
		gearctl(t, "", "-s", addr, "queue", "drop", "dropped", "--yes")
		gearctl(t, "", "-s", addr, "submit", "-b", "grown", "a", "b", "c", "d")
	})
	got := gearctl(t, "", "-s", between, "queue", "gc", "--yes", "-o", "template={{.queue}} {{.state}} {{.remaining}}")
	stop()
	wantGC(t, got, 0, `^dropped changed 0\ngrown live 5\nworked changed [01]\n$`, ``)
}

// What was done before is printed.
func TestQueueGCTellsThatTheServerDied(t *testing.T) {
	p := gearmandtest.StartProcess(t)
	submitCancelled(t, p.Addr, "a")
	submitCancelled(t, p.Addr, "b")
	between := relay(t, p.Addr, "drop function b\r\n", p.Kill)
	wantGC(t, gearctl(t, "", "-s", between, "queue", "gc", "--yes"), 4, `^[^\n]+\na +dropped +1 +1 +0\nb +swept +1 +1 +0\n$`, `^gearctl: drop function b 127[^\n]+: (the server closed the connection|connection reset by peer)\n`)
}

func TestQueueGCInterruptedStops(t *testing.T) {
	addr := gearmandtest.Start(t)
	submitCancelled(t, addr, "a")
	submitCancelled(t, addr, "b")
	ctx, cancel := context.WithCancelCause(t.Context())
	between := relay(t, addr, "drop function a\r\n", func() { cancel(errInterrupted) })
	got := gearctlCtx(ctx, strings.NewReader(""), "-s", between, "queue", "gc", "--yes")
	wantGC(t, got, 130, `^[^\n]+\na +(swept|dropped) +1 +1 +0\n$`, `^gearctl: interrupted\n$`)
	if left := totalsOf(t, addr); left["b"] != 1 {
		t.Errorf("afterwards: got %v, want b as it was", left)
	}
}
