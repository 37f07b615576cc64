package commands_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/waittest"
)

// recorder is a relay in front of a server that keeps what each connection declares and asks.
type recorder struct {
	testing.TB
	net.Listener
	to string

	mu       sync.Mutex
	declared [][]string // functions that each connection declared
	timed    int        // of them, with a time limit of the server's
	asked    []string   // admin lines
	wg       sync.WaitGroup
	clients  sync.WaitGroup // connections that the other side has not closed
}

// record starts a recorder in front of a server; it ends with the test.
func record(t testing.TB, to string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t, Listener: l, to: to}
	r.wg.Go(r.accept)
	t.Cleanup(func() {
		l.Close()
		waittest.Return(t, "the connections of the recorder end", r.wg.Wait)
	})
	return r
}

func (r *recorder) addr() string { return r.Addr().String() }

func (r *recorder) accept() {
	for {
		client, err := r.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.to)
		if err != nil {
			client.Close()
			continue
		}
		r.mu.Lock()
		n := len(r.declared)
		r.declared = append(r.declared, nil)
		r.mu.Unlock()
		r.clients.Go(func() { r.requests(n, client, server) })
		r.wg.Go(func() {
			io.Copy(client, server)
			client.Close()
		})
	}
}

// requests passes on what a client sends, and reads it.
func (r *recorder) requests(n int, client, server net.Conn) {
	defer server.Close()
	in := wire.NewReader(io.TeeReader(client, server))
	for {
		isPacket, err := in.NextIsPacket()
		if err != nil {
			return
		}
		if !isPacket {
			line, err := in.ReadLine()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.asked = append(r.asked, string(line))
			r.mu.Unlock()
			continue
		}
		p, _, err := in.ReadPacket()
		if err != nil {
			return
		}
		if p.Type == wire.CanDo || p.Type == wire.CanDoTimeout {
			r.mu.Lock()
			if p.Type == wire.CanDoTimeout {
				r.timed++
			}
			if f := string(p.Arg(0)); !slices.Contains(r.declared[n], f) {
				r.declared[n] = append(r.declared[n], f)
			}
			r.mu.Unlock()
		}
	}
}

// most returns the functions of the connection that declared most, and how many connections declared any, when all
// connections are closed.
func (r *recorder) most() (functions []string, connections int) {
	waittest.Return(r, "all connections are closed", r.clients.Wait)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, list := range r.declared {
		if len(list) > 0 {
			connections++
		}
		if len(list) > len(functions) {
			functions = list
		}
	}
	return functions, connections
}

// askedFor returns how often an admin command was sent, when all connections are closed.
func (r *recorder) askedFor(command string) (n int) {
	waittest.Return(r, "all connections are closed", r.clients.Wait)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.asked {
		if strings.TrimRight(line, "\r") == command {
			n++
		}
	}
	return n
}

// wantOneFunction fails when a connection declared a second function, or when there were other than so many of them.
func wantOneFunction(t *testing.T, r *recorder, connections int) {
	t.Helper()
	functions, n := r.most()
	if len(functions) != 1 || connections > 0 && n != connections {
		t.Errorf("%d connections take jobs, want %d; one declares %q", n, connections, functions)
	}
}

func TestWorkHasAConnectionForEachQueue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args        string
		connections int
	}{
		{"a b c a --count 6 -- cat", 3},
		{"a b c --count 6 --parallel 3 -- cat", 0},
		{"a b --count 4 --job-timeout 10s -- cat", 2},
		{"a b --count 4 --job-timeout 10s --server-timeout -- cat", 0},
		{"a b a --count 4", 0}, // those that take what waits, and those that serve what is left
		{"a --count 2", 1},
	} {
		t.Run(c.args, func(t *testing.T) {
			r := record(t, servertest.OfVersion(t, "2.0.0"))
			for _, q := range []string{"a", "b", "c"} {
				servertest.Submit(t, r.to, q, "x")
				servertest.Submit(t, r.to, q, "y")
			}
			got := commandtest.Gearctl(t, "", append([]string{"work", "-s", r.addr()}, strings.Fields(c.args)...)...)
			if got.Code != commandtest.ExitOK {
				t.Errorf("%+v", got)
			}
			wantOneFunction(t, r, c.connections)
			if want := strings.Contains(c.args, "--server-timeout"); (r.timed > 0) != want {
				t.Errorf("%d job time-outs declared, which servers do not bear; asked for: %v", r.timed, want)
			}
		})
	}
}

func TestCheckWorkHasAConnectionForEachQueue(t *testing.T) {
	t.Parallel()
	r := record(t, servertest.OfVersion(t, "2.0.0"))
	w := commandtest.StartCheckWorker(t, r.addr(), "service", "--no-encryption", "--hosts", "--services", "--hostgroup", "a,a", "--parallel", "2")
	servertest.Until(t, "it serves all", func() bool {
		return servertest.Queue(t, r.to, "hostgroup_a").Workers+servertest.Queue(t, r.to, "host").Workers+servertest.Queue(t, r.to, "worker_lab").Workers == 3
	})
	w.Stop()
	wantOneFunction(t, r, 4)
}

