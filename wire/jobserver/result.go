package jobserver

import "gearctl/wire"

// held returns the job of a worker's packet, if c holds it; else it answers that there is none and returns nil.
func (c *conn) held(p wire.Packet, text string) *job {
	j := c.srv.jobs.byHandle(cString(p.Arg(0)))
	if j == nil || j.worker == nil || j.worker.conn != c {
		c.refuse("JOB_NOT_FOUND", text)
		return nil
	}
	return j
}

// relay sends the packet to every client of j.
func (j *job) relay(p wire.Packet) {
	for cl := range j.clients.all {
		cl.conn.send(p.Type, p.Args...)
	}
}

// fail tells every client of j that it failed.
func (j *job) fail() {
	for cl := range j.clients.all {
		cl.conn.send(wire.WorkFail, j.handle)
	}
}

func (c *conn) workData(p wire.Packet) {
	if j := c.held(p, dataNotFound); j != nil {
		j.relay(p)
	}
}

func (c *conn) workStatus(p wire.Packet) {
	if j := c.held(p, jobNotFound); j != nil {
		j.num, j.den = uint32(leadingInt(p.Arg(1))), uint32(leadingInt(p.Arg(2)))
		j.relay(p)
	}
}

// workFail refuses a handle that gearmand's buffer cannot hold, which only WORK_FAIL checks.
func (c *conn) workFail(p wire.Packet) {
	if len(p.Arg(0)) > maxHandle {
		c.refuse("ARGUMENT_TOO_LARGE", handleTooLarge)
		return
	}
	c.workDone(p)
}

// workDone handles WORK_COMPLETE and, in its end, WORK_FAIL.
func (c *conn) workDone(p wire.Packet) {
	if j := c.held(p, jobNotFound); j != nil {
		j.relay(p)
		c.srv.destroy(j)
	}
}

// workException ends the job. Clients that did not ask for exceptions are told that it failed, by a WORK_FAIL whose
// handle ends in a NUL byte: gearmand takes over the argument of a packet that has another argument behind it.
func (c *conn) workException(p wire.Packet) {
	j := c.held(p, exceptionNotFound)
	if j == nil {
		return
	}
	failed := append(clone(j.handle), 0)
	for cl := range j.clients.all {
		if cl.conn.exceptions {
			cl.conn.send(wire.WorkException, p.Args...)
		} else {
			cl.conn.send(wire.WorkFail, failed)
		}
	}
	c.srv.destroy(j)
}

// maxHandle is the longest handle that gearmand can hold.
const maxHandle = 63

// The texts of JOB_NOT_FOUND.
const (
	dataNotFound      = "Job does not exist on server"
	jobNotFound       = "Job given in work result not found"
	handleTooLarge    = "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf"
	exceptionNotFound = "An exception was received for a job that does not exist"
)
