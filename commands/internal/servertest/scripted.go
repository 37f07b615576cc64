package servertest

import (
	"cmp"
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

func (c *scriptedConn) serve() error {
	r := wire.NewReader(c.c)
	for {
		packet, err := r.NextIsPacket()
		if err != nil {
			return err
		}
		if packet {
			p, _, err := r.ReadPacket()
			if err == nil {
				err = c.request(p)
			}
			if err != nil {
				return err
			}
			continue
		}
		line, err := r.ReadLine()
		if err == nil {
			err = c.command(string(line))
		}
		if err != nil {
			return err
		}
	}
}

// received counts a request, and applies a step at its place.
func (c *scriptedConn) received(what string) error {
	c.s.counted.packets++
	switch step := c.s.Script.atPacket(c.s.counted.packets); step.Do {
	case Lose, Halve, HangUp:
		c.s.note(c, "< %s (lost)", what)
		c.s.cutRequest = true
		return errHangUp
	case Silence, Mute:
		c.s.note(c, "< %s (not answered)", what)
		return errSilence
	}
	c.s.note(c, "< %s", what)
	return nil
}

// send sends an answer, and applies a step at its place, or the action that the caller has for it. It reports whether all of
// the answer was sent.
func (c *scriptedConn) send(what string, b []byte, do Action) (sent bool, err error) {
	c.s.counted.packets++
	step := c.s.Script.atPacket(c.s.counted.packets)
	if step.Packet > 0 {
		do = step.Do
	}
	c.s.note(c, "> %s%s", what, map[Action]string{Lose: " (lost)", Halve: " (half)", Silence: " (kept back)"}[do])
	switch do {
	case Lose:
		return false, errHangUp
	case Silence:
		return false, errSilence
	case Halve:
		c.c.Write(b[:len(b)/2])
		return false, errHangUp
	}
	_, err = c.c.Write(b)
	switch {
	case do == HangUp:
		return true, errHangUp
	case do == Mute:
		return true, errSilence
	}
	return err == nil, err
}

func (c *scriptedConn) reply(t wire.Type, args ...string) error {
	b := make([][]byte, len(args))
	for i, a := range args {
		b[i] = []byte(a)
	}
	_, err := c.send(t.String(), wire.AppendResponse(nil, t, b...), Normal)
	return err
}

func (c *scriptedConn) request(p wire.Packet) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	what := p.Type.String()
	if isSubmission(p.Type) {
		what += " " + string(p.Arg(0)) + " " + string(p.Arg(len(p.Args)-1))
	}
	if err := c.received(what); err != nil {
		return err
	}
	arg := string(p.Arg(0))
	switch p.Type {
	case wire.EchoReq:
		return c.reply(wire.EchoRes, arg)
	case wire.OptionReq:
		return c.reply(wire.OptionRes, arg)
	case wire.SetClientID:
		c.id = arg
	case wire.CanDo:
		c.serves = append(c.serves, arg)
		c.s.know(arg)
	case wire.CantDo:
		c.release(arg)
	case wire.PreSleep:
		return c.sleep()
	case wire.GrabJob, wire.GrabJobUniq:
		return c.grab(p.Type)
	case wire.WorkComplete, wire.WorkFail:
		return c.acknowledged(arg)
	case wire.GetStatus:
		return c.jobStatus(arg)
	case wire.WorkData, wire.WorkWarning, wire.WorkStatus:
	default:
		if !isSubmission(p.Type) {
			return c.reply(wire.Error, "UNKNOWN_COMMAND", p.Type.String())
		}
		return c.submitted(p)
	}
	return nil
}

func isSubmission(t wire.Type) bool {
	switch t {
	case wire.SubmitJob, wire.SubmitJobHigh, wire.SubmitJobLow, wire.SubmitJobBG, wire.SubmitJobHighBG, wire.SubmitJobLowBG, wire.SubmitJobEpoch:
		return true
	}
	return false
}

func isCanary(queue string) bool { return strings.HasPrefix(queue, "gearctl_canary_") }

