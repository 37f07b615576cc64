package jobserver

import (
	"bytes"
	"crypto/sha256"
	"strconv"

	"gearctl/wire"
)

// job is a job from its submission until it is done or destroyed. It is in exactly one list: a queue of its function, or
// the held jobs of an ability.
type job struct {
	number   uint64
	handle   []byte
	fn       *function
	unique   []byte
	key      string // in jobTable.byUnique; empty: never merged
	reducer  []byte
	data     []byte
	priority wire.Priority
	when     int64 // Unix time when it is due; 0: at once

	place   node[*job]
	worker  *ability // that holds it; nil: it waits
	clients list[*client]
	older   *job // next job with the same key in jobTable.byUnique
	retries uint32
	ignored bool // cancelled or abandoned: never assigned, destroyed when its turn comes
	queued  bool // QUEUED in "show jobs": a background job that is not ignored
	num     uint32
	den     uint32
}

// client is a connection that waits for the results of a foreground job.
type client struct {
	conn   *conn
	job    *job
	ofConn node[*client]
	ofJob  node[*client]
}

func attach(c *conn, j *job) {
	cl := &client{conn: c, job: j}
	c.attached.pushFront(&cl.ofConn, cl)
	j.clients.pushFront(&cl.ofJob, cl)
	c.srv.memory += clientSize
}

// detach removes the client from its job. A job without clients is abandoned, even if it was first submitted as a background
// job (client.cc).
func (cl *client) detach() {
	cl.ofConn.remove()
	cl.ofJob.remove()
	cl.conn.srv.memory -= clientSize
	if cl.job.clients.n == 0 {
		cl.job.ignore()
	}
}

func (j *job) ignore() {
	j.ignored = true
	j.queued = false
}

// jobTable finds jobs by handle and by unique key.
type jobTable struct {
	all      sequence[job]
	byUnique map[string]*job // newest first, linked by older
}

func newJobTable() jobTable {
	return jobTable{byUnique: map[string]*job{}}
}

// uniqueKey returns the key of a job in jobTable.byUnique; empty: none. The unique key "-" means that the workload is the
// key. Unique keys contain no NUL byte, so the two kinds cannot collide.
func uniqueKey(unique, data []byte) string {
	if string(unique) != "-" {
		return string(unique)
	}
	if len(data) == 0 {
		return ""
	}
	sum := sha256.Sum256(data)
	return "\x00" + string(sum[:])
}

func (t *jobTable) add(j *job, prefix string) {
	j.number = t.all.add(j)
	j.handle = append(append(make([]byte, 0, len(prefix)+12), prefix...), ':')
	j.handle = strconv.AppendUint(j.handle, j.number, 10)
	if j.key != "" {
		j.older = t.byUnique[j.key]
		t.byUnique[j.key] = j
	}
}

func (t *jobTable) remove(j *job) {
	t.all.remove(j.number)
	if j.key == "" {
		return
	}
	head := t.byUnique[j.key]
	if head != j {
		for head.older != j {
			head = head.older
		}
		head.older = j.older
	} else if j.older != nil {
		t.byUnique[j.key] = j.older
	} else {
		delete(t.byUnique, j.key)
	}
}

// byHandle returns the job with that handle, or nil.
func (t *jobTable) byHandle(handle []byte) *job {
	colon := bytes.LastIndexByte(handle, ':')
	n, err := strconv.ParseUint(string(handle[colon+1:]), 10, 64)
	if err != nil {
		return nil
	}
	if j := t.all.get(n); j != nil && bytes.Equal(j.handle, handle) {
		return j
	}
	return nil
}

// byKey returns a job of f with that key, or nil.
func (t *jobTable) byKey(f *function, key string) *job {
	if key == "" {
		return nil
	}
	j := t.byUnique[key]
	for j != nil && j.fn != f {
		j = j.older
	}
	return j
}

// destroy removes j. Clients that are still attached are not notified.
func (s *Server) destroy(j *job) {
	if j.worker != nil {
		j.worker.conn.timer.forget(j)
		j.worker = nil
		j.fn.running--
	}
	j.place.remove()
	j.fn.total--
	for cl := range j.clients.all {
		cl.ofConn.remove()
		cl.ofJob.remove()
		s.memory -= clientSize
	}
	s.jobs.remove(j)
	s.memory -= j.size()
}
