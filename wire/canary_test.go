package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// canaryPrefix begins the names of canary queues when the Dialer names no Program.
const canaryPrefix = "wire_canary_"

// canaries returns the status of the queues of canaries.
func canaries(t *testing.T, c *wire.Conn) []wire.FunctionStatus {
	t.Helper()
	l, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(l.Rows, func(f wire.FunctionStatus) bool { return !strings.HasPrefix(f.Function, canaryPrefix) })
}

func TestProveReturns(t *testing.T) {
	for retries, cases := range map[int]map[int]error{ // by releases
		0: {0: nil, 1: nil, 3: nil},
		1: {0: nil, 1: wire.ErrDestroysJobs, 2: wire.ErrDestroysJobs},
		3: {2: nil, 3: wire.ErrDestroysJobs, 5: wire.ErrDestroysJobs},
	} {
		prove := func(t *testing.T, addr string) {
			fill(t, addr, "bystander", 3)
			c := dial(t, &wire.Dialer{}, addr)
			before := jobsOf(t, c)
			for releases, want := range cases {
				if err := c.CheckRelease(t.Context(), releases); !errors.Is(err, want) {
					t.Errorf("%d releases: got %v, want %v", releases, err, want)
				}
			}
			if left := canaries(t, c); len(left) > 0 {
				t.Errorf("left behind: %+v", left)
			}
			if diff := cmp.Diff(before, jobsOf(t, c)); diff != "" {
				t.Errorf("jobs of others, -before +after\n%s", diff)
			}
		}
		t.Run(fmt.Sprint("embedded with job-retries ", retries), func(t *testing.T) {
			prove(t, embedded(t, jobserver.Options{JobRetries: retries}))
		})
		t.Run(fmt.Sprint("gearmand with job-retries ", retries), func(t *testing.T) {
			prove(t, gearmandtest.Start(t, fmt.Sprint("--job-retries=", retries)))
		})
	}
}

// More releases than are in flight at once.
func TestProveManyReturns(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		c := dial(t, &wire.Dialer{}, addr)
		if err := c.CheckRelease(t.Context(), 2500); err != nil {
			t.Error(err)
		}
		if left := canaries(t, c); len(left) > 0 {
			t.Errorf("left behind: %+v", left)
		}
	})
}

func TestProveReturnsOnAPersistentServer(t *testing.T) {
	addr := gearmandtest.Start(t, "--queue-type=libsqlite3", "--libsqlite3-db="+filepath.Join(t.TempDir(), "jobs.db"))
	c := dial(t, &wire.Dialer{}, addr)
	if err := c.CheckRelease(t.Context(), 3); err != nil {
		t.Error(err)
	}
	if jobs := jobsOf(t, c); len(jobs) > 0 {
		t.Errorf("left behind: %v", jobs)
	}
}

// A proof that is cut short leaves a job that the server abandons: it is removed on another connection.
func TestAProofCutShortRemovesItsQueue(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := dial(t, &wire.Dialer{
			Trace: func(e wire.Event) {
				if strings.HasPrefix(e.Text, "JOB_ASSIGN") {
					cancel(errDisk)
				}
			},
			Leftover: func(server, queue string) { t.Errorf("%s is said to stay on %s", queue, server) },
		}, addr)
		if err := c.CheckRelease(ctx, 2); err != errDisk {
			t.Errorf("got %v, want %v alone", err, errDisk)
		}
		other := dial(t, &wire.Dialer{}, addr)
		if left, jobs := canaries(t, other), jobsOf(t, other); len(left)+len(jobs) > 0 {
			t.Errorf("left behind: %+v, %+v", left, jobs)
		}
	})
}

// What cannot be removed is reported, unless the server is gone, and its foreground jobs with it.
func TestAQueueThatStaysIsReported(t *testing.T) {
	for name, c := range map[string]struct {
		again error // of the second connection
		want  string
	}{
		"cut off": {syscall.EHOSTUNREACH, "mock:4730 " + canaryPrefix},
		"gone":    {syscall.ECONNREFUSED, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := play(t, ignoresTheRest)
			once := d.NetDial
			d.NetDial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if once == nil {
					return nil, c.again
				}
				defer func() { once = nil }()
				return once(ctx, network, addr)
			}
			var left []string
			d.Leftover = func(server, queue string) {
				left = append(left, server+" "+strings.TrimRight(queue, "0123456789abcdef-"))
			}
			d.Timeout = short
			if _, err := dial(t, d, "mock:4730").HighWaterMark(t.Context()); !errors.Is(err, wire.ErrSilent) {
				t.Errorf("got %v, want silence", err)
			}
			if got := strings.Join(left, ", "); got != c.want {
				t.Errorf("reported: %q, want %q", got, c.want)
			}
		})
	}
}