// submitted takes a job, unless the script refuses it; s.mu is held, except while it waits.
func (c *scriptedConn) submitted(p wire.Packet) error {
	s := c.s
	job := Submission{
		Conn: c.number, Queue: string(p.Arg(0)), Unique: string(p.Arg(1)), Workload: string(p.Arg(len(p.Args) - 1)), Type: p.Type,
		Background: strings.HasSuffix(p.Type.String(), "_BG") || p.Type == wire.SubmitJobEpoch,
	}
	var step Step
	if isCanary(job.Queue) {
		s.counted.canaries++
		step = s.Script.atCanary(s.counted.canaries)
	} else {
		s.counted.jobs++
		step = s.Script.atJob(s.counted.jobs)
	}
	job.Refused = step.Do == Refuse
	number := s.add(job)
	if step.Do == Refuse {
		code, text, _ := strings.Cut(step.Error, " ")
		if code == "" {
			code, text = "QUEUE_ERROR", "JOB_QUEUE_FULL"
		}
		return c.reply(wire.Error, code, text)
	}
	if step.Do == Late {
		c.await(step.Wait)
	}
	if job.Background || isCanary(job.Queue) {
		s.enqueue(number)
	}
	return c.answer(number, step)
}

// answer sends JOB_CREATED, and the parts and the result of a foreground job, as far as a step lets it.
func (c *scriptedConn) answer(number int, step Step) error {
	job := &c.s.got[number]
	parts := strings.Fields(cmp.Or(step.Parts, c.s.Parts))
	if job.Background || isCanary(job.Queue) {
		parts = nil
	}
	// do returns the action at the answer number i, of which the last is that of the step if it acts after an answer.
	do := func(i int) Action {
		after := step.Do == HangUp || step.Do == Mute
		if after && i < len(parts) || !after && i > 0 {
			return Normal
		}
		return step.Do
	}
	var err error
	job.Answered, err = c.send("JOB_CREATED "+job.handle, wire.AppendResponse(nil, wire.JobCreated, []byte(job.handle)), do(0))
	if err != nil {
		return err
	}
	for i, part := range parts {
		if c.s.Pause > 0 {
			c.await(c.s.Pause)
			job = &c.s.got[number]
		}
		sent, err := c.send("part: "+part, c.part(part, job), do(i+1))
		if sent {
			job.Parts++
		}
		if err != nil {
			return err
		}
	}
	if job.Background || isCanary(job.Queue) {
		return nil
	}
	result := wire.AppendResponse(nil, wire.WorkComplete, []byte(job.handle), []byte(strings.ToUpper(job.Workload)))
	job.Done, err = c.send("WORK_COMPLETE "+job.handle, result, Normal)
	return err
}

func (c *scriptedConn) part(name string, j *Submission) []byte {
	handle := []byte(j.handle)
	switch name {
	case "data":
		return wire.AppendResponse(nil, wire.WorkData, handle, []byte("part of "+j.Workload+"\n"))
	case "warning":
		return wire.AppendResponse(nil, wire.WorkWarning, handle, []byte("warning of "+j.Workload+"\n"))
	}
	return wire.AppendResponse(nil, wire.WorkStatus, handle, []byte("1"), []byte("2"))
}

// await waits, without s.mu.
func (c *scriptedConn) await(d time.Duration) {
	c.s.mu.Unlock()
	defer c.s.mu.Lock()
	var after <-chan time.Time
	if d > 0 {
		after = time.After(d)
	}
	select {
	case <-after:
	case <-c.s.released:
	case <-c.s.stopping:
	}
}

// add records a job and returns its number.
func (s *Scripted) add(j Submission) int {
	s.counted.handles++
	j.handle = fmt.Sprintf("H:scripted:%d", s.counted.handles)
	s.got = append(s.got, j)
	return len(s.got) - 1
}

// enqueue makes a job wait for a worker, and wakes the workers of its queue.
func (s *Scripted) enqueue(number int) {
	job := s.got[number]
	if s.Reply != nil {
		if queue, workload := s.Reply(job); queue != "" {
			s.got[number].Acked = true
			s.enqueue(s.add(Submission{Queue: queue, Workload: workload, Background: true}))
			return
		}
	}
	s.know(job.Queue)
	s.waiting = append(s.waiting, &scriptedJob{number: number})
	for c := range s.conns {
		if c.sleeping && slices.Contains(c.serves, job.Queue) {
			c.wake()
		}
	}
}

// know adds a queue.
func (s *Scripted) know(queue string) {
	if !slices.Contains(s.queues, queue) {
		s.queues = append(s.queues, queue)
	}
}

// wake wakes a sleeping worker.
func (c *scriptedConn) wake() {
	c.sleeping = false
	if c.reply(wire.Noop) != nil {
		c.c.Close()
	}
}

func (c *scriptedConn) sleep() error {
	for _, j := range c.s.waiting {
		if j.holder == nil && slices.Contains(c.serves, c.s.got[j.number].Queue) {
			return c.reply(wire.Noop)
		}
	}
	c.sleeping = true
	return nil
}

