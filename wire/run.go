package wire

import (
	"bytes"
	"context"
	"strconv"
	"time"
)

// echoInterval is the interval of keep-alives while a connection waits for results.
const echoInterval = 30 * time.Second

// keepAlive is the data of the ECHO_REQ of a keep-alive.
const keepAlive = "keep-alive"

// Update is a message to a client that waits for a foreground job.
type Update struct {
	Type                   Type   // WorkData, WorkWarning, WorkStatus, WorkComplete, WorkFail or WorkException
	Data                   []byte // valid until the callback returns
	Numerator, Denominator int64  // of WorkStatus
}

// Final reports whether no update follows.
func (u Update) Final() bool {
	return u.Type == WorkComplete || u.Type == WorkFail || u.Type == WorkException
}

// Submit submits j, which must have passed Check, and returns its handle. A job whose unique key is waiting already is merged
// into that job and its workload discarded. It blocks for at most the Dialer's AnswerTimeout. A *ServerError means that the
// server does not have the job.
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

// receiveCreated skips messages of earlier jobs: a WORK_FAIL follows a WORK_EXCEPTION.
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

// Exceptions asks the server to relay WORK_EXCEPTION to this connection. By default, gearmand sends WORK_FAIL instead.
func (c *Conn) Exceptions(ctx context.Context) error {
	_, err := c.request(ctx, OptionReq, OptionRes, []byte("exceptions"))
	return err
}

// Await waits for a foreground job that was submitted on this connection and calls each for every update, including the final
// one. It blocks until then, until ctx ends, or until the server does not answer the keep-alive of every 30 seconds within
// the Dialer's Timeout. An error of each ends it and is returned unchanged.
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

// update parses p as an update of the job; ok is false for any other packet. If gearmand turns a WORK_EXCEPTION into a
// WORK_FAIL, it adds a NUL byte to the handle.
func update(p Packet, handle string) (u Update, ok bool) {
	switch p.Type {
	case WorkData, WorkWarning, WorkComplete, WorkFail, WorkException:
		u = Update{Type: p.Type, Data: p.Arg(1)}
	case WorkStatus:
		u = Update{Type: p.Type, Numerator: number(p.Arg(1)), Denominator: number(p.Arg(2))}
	}
	return u, u.Type != 0 && string(bytes.TrimSuffix(p.Arg(0), []byte{0})) == handle
}

// number parses a decimal argument; anything else is 0, as in gearmand.
func number(b []byte) int64 {
	n, _ := strconv.ParseInt(string(b), 10, 64)
	return n
}

// ReceiveWithKeepAlive is Receive without a timeout, as long as the server answers an ECHO_REQ every 30 seconds. It does not
// return the ECHO_RES.
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
