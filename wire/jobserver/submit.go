package jobserver

import "gearctl/wire"

// maxUnique is the longest unique key. In gearmand, a longer one corrupts the job (B.5.13).
const maxUnique = 63

// submission is what distinguishes the packet types that submit jobs.
type submission struct {
	priority   wire.Priority
	background bool
}

var submissions = map[wire.Type]submission{
	wire.SubmitJob:                 {wire.PriorityNormal, false},
	wire.SubmitJobBG:               {wire.PriorityNormal, true},
	wire.SubmitJobHigh:             {wire.PriorityHigh, false},
	wire.SubmitJobHighBG:           {wire.PriorityHigh, true},
	wire.SubmitJobLow:              {wire.PriorityLow, false},
	wire.SubmitJobLowBG:            {wire.PriorityLow, true},
	wire.SubmitJobEpoch:            {wire.PriorityNormal, true},
	wire.SubmitReduceJob:           {wire.PriorityNormal, false},
	wire.SubmitReduceJobBackground: {wire.PriorityNormal, true},
}

// request is a parsed submission. Its memory belongs to the reader.
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

// submit handles all packets that submit a job. A job with the unique key of an existing one is merged into it, even if the
// queue is full: the answer is the old handle, and the new workload is discarded.
func (c *conn) submit(p wire.Packet) {
	r := newRequest(p)
	if len(r.unique) > maxUnique || len(r.reducer) > maxUnique {
		c.refuse("ARGUMENT_TOO_LARGE", "Unique value too large")
		return
	}
	if c.srv.full() {
		c.refuse("QUEUE_ERROR", "Server memory limit reached")
		return
	}
	f := c.srv.functions.obtain(r.function)
	key := uniqueKey(r.unique, r.data)
	j := c.srv.jobs.byKey(f, key)
	if j == nil {
		if f.overLimit(r.priority) {
			c.refuse("QUEUE_ERROR", "Job queue is full")
			return
		}
		if !c.ownsLast {
			r.data = clone(r.data)
		}
		j = c.srv.newJob(f, key, r)
	}
	if !r.background {
		attach(c, j)
	}
	c.send(wire.JobCreated, j.handle)
}

// newJob adds a job, which takes over r.data.
func (s *Server) newJob(f *function, key string, r request) *job {
	j := &job{
		fn: f, key: key, unique: clone(r.unique), reducer: clone(r.reducer), data: r.data,
		priority: r.priority, when: r.when, queued: r.background,
	}
	s.jobs.add(j, s.opts.HandlePrefix)
	f.total++
	s.memory += j.size()
	s.enqueue(j)
	return j
}

// enqueue appends j to its queue and wakes the sleeping workers of its function, even if j is due later. From 2.0.0 they are
// woken again when it is.
func (s *Server) enqueue(j *job) {
	j.fn.wakeWorkers()
	j.fn.waiting[j.priority].pushBack(&j.place, j)
	if s.opts.Like != Release11 && j.when > s.opts.Now().Unix() {
		s.setWake(j.fn, j.when)
	}
}

func clone(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// leadingInt parses the number at the start of b as C's strtoll does; 0 if there is none.
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
