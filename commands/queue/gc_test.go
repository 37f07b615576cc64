package queue_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// A server that stops answering during the release check keeps its queue: the error names it, and the command that removes it.
func TestAQueueOfOurOwnThatStaysIsNamed(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	commandtest.FillQueue(t, server, "q", 3)
	answer := make(chan struct{})
	assigned := false
	var mu sync.Mutex
	via := servertest.RelayPackets(t, server, func(wire.Packet) {}, func(p wire.Packet) {
		mu.Lock()
		assigned = assigned || p.Type == wire.JobAssign
		stop := assigned
		mu.Unlock()
		if stop {
			<-answer
		}
	})
	t.Cleanup(func() { close(answer) })
	r := commandtest.Gearctl(t, "", "-s", via, "--timeout", "4s", "peek", "q")
	want := regexp.MustCompile(`(?m)^gearctl: queue (gearctl_canary_\S+) could not be removed from (\S+); remove it with: gearctl -s (\S+) queue gc --yes (\S+)$`)
	m := want.FindStringSubmatch(r.Stderr)
	if r.Code != commandtest.ExitFailed || m == nil || m[1] != m[4] || m[2] != via || m[3] != via {
		t.Fatalf("got %+v, want the queue and how to remove it", r)
	}
	servertest.Until(t, "the server has noticed who left", func() bool { return servertest.Queue(t, server, m[1]).Workers == 0 })
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", server, "queue", "gc", "--yes", m[1]), 0, `dropped`, `^$`)
}

func TestQueueGCOnGearmand(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	servertest.SubmitCancelled(t, addr, "cancelled")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "--wait", "10ms", "abandoned", "x")
	servertest.SubmitCancelled(t, addr, "two words")
	for n := range 3 {
		commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "live", fmt.Sprint("job ", n))
	}
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "--at", "+1h", "later", "x")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "-p", "low", "later", "x")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "gearctl_canary_x", "x")
	commandtest.Gearctl(t, "", "-s", addr, "queue", "create", "empty")
	before := servertest.Totals(t, addr)
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--dry-run"), 0, `(?s)gearctl_canary_x +would be dropped.*live +would be swept`, `^$`)
	if after := servertest.Totals(t, addr); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("after --dry-run: got %v, want %v", after, before)
	}
	got := commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--yes", "-o", "template={{.queue}} {{.state}} {{.freed}} {{.remaining}}")
	// later and live have more jobs than were left to be freed, which tells that they live.
	want := "gearctl_canary_x dropped 1 0\nabandoned dropped 1 0\ncancelled dropped 1 0\ntwo words swept 1 0\nlater live 0 2\nlive live 0 3\n"
	if got.Code != 0 || got.Stdout != want {
		t.Errorf("got %+v, want %q", got, want)
	}
	if after, want := fmt.Sprint(servertest.Totals(t, addr)), fmt.Sprint(map[string]int64{"two words": 0, "live": 3, "later": 2, "empty": 0}); after != want {
		t.Errorf("afterwards: got %v, want %v", after, want)
	}
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "drain", "live", "--yes", "-o", "raw"), 0, `^job 0\njob 1\njob 2\n$`, `^$`)
}

// A live job is released, and a scheduled job keeps its queue.
func TestQueueGCMeetsALiveJobOnGearmand(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "live", "keep")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "--at", "+1h", "later", "x")
	for range 2 {
		servertest.SubmitCancelled(t, addr, "zz")
	}
	got := commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--yes")
	commandtest.WantMatch(t, got, 0, `(?s)later +later +1 +0 +1\nlive +live +1 +0 +1\nzz +dropped +2 +2 +0\n$`, `live on .* has live jobs`)
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "drain", "live", "--yes", "-o", "raw"), 0, `^keep\n$`, `^$`)
}

func TestQueueGCRefusesAServerThatDestroysJobs(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t, "--job-retries=1")
	servertest.SubmitCancelled(t, addr, "phantom")
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "live", "keep")
	got := commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--yes")
	commandtest.WantMatch(t, got, 1, `^$`, `destroys released jobs(?s).*no such queue was changed\nhint: .*drain QUEUE --to FILE --accept-risk`)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "gearctl_canary_x", "x")
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--yes"), 4, `gearctl_canary_x +dropped`, `destroys released jobs`)
	if got, want := fmt.Sprint(servertest.Totals(t, addr)), fmt.Sprint(map[string]int64{"phantom": 1, "live": 1}); got != want {
		t.Errorf("afterwards: got %v, want %v", got, want)
	}
}

func TestGhostsAreReported(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "gone", "a", "b", "c")
	commandtest.Gearctl(t, "", "-s", addr, "raw", "drop function gone")
	servertest.SubmitCancelled(t, addr, "phantom")
	commandtest.Gearctl(t, "", "-s", addr, "queue", "create", "empty")
	const cause = `: 3 jobs belong to no queue .ghosts.: a queue was dropped while it had jobs(?s).*hint: only a restart of gearmand`
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--dry-run"), 4, `- +ghost +3 +- +3\n`, cause)
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--yes", "-o", "jsonl"), 4,
		`"queue":"phantom","state":"dropped"(?s).*"queue":null,"state":"ghost","jobs":3,"freed":0,"remaining":3`, cause)
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "gc"), 4, `ghost`, cause)
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "drop", "empty", "--yes"), 1, `^$`, cause)
}