// fliesOnce are what a proof of one release sends before it waits.
var fliesOnce = []wire.Type{wire.CanDo, wire.SubmitJob, wire.GrabJob, wire.CantDo, wire.CanDo, wire.GrabJob}

// endsIt is what it sends at the end.
var endsIt = []wire.Type{wire.WorkComplete, wire.CantDo, wire.GetStatus, wire.EchoReq}

// A server that refuses something is asked for the rest, so that the connection is still good.
func TestAProofThatIsRefused(t *testing.T) {
	full, none := res(wire.Error, "QUEUE_ERROR", "Job+queue+is+full"), res(wire.NoJob)
	created, assigned := res(wire.JobCreated, "H:1"), res(wire.JobAssign, "H:1", "q", "")
	drop := exchange{line: true, want: []wire.Type{wire.EchoReq}, reply: join([]byte("OK\r\n"), res(wire.EchoRes, "x"))}
	ping := exchange{want: []wire.Type{wire.EchoReq}, reply: res(wire.EchoRes, "x")}
	for name, c := range map[string]struct {
		reply []byte
		known string
		more  []exchange
	}{
		"submission": {join(full, none, none), "0", []exchange{drop, ping}},
		"grab":       {join(created, full, none), "1", []exchange{ping}},
		"release":    {join(created, assigned, full), "1", []exchange{ping}},
	} {
		t.Run(name, func(t *testing.T) {
			ends := exchange{want: endsIt, reply: join(res(wire.StatusRes, "H:1", c.known, "0", "0", "0"), res(wire.EchoRes, "x"))}
			conn := mock(t, converses(append([]exchange{{want: fliesOnce, reply: c.reply}, ends}, c.more...)...))
			var refused *wire.ServerError
			if err := conn.CheckRelease(t.Context(), 1); !errors.As(err, &refused) || refused.Code != "QUEUE_ERROR" {
				t.Errorf("got %v, want QUEUE_ERROR", err)
			}
			if err := conn.Echo(t.Context(), []byte("x")); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// A job that did not come back and is still known may come back later.
func TestAProofDropsNoQueueWhoseJobIsKnown(t *testing.T) {
	created, assigned := res(wire.JobCreated, "H:1"), res(wire.JobAssign, "H:1", "q", "")
	known, echo := res(wire.StatusRes, "H:1", "1", "0", "0", "0"), res(wire.EchoRes, "x")
	notFound := res(wire.Error, "JOB_NOT_FOUND", "Job+given+in+work+result+not+found")
	c := mock(t, converses(
		exchange{want: fliesOnce, reply: join(created, assigned, res(wire.NoJob))},
		exchange{want: endsIt, reply: join(notFound, known, echo)},
	))
	if err := c.CheckRelease(t.Context(), 1); !errors.Is(err, wire.ErrDestroysJobs) || !strings.HasPrefix(err.Error(), "after 0 of 1: ") {
		t.Errorf("got %v, want %v after 0 of 1", err, wire.ErrDestroysJobs)
	}
}

// A server that cannot drop a queue lets it vanish.
func TestARefusalToDropIsNoFailureOfAProof(t *testing.T) {
	created, assigned := res(wire.JobCreated, "H:1"), res(wire.JobAssign, "H:1", "q", "")
	gone, echo := res(wire.StatusRes, "H:1", "0", "0", "0", "0"), res(wire.EchoRes, "x")
	refusal := []byte("ERR unknown_command \r\n")
	for name, c := range map[string]struct {
		reply []byte
		want  error
	}{
		"survived":  {join(created, assigned, res(wire.Noop), assigned), nil},
		"destroyed": {join(created, assigned, res(wire.NoJob)), wire.ErrDestroysJobs},
	} {
		t.Run(name, func(t *testing.T) {
			conn := mock(t, converses(
				exchange{want: fliesOnce, reply: c.reply},
				exchange{want: endsIt, reply: join(gone, echo)},
				exchange{line: true, want: []wire.Type{wire.EchoReq}, reply: join(refusal, echo)},
			))
			err := conn.CheckRelease(t.Context(), 1)
			var refused *wire.ServerError
			if !errors.Is(err, c.want) || errors.As(err, &refused) {
				t.Errorf("got %v, want %v alone", err, c.want)
			}
		})
	}
}

// exchange is packets that a client sends and what it is answered.
type exchange struct {
	want  []wire.Type
	reply []byte
	line  bool // an admin line comes before the packets
}

// converses looks at the types of what comes, for names that are not known beforehand.
func converses(script ...exchange) step {
	return func(nc net.Conn) error {
		r := wire.NewReader(nc)
		for _, x := range script {
			if x.line {
				if _, err := r.ReadLine(); err != nil {
					return err
				}
			}
			for _, want := range x.want {
				if p, _, err := r.ReadPacket(); err != nil || p.Type != want {
					return fmt.Errorf("got %v, %w, want %v", p.Type, err, want)
				}
			}
			if _, err := nc.Write(x.reply); err != nil {
				return err
			}
		}
		if _, err := r.NextIsPacket(); !errors.Is(err, io.EOF) {
			return fmt.Errorf("left over at the end: %v, want EOF", err)
		}
		return nil
	}
}

func TestSweep(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		c := dial(t, &wire.Dialer{}, addr)
		other := submit(t, c, wire.Submission{Function: "other", Background: true})
		handles := make([]string, 4)
		for i := range handles {
			handles[i] = submit(t, c, wire.Submission{Function: "q", Background: true})
		}
		abandoned := dial(t, &wire.Dialer{}, addr)
		submit(t, abandoned, wire.Submission{Function: "q", Priority: wire.PriorityHigh})
		abandoned.Close()
		cancel := func(handles ...string) {
			for _, h := range handles {
				if err := c.CancelJob(t.Context(), h); err != nil {
					t.Fatal(err)
				}
			}
		}
		sweep := func(wantLive bool, want ...wire.JobEntry) {
			t.Helper()
			live, err := c.Sweep(t.Context(), "q")
			if err != nil || live != wantLive {
				t.Errorf("got live %v, %v, want %v", live, err, wantLive)
			}
			all := map[string]wire.JobEntry{other: {Handle: other, Background: true}}
			for _, j := range want {
				all[j.Handle] = j
			}
			if diff := cmp.Diff(all, jobsOf(t, c)); diff != "" {
				t.Errorf("jobs -want +got\n%s", diff)
			}
		}
		for waitFor(t, c, func(j wire.JobEntry) bool { return j.Ignored }) {
			continue // until the server has seen the client leave
		}
		cancel(handles[0], handles[1])
		sweep(true, wire.JobEntry{Handle: handles[2], Retries: 1, Background: true}, wire.JobEntry{Handle: handles[3], Background: true})
		cancel(handles[2], handles[3])
		sweep(false)
		sweep(false)
	})
}

// waitFor reports whether no job is as f says yet.
func waitFor(t *testing.T, c *wire.Conn, f func(wire.JobEntry) bool) bool {
	t.Helper()
	for _, j := range jobsOf(t, c) {
		if f(j) {
			return false
		}
	}
	return true
}

func TestSweepTellsThatAConnectionWasLost(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(leaves), hangsUp)
	if live, err := c.Sweep(t.Context(), "q"); !live || !errors.Is(err, wire.ErrClosed) {
		t.Errorf("got live %v, %v, want a live job and ErrClosed", live, err)
	}
}

func TestSweepOfAnEmptyQueue(t *testing.T) {
	c := mock(t, expects(begins), replies(none), expects(leaves), replies(left))
	if live, err := c.Sweep(t.Context(), "q"); live || err != nil {
		t.Errorf("got live %v, %v, want none", live, err)
	}
}

// TestRescueEndsInTime removes what is left by a server that accepts the second connection and does not answer.
func TestRescueEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := new(gearmandtest.Link)
		d := farServer(t, link)
		d.Timeout = 5 * time.Second
		c := dial(t, d, "far:4730")
		d.NetDial = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go io.Copy(io.Discard, far)
			return near, nil
		}
		link.Cut()
		start := time.Now()
		err := c.BeginReleaseCheck(0).Survives(t.Context(), 0)
		if took := time.Since(start); !errors.Is(err, wire.ErrSilent) || took != 6*time.Second {
			t.Errorf("after %v: %v; want ErrSilent after 6s", took, err)
		}
	})
}
