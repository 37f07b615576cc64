package proxy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// TestSoakProxyCrash kills the proxy, either gearmand and the network during a flow of jobs between two gearmands that
// keep their jobs in SQLite. Every job arrives, counted by unique key.
func TestSoakProxyCrash(t *testing.T) {
	t.Parallel()
	for _, disaster := range []struct {
		name   string
		strike func(*crashLab)
	}{
		{"proxy", (*crashLab).killProxy},
		{"source", func(l *crashLab) { l.killServer(l.from) }},
		{"target", func(l *crashLab) { l.killServer(l.to) }},
		{"network", (*crashLab).cutNetwork},
	} {
		t.Run(disaster.name, func(t *testing.T) {
			l := newProxyLab(t)
			for round := range commandtest.CrashRounds {
				l.round(fmt.Sprintf("q%d", round), disaster.strike)
			}
		})
	}
}

// proxiedJobs is how many jobs flow in a round.
func proxiedJobs() int {
	if commandtest.CrashRounds > 1 {
		return 50_000
	}
	return 3_000
}

// flowTime is how long the jobs of a round may be on their way.
const flowTime = (1 + commandtest.CrashRounds/5) * 30 * time.Second

// crashLab is two persistent gearmands, and a proxy process that reaches both through a network that can be cut.
type crashLab struct {
	testing.TB
	from, to     *gearmandtest.Process
	toFrom, toTo *cuttable
	spool        string
	struck       chan struct{} // closed when something was broken
	queue        string
	proxy        *exec.Cmd
	stderr       *outputBuffer
}

func newProxyLab(t testing.TB) *crashLab {
	l := &crashLab{TB: t, spool: t.TempDir()}
	l.from, l.to = servertest.PersistentGearmand(t), servertest.PersistentGearmand(t)
	l.toFrom, l.toTo = newCuttable(t, l.from.Addr), newCuttable(t, l.to.Addr)
	return l
}

// round lets jobs flow, strikes once at a random moment, and counts what arrives.
func (l *crashLab) round(queue string, strike func(*crashLab)) {
	l.Helper()
	l.queue = queue
	l.struck = make(chan struct{})
	l.startProxy()
	produced := make(chan error, 1)
	go func() { produced <- l.produce() }()
	moment := 1 + rand.Int64N(int64(proxiedJobs()/2))
	l.waitFor(l.to, func(total int64) bool { return total >= moment })
	strike(l)
	select {
	case err := <-produced:
		if err != nil {
			l.Fatal(err)
		}
	case <-time.After(flowTime):
		l.Fatalf("%s: after %v not all jobs are submitted", queue, flowTime)
	}
	l.waitFor(l.to, func(total int64) bool { return total >= int64(proxiedJobs()) })
	l.waitFor(l.from, func(total int64) bool { return total == 0 }) // what it handed out again came twice
	l.stopProxy()
	r := commandtest.Gearctl(l, "", "-s", l.to.Addr, "drain", queue, "--yes", "-o", "raw")
	seen := map[string]int{}
	for line := range strings.Lines(r.Stdout) {
		seen[line]++
	}
	if len(seen) != proxiedJobs() {
		l.Errorf("%s: %d of %d jobs arrived\n%s%s", queue, len(seen), proxiedJobs(), l.stderr, r.Stderr)
	}
	l.Logf("%s: struck after %d, %d jobs arrived, %d of them twice; the proxy said\n%s", queue, moment, len(seen), strings.Count(r.Stdout, "\n")-len(seen), l.stderr)
}

// produce submits jobs whose payload and unique key are a number of their own. What was not confirmed is sent again.
func (l *crashLab) produce() error {
	const chunk = 500
	deadline := time.Now().Add(flowTime)
	for n := 0; n < proxiedJobs(); n += chunk {
		var lines strings.Builder
		for i := range chunk {
			fmt.Fprintln(&lines, n+i)
		}
		if n >= proxiedJobs()/2 {
			<-l.struck // so that something flows afterwards
		}
		for {
			r := commandtest.Gearctl(l, lines.String(), "-s", l.from.Addr, "submit", "-b", "-l", l.queue, "--template", "--unique", l.queue+"-{{.Line}}", "-q")
			if r.Code == commandtest.ExitOK {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("the source takes no jobs: %s", r.Stderr)
			}
		}
	}
	return nil
}

