package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	writeBuffer = 64 << 10 // bytes at which Send writes
	writeStep   = 64 << 10 // bytes that must be written within one timeout
)

// Conn is a connection to one server. Most methods are whole operations, such as Submit or Status. Send, Flush and Receive
// are the layer below, for other conversations: requests are buffered until Flush, and answers are read in the order in
// which they come. A Conn is for one goroutine, except that one goroutine may send while another receives, and that Close
// may be called at any time. After an error other than a *ServerError, only Close may be called.
type Conn struct {
	server    string
	dialer    *Dialer
	nc        *timedConn
	r         *Reader
	out       []byte
	writeErr  error       // of the first write that failed
	left      atomic.Bool // a byte was sent since the running operation began
	pipelined []string    // admin commands that were sent and whose answers were not read
	owed      int         // answers to keep-alives of ReceiveWithKeepAlive that have yet to come
	trace     func(Event)

	keepIdle  bool   // Close hands it to Dialer.Idle
	guarded   bool   // Dialer.Guard refused a request
	unguarded bool   // Dialer.Guard allowed a request, and so all
	declared  string // the function that it serves; empty: none yet
	canary    string // the canary queue that it serves; empty: none

	maxAnswer int64 // longest admin answer accepted, in bytes
	maxRows   int64 // most rows of an answer that a Listing keeps
}

func newConn(nc net.Conn, server string, d *Dialer) *Conn {
	t := &timedConn{Conn: nc, step: d.timeout(server), answer: d.answerTimeout(server)}
	r := NewReader(t)
	r.MaxPacket = d.MaxPacket
	return &Conn{
		server: server, dialer: d, nc: t, r: r, trace: d.Trace,
		maxAnswer: orDefault(d.MaxAnswer, DefaultMaxAnswer), maxRows: orDefault(d.MaxRows, DefaultMaxRows),
	}
}

// Server returns the host:port that was dialed.
func (c *Conn) Server() string { return c.server }

// Close closes the connection, unless KeepIdle was called. The server releases the jobs that it had grabbed.
func (c *Conn) Close() error {
	if c.keepIdle {
		c.keepIdle = false
		if c.dialer.Idle.put(c) {
			return nil
		}
	}
	return c.nc.Close()
}

// Begin bounds the following calls of Flush and Receive by ctx: when it ends, a blocked read or write returns. The caller
// must call end when the conversation is over. Methods that take a context do not need it.
func (c *Conn) Begin(ctx context.Context) (end func()) { return c.nc.begin(ctx, time.Time{}) }

// ExtendDeadline adds d to the time that the running operation may take. A callback calls it when it waited that long for
// something other than the server, such as the reader of its output.
func (c *Conn) ExtendDeadline(d time.Duration) { c.nc.extend(d) }

// Send buffers a request. It copies args, so the caller keeps them. It panics where AppendRequest does. Once 64 KiB are
// buffered it also writes them, which can block as Flush does; an error of that write is returned by the next Flush.
func (c *Conn) Send(t Type, args ...[]byte) {
	if c.refused(t.String(), t == EchoReq) {
		return
	}
	if c.trace != nil {
		c.trace(Event{Server: c.server, Sent: true, Text: describe(t, args)})
	}
	c.out = AppendRequest(c.out, t, args...)
	if len(c.out) >= writeBuffer && c.writeErr == nil {
		c.writeErr = c.write()
	}
}

// refused reports whether Dialer.Guard refuses a request, and makes its error that of the next Flush. After a refusal nothing
// more is sent.
func (c *Conn) refused(request string, reads bool) bool {
	if !reads && !c.unguarded && !c.guarded && c.dialer.Guard != nil {
		err := c.dialer.Guard(c.server, request)
		if c.guarded, c.unguarded = err != nil, err == nil; c.guarded && c.writeErr == nil {
			c.writeErr = fromCallback(err)
		}
	}
	return c.guarded
}

// readingLines are the admin lines that Dialer.Guard is not asked about.
var readingLines = []string{"status", "prioritystatus", "workers", "version", "show jobs"}

