package jobserver_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

// pipeListener returns in-memory connections, which buffer nothing: what their client does not read the server holds.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// startPiped serves an embedded server over pipes until the test ends and returns a function that connects to it.
func startPiped(t *testing.T, o jobserver.Options) (dial func() net.Conn) {
	t.Helper()
	l := &pipeListener{make(chan net.Conn), make(chan struct{})}
	s := jobserver.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := waittest.Receive(t, "Serve returns", served); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return func() net.Conn {
		ours, theirs := net.Pipe()
		l.conns <- theirs
		ours.SetDeadline(time.Now().Add(2 * patience))
		t.Cleanup(func() { ours.Close() })
		return ours
	}
}

// logged collects a log and lets a test wait for a line.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func newLogged() *logged { return &logged{more: make(chan struct{}, 1)} }

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	l.text.Write(b)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (l *logged) await(t *testing.T, want string) {
	t.Helper()
	late := time.After(patience)
	for {
		l.mu.Lock()
		text := l.text.String()
		l.mu.Unlock()
		if strings.Contains(text, want) {
			return
		}
		select {
		case <-l.more:
		case <-late:
			t.Fatalf("log: got %q, want a line with %q", text, want)
		}
	}
}

func storeJobs(t *testing.T, nc net.Conn, n int) {
	t.Helper()
	r := wire.NewReader(nc)
	for range n {
		nc.Write(wire.AppendRequest(nil, wire.SubmitJobBG, []byte("q"), nil, []byte("x")))
		if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.JobCreated {
			t.Fatalf("submit: got %v, %v", p.Type, err)
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Twenty clients ask for far more than they read. The server makes a list only as fast as it is read, serves others
// meanwhile, and in the end gives each client all that it asked for.
func TestListsAreMadeAsTheyAreRead(t *testing.T) {
	const jobs, clients, lists = 10_000, 20, 20
	dial := startPiped(t, jobserver.Options{HandlePrefix: "H:a"})
	storeJobs(t, dial(), jobs)
	before := heap()
	var greedy []net.Conn
	for range clients {
		nc := dial()
		if _, err := nc.Write([]byte(strings.Repeat("show jobs\n", lists))); err != nil {
			t.Fatalf("ask: %v", err)
		}
		greedy = append(greedy, nc)
	}
	other := dial()
	ask(t, other, "version\r\n", "OK "+jobserver.DefaultVersion+"\n")
	if grown := int64(heap() - before); grown > 20<<20 {
		t.Errorf("memory: %d bytes more for %d clients that read nothing, want at most 1 MiB each", grown, clients)
	}
	want := jobserverList(jobs)
	for _, nc := range greedy[:3] {
		got := make([]byte, len(want))
		for i := range lists {
			if _, err := io.ReadFull(nc, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("list %d: %v, or it is not the list of all jobs", i, err)
			}
		}
	}
}

func jobserverList(jobs int) []byte {
	var b []byte
	for i := range jobs {
		b = fmt.Appendf(b, "H:a:%d\t0\t0\t1\n", i+1)
	}
	return append(b, ".\n"...)
}

// A list shows what is there when its rows are made, and packets for its client follow it.
func TestAListIsNotInterrupted(t *testing.T) {
	const jobs = 40_000
	dial := startPiped(t, jobserver.Options{HandlePrefix: "H:a"})
	storeJobs(t, dial(), jobs)
	client := dial()
	r := wire.NewReader(client)
	client.Write(wire.AppendRequest(nil, wire.SubmitJob, []byte("f"), nil, nil))
	if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.JobCreated {
		t.Fatalf("submit: got %v, %v", p.Type, err)
	}
	client.Write([]byte("show jobs\n"))
	if _, err := r.ReadLine(); err != nil {
		t.Fatalf("first row: %v", err)
	}
	worker := dial()
	var work []byte
	work = wire.AppendRequest(work, wire.CanDo, []byte("f"))
	work = wire.AppendRequest(work, wire.GrabJob)
	work = wire.AppendRequest(work, wire.WorkComplete, fmt.Appendf(nil, "H:a:%d", jobs+1), []byte("done"))
	work = wire.AppendRequest(work, wire.EchoReq, nil)
	worker.Write(work)
	w := wire.NewReader(worker)
	for _, want := range []wire.Type{wire.JobAssign, wire.EchoRes} {
		if p, _, err := w.ReadPacket(); err != nil || p.Type != want {
			t.Fatalf("worker: got %v, %v, want %v", p.Type, err, want)
		}
	}
	rows := 1
	for {
		line, err := r.ReadLine()
		if err != nil {
			t.Fatalf("row %d: %v", rows, err)
		}
		if string(line) == "." {
			break
		}
		rows++
	}
	if rows != jobs {
		t.Errorf("list: got %d rows, want %d: the job that was done before its row was made is not listed", rows, jobs)
	}
	if p, _, err := r.ReadPacket(); err != nil || p.Type != wire.WorkComplete || string(p.Arg(1)) != "done" {
		t.Errorf("after the list: got %v, %v, want the result", p, err)
	}
}

func TestAClientThatReadsNothingIsDisconnected(t *testing.T) {
	log := newLogged()
	dial := startPiped(t, jobserver.Options{Log: log.logger(), ClientTimeout: 50 * time.Millisecond})
	nc := dial()
	nc.Write([]byte("version\n"))
	log.await(t, "its client stopped")
	if _, err := io.ReadAll(nc); isTimeout(err) {
		t.Errorf("read: %v, want the end", err)
	}
}

func TestAClientThatStopsInsideAPacketIsDisconnected(t *testing.T) {
	log := newLogged()
	dial := startPiped(t, jobserver.Options{Log: log.logger(), ClientTimeout: 50 * time.Millisecond})
	nc := dial()
	nc.Write(wire.AppendRequest(nil, wire.EchoReq, make([]byte, 1000))[:500])
	log.await(t, "its client stopped")
	if _, err := io.ReadAll(nc); isTimeout(err) {
		t.Errorf("read: %v, want the end", err)
	}
}

// A worker sends results to a client that reads no more than the handle.
func TestResultsForAClientThatReadsNothingAreBounded(t *testing.T) {
	log := newLogged()
	dial := startPiped(t, jobserver.Options{Log: log.logger(), HandlePrefix: "H:a", MaxPending: 1 << 20})
	client, worker := dial(), dial()
	client.Write(wire.AppendRequest(nil, wire.SubmitJob, []byte("f"), nil, nil))
	if p, _, err := wire.NewReader(client).ReadPacket(); err != nil || p.Type != wire.JobCreated {
		t.Fatalf("submit: got %v, %v", p.Type, err)
	}
	worker.Write(wire.AppendRequest(wire.AppendRequest(nil, wire.CanDo, []byte("f")), wire.GrabJob))
	if p, _, err := wire.NewReader(worker).ReadPacket(); err != nil || p.Type != wire.JobAssign {
		t.Fatalf("grab: got %v, %v", p.Type, err)
	}
	part := wire.AppendRequest(nil, wire.WorkData, []byte("H:a:1"), make([]byte, 200_000))
	for range 10 {
		if _, err := worker.Write(part); err != nil {
			t.Fatalf("work: %v", err)
		}
	}
	log.await(t, "its client does not read")
}

// Long requests take turns, so that unfinished ones cannot take all memory.
func TestLongRequestsTakeTurns(t *testing.T) {
	const size = 3 << 20
	dial := startPiped(t, jobserver.Options{MaxPacket: size, MaxBuffered: size})
	echo := wire.AppendRequest(nil, wire.EchoReq, make([]byte, size))
	first, second := dial(), dial()
	first.Write(echo[:size/2])
	sent := make(chan error, 1)
	go func() {
		_, err := second.Write(echo)
		sent <- err
	}()
	select {
	case err := <-sent:
		t.Fatalf("the second request was read whole (%v) while the first was not finished", err)
	case <-time.After(100 * time.Millisecond):
	}
	ask(t, dial(), "version\r\n", "OK "+jobserver.DefaultVersion+"\n")
	first.Write(echo[size/2:])
	for _, nc := range []net.Conn{first, second} {
		if p, _, err := wire.NewReader(nc).ReadPacket(); err != nil || len(p.Arg(0)) != size {
			t.Fatalf("echo: got %d bytes, %v", len(p.Arg(0)), err)
		}
	}
	if err := waittest.Receive(t, "the second request was read", sent); err != nil {
		t.Errorf("second request: %v", err)
	}
}

func TestJobsOverTheLimitAreRefused(t *testing.T) {
	_, addr := start(t, jobserver.Options{HandlePrefix: "H:a", MaxStored: 100_000})
	nc := connect(t, addr)
	nc.SetDeadline(time.Now().Add(patience))
	r := wire.NewReader(nc)
	next := func(want wire.Type, request []byte) wire.Packet {
		t.Helper()
		nc.Write(request)
		p, _, err := r.ReadPacket()
		if err != nil || p.Type != want {
			t.Fatalf("got %v, %v, want %v", p, err, want)
		}
		return p
	}
	submit := wire.AppendRequest(nil, wire.SubmitJobBG, []byte("q"), nil, make([]byte, 60_000))
	next(wire.JobCreated, submit)
	next(wire.JobCreated, submit)
	if p := next(wire.Error, submit); string(p.Arg(0)) != "QUEUE_ERROR" {
		t.Errorf("refusal: got %q, want QUEUE_ERROR", p.Arg(0))
	}
	nc.Write(wire.AppendRequest(nil, wire.CanDo, []byte("q")))
	next(wire.JobAssign, wire.AppendRequest(nil, wire.GrabJob))
	nc.Write(wire.AppendRequest(nil, wire.WorkComplete, []byte("H:a:1"), nil))
	next(wire.JobCreated, submit)
}

// TestJobsThatAreDoneTakeNothing: neither they nor the clients that waited for them count towards the limit.
func TestJobsThatAreDoneTakeNothing(t *testing.T) {
	_, addr := start(t, jobserver.Options{HandlePrefix: "H:a", MaxStored: 20_000})
	nc := connect(t, addr)
	nc.SetDeadline(time.Now().Add(patience))
	r := wire.NewReader(nc)
	nc.Write(wire.AppendRequest(nil, wire.CanDo, []byte("q")))
	for n := 1; n <= 300; n++ {
		nc.Write(wire.AppendRequest(nil, wire.SubmitJob, []byte("q"), nil, nil))
		nc.Write(wire.AppendRequest(nil, wire.GrabJob))
		nc.Write(wire.AppendRequest(nil, wire.WorkComplete, fmt.Appendf(nil, "H:a:%d", n), nil))
		for _, want := range []wire.Type{wire.JobCreated, wire.JobAssign, wire.WorkComplete} {
			if p, _, err := r.ReadPacket(); err != nil || p.Type != want {
				t.Fatalf("job %d: got %v, %v, want %v", n, p, err, want)
			}
		}
	}
}