// waitFor waits until enough likes how many jobs the queue of a server holds.
func (l *crashLab) waitFor(p *gearmandtest.Process, enough func(total int64) bool) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), flowTime)
	defer cancel()
	last := int64(-1)
	for tick := time.NewTicker(5 * time.Millisecond); ctx.Err() == nil; <-tick.C {
		wire.WithConn(ctx, new(wire.Dialer), p.Addr, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
			list, err := c.Status(ctx)
			if err != nil {
				return struct{}{}, err
			}
			last = 0
			for _, q := range list.Rows {
				if q.Function == l.queue {
					last = q.Total
				}
			}
			return struct{}{}, nil
		})
		if last >= 0 && enough(last) {
			return
		}
	}
	l.Fatalf("%s on %s: %d jobs; the proxy says\n%s", l.queue, p.Addr, last, l.stderr)
}

func (l *crashLab) startProxy() {
	l.Helper()
	l.stderr = &outputBuffer{}
	l.proxy = exec.Command(commandtest.Program(l), "proxy", "--route", l.toFrom.Addr()+"/"+l.queue+"="+l.toTo.Addr()+"/"+l.queue, "--spool", l.spool, "--timeout", "2s")
	l.proxy.Stderr = l.stderr
	if err := l.proxy.Start(); err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { l.proxy.Process.Kill() })
}

func (l *crashLab) stopProxy() {
	l.Helper()
	l.stderr.wait(l, "spool") // resolvePaths then on it knows signals
	l.proxy.Process.Signal(syscall.SIGTERM)
	var err error
	waittest.Return(l, "the proxy ends after SIGTERM", func() { err = l.proxy.Wait() })
	if err != nil {
		l.Errorf("%s: the proxy ended with %v: %s", l.queue, err, l.stderr)
	}
}

func (l *crashLab) killProxy() {
	l.proxy.Process.Kill()
	close(l.struck)
	l.proxy.Wait()
	l.startProxy()
}

func (l *crashLab) killServer(p *gearmandtest.Process) {
	p.Kill()
	close(l.struck)
	l.stderr.wait(l, "retrying")
	p.Restart(l)
}

func (l *crashLab) cutNetwork() {
	l.toTo.cut()
	l.toFrom.cut()
	close(l.struck)
	l.stderr.wait(l, "retrying")
	l.toTo.mend()
	l.toFrom.mend()
}

// outputBuffer is what a proxy wrote to stderr.
type outputBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *outputBuffer) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(b)
}

func (w *outputBuffer) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// wait returns when text was written.
func (w *outputBuffer) wait(t testing.TB, text string) {
	t.Helper()
	over := time.After(servertest.Timeout)
	for tick := time.NewTicker(5 * time.Millisecond); !strings.Contains(w.String(), text); {
		select {
		case <-tick.C:
		case <-over:
			t.Fatalf("waited %v until the proxy says %q, but it said %s", servertest.Timeout, text, w)
		}
	}
}

// cuttable is a network to an address that can be cut: connections end, and new ones too.
type cuttable struct {
	l     net.Listener
	to    string
	mu    sync.Mutex
	down  bool
	conns []net.Conn
}

func newCuttable(t testing.TB, to string) *cuttable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &cuttable{l: l, to: to}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { f.carry(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		f.cut()
		wg.Wait()
	})
	return f
}

func (f *cuttable) Addr() string { return f.l.Addr().String() }

func (f *cuttable) carry(c net.Conn) {
	defer c.Close()
	server, err := net.Dial("tcp", f.to)
	if err != nil {
		return
	}
	defer server.Close()
	if !f.add(c, server) {
		return
	}
	done := make(chan error, 2)
	for _, pair := range [][2]net.Conn{{c, server}, {server, c}} {
		go func() {
			_, err := io.Copy(pair[0], pair[1])
			done <- err
		}()
	}
	err = <-done
	c.Close()
	server.Close()
	errors.Join(err, <-done)
}

func (f *cuttable) add(conns ...net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns = append(f.conns, conns...)
	return !f.down
}

func (f *cuttable) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = true
	for _, c := range f.conns {
		c.Close()
	}
	f.conns = nil
}

func (f *cuttable) mend() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = false
}