// OnlyReads reports whether Dialer.Guard is not asked about an admin line, because it only reads.
func OnlyReads(line string) bool { return slices.Contains(readingLines, line) }

// sendLine appends an admin line with the CRLF that gearmand wants ("create function abc\n" creates "ab").
func (c *Conn) sendLine(line string) {
	if c.refused(line, OnlyReads(line)) {
		return
	}
	if c.trace != nil {
		c.trace(Event{Server: c.server, Sent: true, Text: escaped([]byte(line))})
	}
	c.out = append(append(c.out, line...), "\r\n"...)
}

// Flush writes what Send has buffered and returns the first error of any write on this connection; after one the
// connection is good for Close only. It blocks for at most the Dialer's Timeout for each 64 KiB.
func (c *Conn) Flush() error {
	if c.writeErr == nil {
		c.writeErr = c.write()
	}
	return c.writeErr
}

func (c *Conn) write() error {
	var err error
	done := 0
	for done < len(c.out) && err == nil {
		var n int
		before := c.left.Swap(true) // before Write: a concurrent receive may fail first
		n, err = c.nc.Write(c.out[done:min(len(c.out), done+writeStep)])
		done += n
		if n == 0 && !before {
			c.left.Store(false)
		}
	}
	c.out = c.out[:copy(c.out, c.out[done:])]
	return err
}

// Receive returns the next packet, whose arguments are valid until the next Receive. It blocks for at most the Dialer's
// Timeout without a byte, and its AnswerTimeout from the first byte of the packet on. An ERROR packet is not an error here:
// see AsServerError.
func (c *Conn) Receive() (Packet, error) {
	for {
		p, err := c.receiveAny()
		if err != nil || !c.wasOwed(p) {
			return p, err
		}
	}
}

// wasOwed reports whether p is the late answer to a keep-alive.
func (c *Conn) wasOwed(p Packet) bool {
	if c.owed == 0 || p.Type != EchoRes || string(p.Arg(0)) != keepAlive {
		return false
	}
	c.owed--
	return true
}

// receiveAny is Receive that also returns answers to keep-alives.
func (c *Conn) receiveAny() (Packet, error) {
	p, dir, err := c.readPacket()
	if err != nil {
		return Packet{}, err
	}
	if dir != Response {
		return Packet{}, &FrameError{Reason: "a request from the server: " + p.Type.String()}
	}
	if c.trace != nil {
		c.trace(Event{Server: c.server, Text: describe(p.Type, p.Args)})
	}
	return p, nil
}

// readPacket reads a packet. It limits the time from its first byte to its last.
func (c *Conn) readPacket() (Packet, Direction, error) {
	if !c.r.packetBuffered() {
		if _, err := c.r.NextIsPacket(); err != nil {
			return Packet{}, 0, err
		}
		c.nc.packetBegins()
		defer c.nc.packetEnds()
	}
	return c.r.ReadPacket()
}

// receiveAnswer is Receive that skips NOOP packets, for at most the Dialer's AnswerTimeout.
func (c *Conn) receiveAnswer() (Packet, error) {
	p, err := c.Receive()
	if err != nil || p.Type != Noop {
		return p, err
	}
	defer c.nc.begin(context.Background(), time.Now().Add(c.nc.answer))()
	for err == nil && p.Type == Noop {
		p, err = c.Receive()
	}
	return p, err
}

// receiveWithin is Receive that waits up to d for the first byte instead of the Dialer's Timeout.
func (c *Conn) receiveWithin(d time.Duration) (Packet, error) {
	if err := c.waitFor(d); err != nil {
		return Packet{}, err
	}
	return c.Receive()
}

// waitFor waits up to d for the first byte of a packet, instead of the Dialer's Timeout.
func (c *Conn) waitFor(d time.Duration) error {
	step := c.nc.stepNow()
	c.nc.setStep(d)
	defer c.nc.setStep(step)
	_, err := c.r.NextIsPacket()
	return err
}

