package jobserver

import "gearctl/wire"

// heldJob returns the job of a worker's packet if c holds it. Otherwise it answers JOB_NOT_FOUND and returns nil.
func (c *conn) heldJob(p wire.Packet, text string) *job {
	j := c.srv.jobs.byHandle(cString(p.Arg(0)))
	if j == nil || j.worker == nil || j.worker.conn != c {
		c.refuse("JOB_NOT_FOUND", text)
		return nil
	}
	return j
}

// relay sends a packet to every client of j.
func (j *job) relay(p wire.Packet) {
	for cl := range j.clients.all {
		cl.conn.send(p.Type, p.Args...)
	}
}

// fail sends WORK_FAIL to every client of j.
func (j *job) fail() {
	for cl := range j.clients.all {
		cl.conn.send(wire.WorkFail, j.handle)
	}
}

func (c *conn) workData(p wire.Packet) {
	if j := c.heldJob(p, dataNotFound); j != nil {
		j.relay(p)
	}
}

func (c *conn) workStatus(p wire.Packet) {
	if j := c.heldJob(p, jobNotFound); j != nil {
		j.num, j.den = uint32(leadingInt(p.Arg(1))), uint32(leadingInt(p.Arg(2)))
		j.relay(p)
	}
}

// workFail refuses handles that are too long for gearmand's buffer; only WORK_FAIL checks that.
func (c *conn) workFail(p wire.Packet) {
	if len(p.Arg(0)) > maxHandle {
		c.refuse("ARGUMENT_TOO_LARGE", handleTooLarge)
		return
	}
	c.workDone(p)
}

// workDone handles WORK_COMPLETE, and WORK_FAIL after its check.
func (c *conn) workDone(p wire.Packet) {
	if j := c.heldJob(p, jobNotFound); j != nil {
		j.relay(p)
		c.srv.destroy(j)
	}
}

// workException ends the job. Clients that did not request exceptions get a WORK_FAIL whose handle ends in a NUL byte:
// gearmand reuses the argument of a packet in which another argument follows.
func (c *conn) workException(p wire.Packet) {
	j := c.heldJob(p, exceptionNotFound)
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

// maxHandle is the longest handle that fits gearmand's buffer.
const maxHandle = 63

// The texts of JOB_NOT_FOUND.
const (
	dataNotFound      = "Job does not exist on server"
	jobNotFound       = "Job given in work result not found"
	handleTooLarge    = "Error occurred due to GEARMAND_JOB_HANDLE_SIZE being too small from snprintf"
	exceptionNotFound = "An exception was received for a job that does not exist"
)