// A job that arrives between the last status and the drop cannot be prevented, but it is reported.
func TestAJobThatArrivesAtTheDropIsReported(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"drop": {"queue", "drop", "q", "--yes"},
		"gc":   {"queue", "gc", "q", "--yes"},
	} {
		t.Run(name, func(t *testing.T) {
			addr := gearmandtest.Start(t)
			if name == "gc" {
				servertest.SubmitCancelled(t, addr, "q")
			} else {
				commandtest.Gearctl(t, "", "-s", addr, "queue", "create", "q")
			}
			between := relay(t, addr, "drop function q\r\n", func() { commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "late") })
			commandtest.WantMatch(t, commandtest.Gearctl(t, "", append([]string{"-s", between}, words...)...), 4, `q +dropped`, `: 1 job belongs to no queue`)
		})
	}
}

// relay is a server that forwards everything to addr, and calls f before it forwards the line.
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
				forward(client, server, func([]byte) {})
			})
			wg.Go(func() {
				defer server.Close()
				forward(server, client, func(b []byte) {
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

// forward copies until either side ends, and calls inspect for what it read.
func forward(to, from net.Conn, inspect func([]byte)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		inspect(buf[:n])
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

func TestQueueGCWhereShowJobsIsMissing(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.StartPerl(t)
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "gc", "--yes"), 1, `^$`, "has no `show jobs` .needs gearmand 1.1.6")
}

// Of two servers the good one is swept while the other lacks the command.
func TestQueueGCOnAMixedPair(t *testing.T) {
	t.Parallel()
	good, addr := servertest.Embedded(t), gearmandtest.StartPerl(t)
	servertest.SubmitCancelled(t, good, "p")
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", addr+","+good, "queue", "gc", "--yes"), 4, `p +dropped +1 +1 +0`, "has no `show jobs`")
}

// Between the question and the answer workers came to some queues, one was dropped, and others got jobs.
func TestQueueGCRechecksQueuesAfterTheQuestion(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for _, q := range []string{"dropped", "grown", "worked"} {
		servertest.SubmitCancelled(t, addr, q)
	}
	commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "gearctl_canary_used", "x")
	for _, q := range []string{"filled", "staffed"} {
		commandtest.Gearctl(t, "", "-s", addr, "queue", "create", q)
	}
	reads := 0
	var stops []func()
	between := relay(t, addr, "status\r\n", func() {
		if reads++; reads != 2 {
			return
		}
		for _, q := range []string{"worked", "staffed", "gearctl_canary_used"} {
			stop, err := servertest.Serve(addr, q, "stuck")
			if err != nil {
				t.Error(err)
				continue
			}
			stops = append(stops, stop)
		}
		commandtest.Gearctl(t, "", "-s", addr, "drain", "dropped", "--yes")
		commandtest.Gearctl(t, "", "-s", addr, "queue", "drop", "dropped", "--yes")
		commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "grown", "a", "b", "c", "d")
		commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "filled", "x")
	})
	got := commandtest.Gearctl(t, "", "-s", between, "queue", "gc", "--empty", "--yes", "-o", "template={{.queue}} {{.state}} {{.remaining}}")
	for _, stop := range stops {
		stop()
	}
	commandtest.WantMatch(t, got, 0, `^gearctl_canary_used changed 1\nfilled changed 1\nstaffed changed 0\ndropped changed 0\ngrown live 5\nworked changed [01]\n$`, ``)
}

// What was done before is printed.
func TestQueueGCReportsThatTheServerDied(t *testing.T) {
	t.Parallel()
	p := gearmandtest.StartProcess(t)
	servertest.SubmitCancelled(t, p.Addr, "a")
	servertest.SubmitCancelled(t, p.Addr, "b")
	between := relay(t, p.Addr, "drop function b\r\n", p.Kill)
	commandtest.WantMatch(t, commandtest.Gearctl(t, "", "-s", between, "queue", "gc", "--yes"), 4, `^[^\n]+\na +dropped +1 +1 +0\nb +swept +1 +1 +0\n$`, `^gearctl: drop function b 127[^\n]+: (the server closed the connection|connection reset by peer)\n`)
}

func TestQueueGCInterruptedStops(t *testing.T) {
	t.Parallel()
	addr := gearmandtest.Start(t)
	servertest.SubmitCancelled(t, addr, "a")
	servertest.SubmitCancelled(t, addr, "b")
	ctx, cancel := context.WithCancelCause(t.Context())
	between := relay(t, addr, "drop function a\r\n", func() { cancel(commandtest.Interrupted) })
	got := commandtest.GearctlContext(ctx, strings.NewReader(""), "-s", between, "queue", "gc", "--yes")
	commandtest.WantMatch(t, got, 130, `^[^\n]+\na +(swept|dropped) +1 +1 +0\n$`, `^gearctl: interrupted\n$`)
	if left := servertest.Totals(t, addr); left["b"] != 1 {
		t.Errorf("afterwards: got %v, want b as it was", left)
	}
}