func (c *Conn) receiveLine() ([]byte, error) {
	line, err := c.r.ReadLine()
	if err == nil && c.trace != nil {
		c.trace(Event{Server: c.server, Text: escaped(line)})
	}
	return line, err
}

// AsServerError returns a *ServerError if p is an ERROR packet, else nil. It reverses gearmand's escaping of spaces as +. The
// Perl server quotes the packet that it could not read, which may be a workload, in brackets: that is omitted.
func AsServerError(p Packet) error {
	if p.Type != Error {
		return nil
	}
	e := &ServerError{Code: string(p.Arg(0)), Text: strings.ReplaceAll(string(p.Arg(1)), "+", " ")}
	if e.Code == "invalid_args" {
		e.Text, _, _ = strings.Cut(e.Text, " [")
	}
	return e
}

// unexpected returns the error for an unexpected answer.
func unexpected(p Packet) error {
	if err := AsServerError(p); err != nil {
		return err
	}
	return &FrameError{Reason: "unexpected answer " + p.Type.String()}
}

// do runs an operation until ctx ends and, unless limit is 0, for at most limit. Its error becomes an *OpError, or the cause
// of ctx if that ended.
func (c *Conn) do(ctx context.Context, op string, limit time.Duration, f func() error) error {
	var until time.Time
	if limit > 0 {
		until = time.Now().Add(limit)
	}
	c.left.Store(false)
	end := c.nc.begin(ctx, until)
	err := f()
	end()
	return c.opError(ctx, op, err)
}

// opError adds the server and the operation to err.
func (c *Conn) opError(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	var own callbackError
	if errors.As(err, &own) {
		return own.error
	}
	if isTimeout(err) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var done *OpError
	if errors.As(err, &done) {
		return err
	}
	cause := ioCause(err)
	return &OpError{Server: c.server, Op: op, Err: cause, Safe: !c.left.Load(), MaybeTLS: isCut(cause) && !c.nc.heard.Load()}
}

// isCut reports whether the server closed the connection.
func isCut(cause error) bool {
	return errors.Is(cause, ErrClosed) || errors.Is(cause, syscall.ECONNRESET)
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// ioCause returns the cause of an error of package net.
func ioCause(err error) error {
	var sys *os.SyscallError
	var slow *SlowError
	switch {
	case errors.As(err, &slow):
		return slow
	case isTimeout(err):
		return ErrSilent
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.EPIPE):
		return ErrClosed
	case errors.As(err, &sys):
		return sys.Err
	}
	return err
}

// request sends one request and returns its answer, which must be of type want and short.
func (c *Conn) request(ctx context.Context, t Type, want Type, args ...[]byte) (Packet, error) {
	var p Packet
	err := c.do(ctx, t.String(), c.nc.answer, func() error {
		c.Send(t, args...)
		if err := c.Flush(); err != nil {
			return err
		}
		var err error
		if p, err = c.Receive(); err != nil {
			return err
		}
		if p.Type != want {
			return unexpected(p)
		}
		return nil
	})
	return p, err
}

// Echo sends data in an ECHO_REQ and waits for the answer, which shows that the server has handled everything sent before. An
// answer with other data is a *FrameError.
func (c *Conn) Echo(ctx context.Context, data []byte) error {
	p, err := c.request(ctx, EchoReq, EchoRes, data)
	if err == nil && !bytes.Equal(p.Arg(0), data) {
		err = c.opError(ctx, EchoReq.String(), &FrameError{Reason: "ECHO_RES differs from what was sent"})
	}
	return err
}

// maxClientID is the length to which gearmand 1.1.20 truncates a client ID, in bytes.
const maxClientID = 127

// SetClientID buffers a request that sets the name of this connection in the server's list of workers. Spaces and control
// characters become underscores, and the name is truncated to 127 bytes, as in gearmand.
func (c *Conn) SetClientID(id string) {
	id = strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return '_'
		}
		return r
	}, id)
	c.Send(SetClientID, []byte(id[:min(len(id), maxClientID)]))
}