// Up to gearmand 1.1.22 queues may share connections where there may not be one for each; from 2.0.0, and where nobody
// knows, that is refused before anything is declared.
func TestQueuesBeyondTheConnections(t *testing.T) {
	t.Parallel()
	for version, may := range map[string]bool{"0.33": true, "1.1.22": true, "2.0.0": false, "2.0.1": false, "v1.130.1": false, "test": false} {
		for _, command := range []string{
			"work a b c --max-connections 2 --count 3 -- cat",
			"work a b c --max-connections 2 --count 3",
			"check work --no-encryption --allow-root --queue a --queue b --queue c --max-connections 3 --count 1",
		} {
			t.Run(fmt.Sprint(version, " ", command), func(t *testing.T) {
				r := record(t, servertest.OfVersion(t, version))
				for _, q := range []string{"a", "b", "c"} {
					servertest.Submit(t, r.to, q, "type=host\nhost_name=h\ncommand_line=/bin/true\n")
				}
				got := commandtest.Gearctl(t, "", append([]string{"-s", r.addr()}, strings.Fields(command)...)...)
				_, connections := r.most()
				switch {
				case may && (got.Code != commandtest.ExitOK || connections > 3 || !strings.Contains(got.Stderr, "3 queues share 2 connections (--max-connections)")):
					t.Errorf("%d connections, %+v", connections, got)
				case !may && (got.Code != commandtest.ExitUsage || connections > 0 || !strings.Contains(got.Stderr, "LimitNOFILE") || !strings.Contains(got.Stderr, "hint: add --max-connections ")):
					t.Errorf("%d connections, %+v", connections, got)
				}
			})
		}
	}
}

// A long queue does not keep the job of another from being done: with one command at a time they take turns.
func TestALongQueueLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		const jobs = 60
		for range jobs {
			servertest.Submit(t, addr, "long", "x")
		}
		servertest.Submit(t, addr, "short", "x")
		order := filepath.Join(t.TempDir(), "order")
		got := commandtest.Gearctl(t, "", "-s", addr, "work", "short", "long", "--count", fmt.Sprint(jobs+1), "--", "sh", "-c", `echo $GEARMAN_FUNCTION >>"$0"`, order)
		b, err := os.ReadFile(order)
		if err != nil || got.Code != commandtest.ExitOK {
			t.Fatal(err, got)
		}
		if at := slices.Index(strings.Fields(string(b)), "short"); at < 0 || at > 10 {
			t.Errorf("the job of the short queue was number %d", at)
		}
	})
}

// eachCommand are commands that take jobs or look at queues, and how often they ask prioritystatus.
var eachCommand = []struct {
	args  string
	asked int
}{
	{"drain a b --yes", 0},
	{"drain a b --yes --to -", 1},
	{"drain a b --yes --to - --priorities=lose", 0},
	{"drain a --yes --match unique=x --to -", 1},
	{"drain a --yes -o raw --max 1", 0},
	{"move a b --yes", 1},
	{"move a b --yes --priority low", 0},
	{"move a b --yes --priorities lose", 0},
	{"move a b --yes --copy", 1},
	{"peek a", 0},
	{"peek a --rotate --max 1", 0},
	{"queue gc --yes --empty", 0},
	{"job cancel H:none:1 --yes", 0},
	{"result tail a --once --no-encryption --yes", 0},
	{"status", 0},
	{"status --priority", 1},
	{"workers --wide", 0},
	{"jobs", 0},
	{"health", 0},
	{"health --stalled 10ms", 0},
	{"health a --end-to-end --no-encryption --timeout 1s", 0},
	{"health --priorities --low-warning 5", 1},
	{"exporter --textfile -", 0},
	{"exporter --textfile - --priorities", 1},
	{"top --batch 1 -o csv", 0},
	{"top --batch 1 -o csv --priorities", 1},
	{"ping --count 1", 0},
	{"check service h s --no-encryption --queue a --command /bin/true --wait 50ms", 0},
}

// TestNoConnectionServesTwo is the guard for gearmand 2.0.0, where several functions of a connection make the server
// stand still, and for prioritystatus, which can stop any release.
func TestNoConnectionServesTwo(t *testing.T) {
	t.Parallel()
	for _, c := range eachCommand {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			r := record(t, servertest.OfVersion(t, "2.0.0"))
			for _, q := range []string{"a", "b", "c"} {
				servertest.Submit(t, r.to, q, "x")
				servertest.Submit(t, r.to, q, "y")
			}
			got := commandtest.Gearctl(t, "", append([]string{"-s", r.addr()}, strings.Fields(c.args)...)...)
			if strings.Contains(got.Stderr, "--help") { // the hint of a line that cannot be read
				t.Error(got)
			}
			if functions, _ := r.most(); len(functions) > 1 {
				t.Errorf("a connection declares %q", functions)
			}
			if n := r.askedFor("prioritystatus"); n != c.asked {
				t.Errorf("prioritystatus was asked %d times, want %d", n, c.asked)
			}
		})
	}
}

func TestAProxyServesOneQueueOnAConnection(t *testing.T) {
	t.Parallel()
	from, to := record(t, servertest.OfVersion(t, "2.0.0")), record(t, servertest.OfVersion(t, "2.0.0"))
	p := commandtest.StartProxy(t, "--spool", t.TempDir(), "--status-queue", from.addr()+"/state",
		"--route", from.addr()+"/a="+to.addr()+"/a", "--route", from.addr()+"/b="+to.addr()+"/b", "--route", to.addr()+"/c="+from.addr()+"/c")
	servertest.Submit(t, from.to, "a", "x")
	servertest.Submit(t, from.to, "b", "x")
	servertest.Submit(t, to.to, "c", "x")
	servertest.WaitTotal(t, to.to, "a", 1)
	servertest.WaitTotal(t, to.to, "b", 1)
	servertest.WaitTotal(t, from.to, "c", 1)
	p.Stop(t)
	wantOneFunction(t, from, 0)
	wantOneFunction(t, to, 0)
}
