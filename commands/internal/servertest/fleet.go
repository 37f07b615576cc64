package servertest

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

// FleetOptions says which servers StartFleet starts. Functions that are nil return nothing.
type FleetOptions struct {
	Network *Network // in memory; nil: loopback
	Servers int
	Queues  int // of each server: see FleetQueue

	Silent int           // of Servers, the last ones: they accept and never answer
	Slow   int           // of Servers, those before the silent ones: they answer late
	Delay  time.Duration // of each answer of the slow ones; 0: until Fleet.Release is called

	Waiting func(server, queue int) int // how many jobs wait
	Workers func(server, queue int) int // how many connections serve the queue
	Version func(server int) string     // empty: that of jobserver
}

// Fleet is many embedded servers.
type Fleet struct {
	Servers []FleetServer
	release chan struct{}
}

// FleetServer is one of them. Name is that of its context: gm000, gm001 and so on.
type FleetServer struct {
	Name, Addr   string
	Labels       map[string]string // site: berlin, munich, paris or rome, in turn; stage: prod, or test for every fifth
	Silent, Slow bool
}

// FleetQueue is the name of a queue of every server: queue0000, queue0001 and so on.
func FleetQueue(n int) string { return fmt.Sprintf("queue%04d", n) }

// StartFleet starts embedded servers until the test ends. When it returns, their queues, jobs and workers are known.
func StartFleet(t testing.TB, o FleetOptions) *Fleet {
	t.Helper()
	f := &Fleet{release: make(chan struct{})}
	for i := range o.Servers {
		s := FleetServer{Name: fmt.Sprintf("gm%03d", i), Labels: map[string]string{
			"site":  []string{"berlin", "munich", "paris", "rome"}[i%4],
			"stage": "prod",
		}}
		if i%5 == 4 {
			s.Labels["stage"] = "test"
		}
		s.Silent = i >= o.Servers-o.Silent
		s.Slow = !s.Silent && i >= o.Servers-o.Silent-o.Slow
		f.Servers = append(f.Servers, s)
		f.start(t, o, i)
	}
	return f
}

// Release lets the slow servers answer as the others do.
func (f *Fleet) Release() { close(f.release) }

// Addrs returns the addresses, in order.
func (f *Fleet) Addrs() []string {
	addrs := make([]string, len(f.Servers))
	for i, s := range f.Servers {
		addrs[i] = s.Addr
	}
	return addrs
}

// Contexts returns a file of contexts: one for each server, and the group fleet of all of them.
func (f *Fleet) Contexts() string {
	var b strings.Builder
	b.WriteString("contexts:\n")
	var names []string
	for _, s := range f.Servers {
		fmt.Fprintf(&b, "  %s: {servers: '%s', labels: {site: %s, stage: %s}}\n", s.Name, s.Addr, s.Labels["site"], s.Labels["stage"])
		names = append(names, s.Name)
	}
	fmt.Fprintf(&b, "  fleet: {group: [%s]}\n", strings.Join(names, ", "))
	return b.String()
}

func (f *Fleet) start(t testing.TB, o FleetOptions, i int) {
	t.Helper()
	s := &f.Servers[i]
	l, dial := f.listen(t, o.Network, s)
	if s.Silent {
		serveSilence(t, l)
		return
	}
	slow := &slowListener{Listener: l, delay: o.Delay, release: f.release}
	so := jobserver.Options{HandlePrefix: "H:" + s.Name}
	if o.Version != nil {
		so.Version = o.Version(i)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- jobserver.New(so).Serve(ctx, slow) }()
	t.Cleanup(func() {
		cancel()
		waittest.Receive(t, s.Name+" ends", served)
	})
	populate(t, dial, i, o)
	slow.active.Store(s.Slow)
}

// listen sets the address of a server and returns how it is reached.
func (f *Fleet) listen(t testing.TB, n *Network, s *FleetServer) (net.Listener, func() (net.Conn, error)) {
	t.Helper()
	if n != nil {
		s.Addr = s.Name + ":4730"
		l := newMemListener()
		n.listen(s.Addr, l)
		return l, func() (net.Conn, error) { return n.Dial(t.Context(), "tcp", s.Addr) }
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = l.Addr().String()
	return l, func() (net.Conn, error) { return net.Dial("tcp", s.Addr) }
}

// populate makes the queues, jobs and workers of a server. The workers stay until the test ends.
func populate(t testing.TB, dial func() (net.Conn, error), server int, o FleetOptions) {
	t.Helper()
	var create strings.Builder
	var jobs []byte
	serving := [][]byte{} // what each worker sends
	for q := range o.Queues {
		name := []byte(FleetQueue(q))
		fmt.Fprintf(&create, "create function %s\n", name)
		if o.Waiting != nil {
			for n := range o.Waiting(server, q) {
				jobs = wire.AppendRequest(jobs, wire.SubmitJobBG, name, fmt.Appendf(nil, "%s-%d", name, n), []byte("job"))
			}
		}
		if o.Workers == nil {
			continue
		}
		for n := range o.Workers(server, q) {
			if n == len(serving) {
				serving = append(serving, wire.AppendRequest(nil, wire.SetClientID, fmt.Appendf(nil, "worker%d", n)))
			}
			serving[n] = wire.AppendRequest(serving[n], wire.CanDo, name)
		}
	}
	conn := func() net.Conn {
		c, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	c := conn()
	defer c.Close()
	go io.WriteString(c, create.String())
	r := wire.NewReader(c)
	for range o.Queues {
		if line, err := r.ReadLine(); err != nil || string(line) != "OK" {
			t.Fatalf("create function: %q, %v", line, err)
		}
	}
	echoed(t, c, r, jobs)
	for _, b := range serving {
		c := conn()
		echoed(t, c, wire.NewReader(c), b)
	}
}

// echoed sends requests and waits until the server has handled them.
func echoed(t testing.TB, c net.Conn, r *wire.Reader, requests []byte) {
	t.Helper()
	go c.Write(wire.AppendRequest(requests, wire.EchoReq, []byte("done")))
	for {
		p, _, err := r.ReadPacket()
		if err != nil {
			t.Fatal(err)
		}
		if p.Type == wire.EchoRes {
			return
		}
	}
}

// serveSilence accepts connections and never answers until the test ends.
func serveSilence(t testing.TB, l net.Listener) {
	var mu sync.Mutex
	var conns []net.Conn
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			wg.Go(func() { io.Copy(io.Discard, c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
}

// slowListener delays what the server writes to connections that are accepted while active.
type slowListener struct {
	net.Listener
	active  atomic.Bool
	delay   time.Duration
	release <-chan struct{}
}

func (l *slowListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil && l.active.Load() {
		c = &slowConn{Conn: c, l: l, closed: make(chan struct{})}
	}
	return c, err
}

type slowConn struct {
	net.Conn
	l      *slowListener
	once   sync.Once
	closed chan struct{}
}

func (c *slowConn) Write(p []byte) (int, error) {
	var late <-chan time.Time
	if c.l.delay > 0 {
		late = time.After(c.l.delay)
	}
	select {
	case <-late:
	case <-c.l.release:
	case <-c.closed:
	}
	return c.Conn.Write(p)
}

func (c *slowConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
