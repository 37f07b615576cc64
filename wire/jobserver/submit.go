package jobserver

import (
	"gearctl/wire"
)

// maxUnique is the longest unique key that gearmand keeps whole; one byte more corrupts the job there (B.5.13).
const maxUnique = 63

// submission says what the packet types that submit differ in.
type submission struct {
	priority   priority
	background bool
}

var submissions = map[wire.Type]submission{
	wire.SubmitJob:                 {normal, false},
	wire.SubmitJobBG:               {normal, true},
	wire.SubmitJobHigh:             {high, false},
	wire.SubmitJobHighBG:           {high, true},
	wire.SubmitJobLow:              {low, false},
	wire.SubmitJobLowBG:            {low, true},
	wire.SubmitJobEpoch:            {normal, true},
	wire.SubmitReduceJob:           {normal, false},
	wire.SubmitReduceJobBackground: {normal, true},
}

// request is a submission as its packet has it; the bytes are the reader's.
type request struct {
	submission
	function, unique, reducer, data []byte
	when                            int64
}

func newRequest(p wire.Packet) request {
	r := request{submission: submissions[p.Type], function: p.Arg(0), unique: p.Arg(1)}
	r.data = p.Arg(len(p.Args) - 1)
	switch p.Type {
	case wire.SubmitJobEpoch:
		r.when = leadingInt(p.Arg(2))
	case wire.SubmitReduceJob, wire.SubmitReduceJobBackground:
		r.reducer = p.Arg(2)
	}
	return r
}

// submit handles all packets that submit a job. A job with the unique key of one that exists is merged into that one:
// the old handle is answered and the new workload discarded, also when the queue is full.
func (c *conn) submit(p wire.Packet) {
	r := newRequest(p)
	if len(r.unique) > maxUnique || len(r.reducer) > maxUnique {
		c.refuse("ARGUMENT_TOO_LARGE", "Unique value too large")
		return
	}
	if c.srv.full() {
		c.refuse("QUEUE_ERROR", "Server holds as much as it may")
		return
	}
	f := c.srv.functions.obtain(r.function)
	key := uniqueKey(r.unique, r.data)
	j := c.srv.jobs.twin(f, key)
	if j == nil {
		if f.full(r.priority) {
			c.refuse("QUEUE_ERROR", "Job queue is full")
			return
		}
		if !c.lasting {
			r.data = clone(r.data)
		}
		j = c.srv.newJob(f, key, r)
	}
	if !r.background {
		attach(c, j)
	}
	c.send(wire.JobCreated, j.handle)
}

// newJob stores a job, which owns the workload of r from now on.
func (s *Server) newJob(f *function, key string, r request) *job {
	j := &job{
		fn: f, key: key, unique: clone(r.unique), reducer: clone(r.reducer), data: r.data,
		priority: r.priority, when: r.when, stored: r.background,
	}
	s.jobs.add(j, s.opts.HandlePrefix)
	f.total++
	s.stored += j.size()
	s.enqueue(j)
	return j
}

// enqueue puts j at the tail of its queue and wakes every sleeping worker of its function, once each.
func (s *Server) enqueue(j *job) {
	for a := range j.fn.workers.all {
		if a.conn.sleeping && !a.conn.noopSent {
			a.conn.noopSent = true
			a.conn.send(wire.Noop)
		}
	}
	j.fn.waiting[j.priority].pushBack(&j.place, j)
}

func clone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// leadingInt reads the number at the beginning of b as C's strtoll does: what is not a number is 0.
func leadingInt(b []byte) int64 {
	var n int64
	negative := len(b) > 0 && b[0] == '-'
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	for _, d := range b {
		if d < '0' || d > '9' || n > (1<<62)/10 {
			break
		}
		n = n*10 + int64(d-'0')
	}
	if negative {
		return -n
	}
	return n
}
