package wire

import (
	"context"
	"sync/atomic"
)

// DefaultWindow is how many requests are in flight when a caller says nothing else. gearmand 1.1.20 gets no
// faster with more.
const DefaultWindow = 1000

// Receipt is a server's answer to a submission.
type Receipt struct {
	Number int64  // of the submission on its Submitter, from 0
	Unique string // the submission's unique key
	Handle []byte // valid until the callback returns; empty when Err is set
	Merged bool   // into an older job with the same unique key: the server threw the workload away. See Mark
	Err    error  // *ServerError: the server refused the job and does not have it
}

// Submitter submits jobs through one connection with many in flight. Send, Flush and Close are for one goroutine.
type Submitter struct {
	c       *Conn
	ctx     context.Context
	end     func()
	receipt func(Receipt) error
	window  int64
	waiting atomic.Int64  // submissions without an answer
	room    chan struct{} // a token when half of the window is free
	pending chan string   // the unique key of each submission that the receiver has yet to wait for
	stopped chan struct{} // closed when the receiver has ended
	err     error         // why, set before stopped is closed
	mark    uint64        // the highest handle number so far: that of a new job is higher
	sent    int64
	gotten  int64 // set before stopped is closed
}

// NewSubmitter takes over c until Close, which must be called. receipt is called for every answer, in the order of
// the submissions, from one goroutine of the Submitter; an error that it returns stops the Submitter. window is
// how many submissions wait for their answer; 0 means DefaultWindow.
func NewSubmitter(ctx context.Context, c *Conn, window int, receipt func(Receipt) error) *Submitter {
	window = orDefault(window, DefaultWindow)
	s := &Submitter{
		c: c, ctx: ctx, end: c.Begin(ctx), receipt: receipt, window: int64(window),
		room: make(chan struct{}, 1), pending: make(chan string, window), stopped: make(chan struct{}),
	}
	c.left.Store(false)
	go s.receive()
	return s
}

// Mark makes Receipts tell of merging into jobs that are older than this Submitter, when number is that of HandleMark on
// the same connection. It must be called before the first Send. Without it only those that were submitted here are
// known.
func (s *Submitter) Mark(number uint64) { s.mark = number }

// receive waits for an answer only while one is due, so that a slow source of jobs is not a silent server.
func (s *Submitter) receive() {
	defer close(s.stopped)
	for unique := range s.pending {
		if err := s.receiveOne(unique); err != nil {
			s.err = s.opError(err)
			return
		}
		if s.waiting.Add(-1) <= s.window/2 {
			select {
			case s.room <- struct{}{}:
			default:
			}
		}
	}
}

func (s *Submitter) receiveOne(unique string) error {
	p, err := s.c.Receive()
	if err != nil {
		return err
	}
	r := Receipt{Number: s.gotten, Unique: unique, Handle: p.Arg(0)}
	switch p.Type {
	case JobCreated:
		r.Merged = s.merged(r.Handle)
	case Error:
		r.Handle, r.Err = nil, AsServerError(p)
	default:
		return unexpected(p)
	}
	s.gotten++
	return fromCallback(s.receipt(r))
}

// merged reports whether a handle is that of an older job.
func (s *Submitter) merged(handle []byte) bool {
	n, ok := HandleNumber(handle)
	old := ok && n <= s.mark
	s.mark = max(s.mark, n)
	return old
}

func (s *Submitter) opError(err error) error { return s.c.opError(s.ctx, "submit to", err) }

// Send submits j, which must have passed Check; its memory may be reused afterwards. It blocks while the window is
// full. What it sends leaves at the next Flush at the latest: call Flush before waiting for more input. An error is
// that of the connection or of receipt.
func (s *Submitter) Send(j *Submission) error {
	select {
	case <-s.stopped:
		return s.err
	default:
	}
	for s.waiting.Load() >= s.window {
		if err := s.waitForRoom(); err != nil {
			return err
		}
	}
	s.waiting.Add(1)
	s.sent++
	if err := s.c.SendJob(j); err != nil {
		return s.fail(err)
	}
	s.pending <- j.Unique // there is room: pending holds a window
	return nil
}

// waitForRoom flushes and waits until half of the window is free, so that what follows travels in large writes.
func (s *Submitter) waitForRoom() error {
	if err := s.Flush(); err != nil {
		return err
	}
	select {
	case <-s.room:
		return nil
	case <-s.stopped:
		return s.err
	}
}

// Flush sends what has gathered.
func (s *Submitter) Flush() error {
	if err := s.c.Flush(); err != nil {
		return s.fail(err)
	}
	return nil
}

// fail prefers the receiver's error: it knows what the server said before it closed the connection.
func (s *Submitter) fail(err error) error {
	select {
	case <-s.stopped:
		if s.err != nil {
			return s.err
		}
	default:
	}
	return s.opError(err)
}

// Close sends what has gathered and waits for the answers still due. It returns how many submissions Send put on
// their way and how many were answered; those in between may or may not be on the server. The connection stays open.
func (s *Submitter) Close() (sent, answered int64, err error) {
	err = s.c.Flush()
	close(s.pending)
	<-s.stopped
	s.end()
	if s.err != nil {
		return s.sent, s.gotten, s.err
	}
	return s.sent, s.gotten, s.opError(err)
}
