package servertest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gearctl/wire"
)

// Scripted is a job server that follows a script. It records every submission and merges none, so that a job which is
// submitted twice is there twice, whatever its unique key is. Background jobs wait for workers; a foreground job is
// completed at once with its workload in upper case, unless it is a canary, which waits for a worker as well.
//
// Set the exported fields before the first connection.
type Scripted struct {
	Script Script
	// Parts are the parts of every foreground job: see Step. Pause is the time before each.
	Parts string
	Pause time.Duration
	// Reply, if not nil, is called for every background job, and makes a job of another queue: what a worker would submit.
	// The job that it was called with is done then. An empty queue means none.
	Reply func(Submission) (queue, workload string)
	// Forgets makes the server drop what a connection holds when it ends, like the Perl server.
	Forgets bool

	mu         sync.Mutex // guards all that follows
	log        []string
	counted    struct{ packets, jobs, canaries, acks, conns, handles int }
	got        []Submission
	cutRequest bool           // a step at a packet lost a request
	highest    int            // number of a packet before the last Follow
	queues     []string       // that had a job or a worker, and were not dropped
	waiting    []*scriptedJob // in order
	conns      map[*scriptedConn]struct{}
	stopped    bool
	released   chan struct{} // closed by Release
	stopping   chan struct{}
	running    sync.WaitGroup
}

// Submission is a job that a Scripted server has received.
type Submission struct {
	Conn                     int // the connection, from 1
	Queue, Unique, Workload  string
	Type                     wire.Type
	Background               bool
	Refused, Answered, Acked bool // Answered: JOB_CREATED was sent in full. Acked: it was handed out and acknowledged
	Assigned                 int  // how often it was handed out in full
	Parts                    int  // how many parts of its result were sent in full
	Done                     bool // its result was sent in full
	handle                   string
}

// scriptedJob is a job that waits, or that a worker holds.
type scriptedJob struct {
	number int // of its submission
	holder *scriptedConn
}

// scriptedConn is a connection.
type scriptedConn struct {
	s        *Scripted
	c        net.Conn
	number   int
	id       string
	serves   []string
	sleeping bool
}

// errHangUp ends a connection as a step says.
var errHangUp = errors.New("close the connection")

// errSilence stops all answers of a connection.
var errSilence = errors.New("no more answers")

// NewScripted returns a server that Handle serves; it stops when the test ends.
func NewScripted(t testing.TB, script ...Step) *Scripted {
	s := &Scripted{Script: script, conns: map[*scriptedConn]struct{}{}, released: make(chan struct{}), stopping: make(chan struct{})}
	t.Cleanup(s.Stop)
	return s
}

// StartScripted starts a server on a free loopback port.
func StartScripted(t testing.TB, script ...Step) (s *Scripted, addr string) {
	t.Helper()
	s = NewScripted(t, script...)
	addr, stop, err := StartHostile(s.Handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop) // after Stop, which ends its connections
	t.Cleanup(s.Stop)
	return s, addr
}

// Stop closes all connections, and waits for those that Handle serves.
func (s *Scripted) Stop() {
	s.mu.Lock()
	if !s.stopped {
		s.stopped = true
		close(s.stopping)
	}
	for c := range s.conns {
		c.c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// Know makes the server know a queue, as one that had a worker.
func (s *Scripted) Know(queue string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues = append(s.queues, queue)
}

// Release ends the waiting of all steps Late without Wait.
func (s *Scripted) Release() { close(s.released) }

// HangUpAll closes all connections, as a server does that restarts.
func (s *Scripted) HangUpAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.c.Close()
	}
}

// Follow replaces the script, and counts packets, jobs, canaries and acknowledgements from 1 again.
func (s *Scripted) Follow(script ...Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Script = script
	s.highest = max(s.highest, s.counted.packets)
	s.counted.packets, s.counted.jobs, s.counted.canaries, s.counted.acks = 0, 0, 0, 0
	s.log = append(s.log, "now "+s.Script.String())
}

// CutAt reports, for a script with a step at packet n, whether that was never reached, or was a request.
func (s *Scripted) CutAt(n int) (unreached, request bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.highest, s.counted.packets) < n, s.cutRequest
}

// Submissions returns the jobs that were submitted, other than canaries.
func (s *Scripted) Submissions() []Submission {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.got), func(j Submission) bool { return isCanary(j.Queue) })
}

// Arrivals returns, for every workload of a queue, which of its arrivals were answered in full with JOB_CREATED. Refused
// submissions are no arrivals.
func (s *Scripted) Arrivals(queue string) map[string][]bool {
	all := map[string][]bool{}
	for _, j := range s.Submissions() {
		if j.Queue == queue && !j.Refused {
			all[j.Workload] = append(all[j.Workload], j.Answered)
		}
	}
	return all
}

// Waiting returns the workloads that wait in a queue, or in any if it is empty, or that a worker holds, in order.
func (s *Scripted) Waiting(queue string) (workloads []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.waiting {
		if got := s.got[j.number]; queue == "" || got.Queue == queue {
			workloads = append(workloads, got.Workload)
		}
	}
	return workloads
}

// Queues returns the queues that had a job or a worker, and were not dropped.
func (s *Scripted) Queues() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.queues)
}

// String returns the script and what happened, for messages of failed tests.
func (s *Scripted) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("script of the server: %v\nits packets:\n\t%s\n", s.Script, strings.Join(s.log, "\n\t"))
}

// Put adds a background job, as if it had been submitted before.
func (s *Scripted) Put(queue, workload string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enqueue(s.add(Submission{Queue: queue, Unique: "put-" + workload, Workload: workload, Background: true}))
}

// Handle serves a connection until it ends. It is a Hostility.
func (s *Scripted) Handle(nc net.Conn) {
	c := &scriptedConn{s: s, c: nc, id: "-"}
	if !s.begin(c) {
		nc.Close()
		return
	}
	defer s.running.Done()
	err := c.serve()
	if errors.Is(err, errSilence) {
		io.Copy(io.Discard, nc)
	}
	s.end(c, err)
	if tcp, ok := nc.(*net.TCPConn); ok { // a reset would discard answers that were sent before
		tcp.CloseWrite()
		io.Copy(io.Discard, nc)
	}
	nc.Close()
}

func (s *Scripted) begin(c *scriptedConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	s.running.Add(1)
	s.counted.conns++
	c.number = s.counted.conns
	s.conns[c] = struct{}{}
	return true
}

// end requeues what the connection held, at the end of its queue, and drops its canaries.
func (s *Scripted) end(c *scriptedConn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	why := "ended by the client"
	if errors.Is(err, errHangUp) {
		why = "closed"
	}
	s.note(c, "%s", why)
	delete(s.conns, c)
	var kept, back []*scriptedJob
	for _, j := range s.waiting {
		switch got := s.got[j.number]; {
		case got.Conn == c.number && !got.Background:
		case j.holder == c && s.Forgets:
		case j.holder == c:
			j.holder = nil
			back = append(back, j)
		default:
			kept = append(kept, j)
		}
	}
	s.waiting = append(kept, back...)
}

// note logs; s.mu is held.
func (s *Scripted) note(c *scriptedConn, format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf("%3d  connection %d: %s", s.counted.packets, c.number, fmt.Sprintf(format, args...)))
}
