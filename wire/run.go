package wire

import (
	"bytes"
	"context"
	"strconv"
	"time"
)

// echoInterval is how long a connection that waits for others' work may be silent before an ECHO_REQ asks whether
// the server is still there.
const echoInterval = 30 * time.Second

// keepAlive is the data of that ECHO_REQ.
const keepAlive = "keep-alive"

// Update is what a client learns of a foreground job that it waits for.
type Update struct {
	Type                   Type   // WorkData, WorkWarning, WorkStatus, WorkComplete, WorkFail or WorkException
	Data                   []byte // valid until the callback returns
	Numerator, Denominator int64  // of WorkStatus
}

// Final reports whether no update follows.
func (u Update) Final() bool {
	return u.Type == WorkComplete || u.Type == WorkFail || u.Type == WorkException
}

// Submit submits j and returns its handle. JOB_CREATED does not mean stored: a job whose unique key waits already
// is merged into that one. The answer has the Dialer's AnswerTimeout. A *ServerError in the error means that the server does not have the job.
func (c *Conn) Submit(ctx context.Context, j *Submission) (handle string, err error) {
	err = c.do(ctx, j.Type().String(), 0, func() (err error) {
		c.SendJob(j)
		if err := c.Flush(); err != nil {
			return err
		}
		defer c.nc.begin(ctx, time.Now().Add(c.nc.answer))()
		handle, err = c.receiveCreated()
		return err
	})
	return handle, err
}

// receiveCreated passes over what may still come of earlier jobs: a WORK_FAIL follows a WORK_EXCEPTION.
func (c *Conn) receiveCreated() (handle string, err error) {
	for {
		p, err := c.Receive()
		switch {
		case err != nil:
			return "", err
		case p.Type == JobCreated:
			return string(p.Arg(0)), nil
		case p.Type.Direction() != Either:
			return "", unexpected(p)
		}
	}
}

// Exceptions asks the server to relay WORK_EXCEPTION to this connection; without it gearmand turns one into
// WORK_FAIL.
func (c *Conn) Exceptions(ctx context.Context) error {
	_, err := c.request(ctx, OptionReq, OptionRes, []byte("exceptions"))
	return err
}

// Await waits for the outcome of a foreground job that was submitted on this connection and calls each for every
// update, the final one included. It blocks until then, until ctx ends or until the server goes silent: every 30
// seconds an ECHO_REQ must be answered within the Dialer's Timeout. An error of each ends the waiting and is returned
// as it is.
func (c *Conn) Await(ctx context.Context, handle string, each func(Update) error) error {
	return c.do(ctx, "wait for job "+handle+" on", 0, func() error {
		for {
			p, err := c.ReceiveWithKeepAlive()
			if err != nil {
				return err
			}
			u, ok := update(p, handle)
			if !ok {
				continue
			}
			if err := each(u); err != nil || u.Final() {
				return fromCallback(err)
			}
		}
	})
}

// update reads p as an update of the job; ok is false when it is another packet. gearmand ends the handle of the
// WORK_FAIL that it makes of a WORK_EXCEPTION with a NUL byte.
func update(p Packet, handle string) (u Update, ok bool) {
	switch p.Type {
	case WorkData, WorkWarning, WorkComplete, WorkFail, WorkException:
		u = Update{Type: p.Type, Data: p.Arg(1)}
	case WorkStatus:
		u = Update{Type: p.Type, Numerator: number(p.Arg(1)), Denominator: number(p.Arg(2))}
	}
	return u, u.Type != 0 && string(bytes.TrimSuffix(p.Arg(0), []byte{0})) == handle
}

// number reads a decimal argument; anything else is 0, as it is for gearmand.
func number(b []byte) int64 {
	n, _ := strconv.ParseInt(string(b), 10, 64)
	return n
}

// ReceiveWithKeepAlive is Receive where waiting is the work: it waits as long as the server answers an ECHO_REQ every 30
// seconds. The ECHO_RES is not returned.
func (c *Conn) ReceiveWithKeepAlive() (Packet, error) {
	for {
		err := c.waitFor(max(echoInterval, c.nc.stepNow()))
		if isTimeout(err) && !c.nc.expired() {
			c.owed++
			c.Send(EchoReq, []byte(keepAlive))
			err = c.Flush()
		}
		if err != nil {
			return Packet{}, err
		}
		p, err := c.receiveAny()
		if err != nil || !c.wasOwed(p) {
			return p, err
		}
	}
}
