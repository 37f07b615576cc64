package jobserver

import (
	"bytes"
	"strconv"
	"strings"

	"gearctl/wire"
)

// handlers has the method for each packet type that a peer may send; other types are refused.
var handlers = [...]func(*conn, wire.Packet){
	wire.CanDo:                     (*conn).canDo,
	wire.CantDo:                    (*conn).cantDo,
	wire.ResetAbilities:            (*conn).resetAbilities,
	wire.PreSleep:                  (*conn).preSleep,
	wire.SubmitJob:                 (*conn).submit,
	wire.GrabJob:                   (*conn).grab,
	wire.WorkStatus:                (*conn).workStatus,
	wire.WorkComplete:              (*conn).workDone,
	wire.WorkFail:                  (*conn).workFail,
	wire.GetStatus:                 (*conn).getStatus,
	wire.EchoReq:                   (*conn).echo,
	wire.SubmitJobBG:               (*conn).submit,
	wire.SubmitJobHigh:             (*conn).submit,
	wire.SetClientID:               (*conn).setClientID,
	wire.CanDoTimeout:              (*conn).canDoTimeout,
	wire.WorkException:             (*conn).workException,
	wire.OptionReq:                 (*conn).option,
	wire.WorkData:                  (*conn).workData,
	wire.WorkWarning:               (*conn).workData,
	wire.GrabJobUniq:               (*conn).grab,
	wire.SubmitJobHighBG:           (*conn).submit,
	wire.SubmitJobLow:              (*conn).submit,
	wire.SubmitJobLowBG:            (*conn).submit,
	wire.SubmitJobEpoch:            (*conn).submit,
	wire.SubmitReduceJob:           (*conn).submit,
	wire.SubmitReduceJobBackground: (*conn).submit,
	wire.GrabJobAll:                (*conn).grab,
	wire.GetStatusUnique:           (*conn).getStatusUnique,
}

// handle handles a packet. An error ends the connection.
func (c *conn) handle(p wire.Packet, dir wire.Direction) error {
	if dir != wire.Request {
		c.refuse("INVALID_MAGIC", "Request magic expected")
		return nil
	}
	if int(p.Type) >= len(handlers) || handlers[p.Type] == nil {
		c.refuse("INVALID_COMMAND", "Command not expected")
		return nil
	}
	handlers[p.Type](c, p)
	return nil
}

// refuse sends an ERROR packet.
func (c *conn) refuse(code, text string) { c.send(wire.Error, []byte(code), []byte(text)) }

func (c *conn) echo(p wire.Packet) { c.send(wire.EchoRes, p.Arg(0)) }

func (c *conn) option(p wire.Packet) {
	if !strings.EqualFold(string(cString(p.Arg(0))), "exceptions") {
		c.refuse("UNKNOWN_OPTION", "Server does not recognize given option")
		return
	}
	c.exceptions = true
	c.send(wire.OptionRes, p.Arg(0))
}

// maxClientID is the length at which gearmand truncates a client id (B.4).
const maxClientID = 127

func (c *conn) setClientID(p wire.Packet) {
	id := p.Arg(0)
	c.id = string(id[:min(len(id), maxClientID)])
}

// getStatus answers for any handle. gearmand does not answer for handles, or unique keys, of 64 bytes and more; here they
// are unknown.
func (c *conn) getStatus(p wire.Packet) {
	handle := cString(p.Arg(0))
	known, running, num, den := c.srv.jobs.byHandle(handle).state()
	c.send(wire.StatusRes, handle, known, running, num, den)
}

// getStatusUnique finds the newest job with the key, of any function.
func (c *conn) getStatusUnique(p wire.Packet) {
	unique := cString(p.Arg(0))
	j := c.srv.jobs.byUnique[string(unique)]
	known, running, num, den := j.state()
	clients := 0
	if j != nil {
		clients = j.clients.n
	}
	c.send(wire.StatusResUnique, unique, known, running, num, den, strconv.AppendInt(nil, int64(clients), 10))
}

// cString returns b up to its first NUL byte: gearmand treats these arguments as C strings.
func cString(b []byte) []byte {
	head, _, _ := bytes.Cut(b, []byte{0})
	return head
}

// state returns the arguments of status packets for j, which may be nil.
func (j *job) state() (known, running, num, den []byte) {
	zero := []byte("0")
	if j == nil {
		return zero, zero, zero, zero
	}
	known, running = []byte("1"), zero
	if j.worker != nil {
		running = known
	}
	return known, running, strconv.AppendUint(nil, uint64(j.num), 10), strconv.AppendUint(nil, uint64(j.den), 10)
}