func (c *scriptedConn) grab(t wire.Type) error {
	for _, j := range c.s.waiting {
		job := c.s.got[j.number]
		if j.holder != nil || !slices.Contains(c.serves, job.Queue) {
			continue
		}
		j.holder = c
		answer := []string{job.handle, job.Queue, job.Unique, job.Workload}
		assign := wire.JobAssignUniq
		if t == wire.GrabJob {
			assign, answer = wire.JobAssign, slices.Delete(answer, 2, 3)
		}
		err := c.reply(assign, answer...)
		if err == nil {
			c.s.got[j.number].Assigned++
		}
		return err
	}
	return c.reply(wire.NoJob)
}

// release requeues the jobs of a queue that the connection holds, at its end.
func (c *scriptedConn) release(queue string) {
	c.serves = slices.DeleteFunc(c.serves, func(s string) bool { return s == queue })
	var kept, back []*scriptedJob
	for _, j := range c.s.waiting {
		if j.holder == c && c.s.got[j.number].Queue == queue {
			j.holder = nil
			back = append(back, j)
		} else {
			kept = append(kept, j)
		}
	}
	c.s.waiting = append(kept, back...)
}

func (c *scriptedConn) acknowledged(handle string) error {
	s := c.s
	i := slices.IndexFunc(s.waiting, func(j *scriptedJob) bool { return s.got[j.number].handle == handle })
	if i < 0 {
		return c.reply(wire.Error, "JOB_NOT_FOUND", "")
	}
	number := s.waiting[i].number
	s.waiting = slices.Delete(s.waiting, i, i+1)
	if isCanary(s.got[number].Queue) {
		return nil
	}
	s.counted.acks++
	switch step := s.Script.atAck(s.counted.acks); step.Do {
	case Refuse:
		return c.reply(wire.Error, "JOB_NOT_FOUND", "")
	case Lose, Halve, HangUp:
		s.got[number].Acked = true
		return errHangUp
	case Silence, Mute:
		s.got[number].Acked = true
		return errSilence
	}
	s.got[number].Acked = true
	return nil
}

func (c *scriptedConn) jobStatus(handle string) error {
	known, running := "0", "0"
	for _, j := range c.s.waiting {
		if c.s.got[j.number].handle == handle {
			known = "1"
			if j.holder != nil {
				running = "1"
			}
		}
	}
	return c.reply(wire.StatusRes, handle, known, running, "0", "0")
}

// command answers an admin command.
func (c *scriptedConn) command(line string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if err := c.received(line); err != nil {
		return err
	}
	word, _, _ := strings.Cut(line, " ")
	var b strings.Builder
	switch word {
	case "version":
		b.WriteString("OK 1.1.20\n")
	case "workers":
		for other := range c.s.conns {
			fmt.Fprintf(&b, "%d 127.0.0.1 %s : %s\n", other.number, other.id, strings.Join(other.serves, " "))
		}
		b.WriteString(".\n")
	case "status":
		for _, queue := range c.s.queues {
			fmt.Fprintf(&b, "%s\t%d\t%d\t%d\n", queue, c.s.count(queue, false), c.s.count(queue, true), c.s.workers(queue))
		}
		b.WriteString(".\n")
	case "prioritystatus":
		for _, queue := range c.s.queues {
			fmt.Fprintf(&b, "%s\t0\t%d\t0\t%d\n", queue, c.s.count(queue, false)-c.s.count(queue, true), c.s.workers(queue))
		}
		b.WriteString(".\n")
	case "show":
		for _, j := range c.s.waiting {
			fmt.Fprintf(&b, "%s\t0\t0\t1\n", c.s.got[j.number].handle)
		}
		b.WriteString(".\n")
	case "drop":
		c.s.queues = slices.DeleteFunc(c.s.queues, func(queue string) bool { return strings.HasSuffix(line, " "+queue) })
		b.WriteString("OK\n")
	case "create", "cancel":
		b.WriteString("OK\n")
	default:
		b.WriteString("ERR UNKNOWN_COMMAND Unknown+server+command\n")
	}
	_, err := c.send("answer to "+line, []byte(b.String()), Normal)
	return err
}

// count returns how many jobs of a queue there are, or how many of them workers hold.
func (s *Scripted) count(queue string, held bool) (n int) {
	for _, j := range s.waiting {
		if s.got[j.number].Queue == queue && (!held || j.holder != nil) {
			n++
		}
	}
	return n
}

func (s *Scripted) workers(queue string) (n int) {
	for c := range s.conns {
		if slices.Contains(c.serves, queue) {
			n++
		}
	}
	return n
}
