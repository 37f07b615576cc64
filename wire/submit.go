package wire

import (
	"context"
	"sync/atomic"
)

// DefaultWindow is the default number of requests in flight. gearmand 1.1.20 gets no faster with more.
const DefaultWindow = 1000

// SubmitResult is a server's answer to a submission.
type SubmitResult struct {
	Number int64  // of the submission on its Submitter, from 0
	Unique string // the submission's unique key
	Handle []byte // valid until the callback returns; empty if Err is set
	Merged bool   // into an older job with the same unique key: the server discarded the workload. See SetHighWaterMark
	Err    error  // *ServerError: the server refused the job and does not have it
}

// Submitter submits jobs on one connection with many in flight. It is not safe for concurrent use.
type Submitter struct {
	c        *Conn
	ctx      context.Context
	end      func()
	onResult func(SubmitResult) error
	window   int64
	waiting  atomic.Int64   // submissions without an answer
	room     chan struct{}  // a token when half of the window is free
	unsent   []awaited      // submissions in the connection's buffer
	pending  chan awaited   // submissions that left, whose answers the receiver has yet to wait for
	stopped  chan struct{}  // closed when the receiver has ended
	err      error          // why, set before stopped is closed
	mark     uint64         // the highest handle number so far: that of a new job is higher
	detector *mergeDetector // nil without DetectMerged
	sent     int64
	answered int64 // set before stopped is closed
}

// awaited is a submission without an answer.
type awaited struct {
	unique string
	canary bool // a job of our own
}

// NewSubmitter returns a Submitter, which owns c until Close; Close must be called. A goroutine of the Submitter calls onResult
// for every answer, in the order of the submissions; its error stops the Submitter. window is how many submissions may be
// unanswered; 0: DefaultWindow.
func NewSubmitter(ctx context.Context, c *Conn, window int, onResult func(SubmitResult) error) *Submitter {
	window = orDefault(window, DefaultWindow)
	s := &Submitter{
		c: c, ctx: ctx, end: c.Begin(ctx), onResult: onResult, window: int64(window),
		room: make(chan struct{}, 1), pending: make(chan awaited, window), stopped: make(chan struct{}),
	}
	c.left.Store(false)
	go s.receive()
	return s
}

// SetHighWaterMark makes SubmitResults report merging into jobs that are older than this Submitter. number is the result of
// HighWaterMark on the same connection. It must be called before the first Send. Without it, only merging into jobs of this
// Submitter is reported.
func (s *Submitter) SetHighWaterMark(number uint64) { s.mark = number }

// DetectMerged makes SubmitResults report merging into jobs that others submitted, also meanwhile: a canary job precedes every
// few jobs, and a handle that is not newer than the canary's is an older job's. What others submit between a canary and the
// next remains undetected, for up to 250 jobs or 10 ms. It must be called before the first Send. Close removes the canaries.
func (s *Submitter) DetectMerged() {
	s.detector = &mergeDetector{canary: newCanary(s.c)}
}

// receive waits for an answer only while one is due, so that a pause in submissions does not look like a silent server.
func (s *Submitter) receive() {
	defer close(s.stopped)
	for due := range s.pending {
		if err := s.receiveOne(due); err != nil {
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

func (s *Submitter) receiveOne(due awaited) error {
	p, err := s.c.Receive()
	if err != nil {
		return err
	}
	if due.canary {
		s.merged(p.Arg(0)) // updates the mark
		return nil
	}
	r := SubmitResult{Number: s.answered, Unique: due.unique, Handle: p.Arg(0)}
	switch p.Type {
	case JobCreated:
		r.Merged = s.merged(r.Handle)
	case Error:
		r.Handle, r.Err = nil, AsServerError(p)
	default:
		return unexpected(p)
	}
	s.answered++
	return fromCallback(s.onResult(r))
}

// merged reports whether a handle is that of an older job, and updates the mark.
func (s *Submitter) merged(handle []byte) bool {
	n, ok := HandleNumber(handle)
	old := ok && n <= s.mark
	s.mark = max(s.mark, n)
	return old
}

func (s *Submitter) opError(err error) error { return s.c.opError(s.ctx, "submit to", err) }

// Send submits j, which must have passed Check; its memory may be reused afterwards. It blocks while the window is full. Jobs
// are buffered: call Flush before waiting for more input. An error is that of the connection or of onResult.
func (s *Submitter) Send(j *Submission) error {
	select {
	case <-s.stopped:
		return s.err
	default:
	}
	if s.detector.due() {
		if s.detector.made == 0 {
			s.detector.register()
		}
		if err := s.send(s.detector.mark(), true); err != nil {
			return err
		}
	}
	return s.send(j, false)
}

func (s *Submitter) send(j *Submission, canary bool) error {
	for s.waiting.Load() >= s.window {
		if err := s.waitForRoom(); err != nil {
			return err
		}
	}
	s.waiting.Add(1)
	if !canary {
		s.sent++
	}
	s.unsent = append(s.unsent, awaited{j.Unique, canary})
	s.c.SendJob(j)
	if s.c.writeErr != nil {
		return s.fail(s.c.writeErr)
	}
	if len(s.c.out) == 0 {
		s.markSent()
	}
	return nil
}

// markSent passes submissions that were written to the receiver. It does not block: pending holds a window.
func (s *Submitter) markSent() {
	for _, due := range s.unsent {
		s.pending <- due
	}
	s.unsent = s.unsent[:0]
}

// waitForRoom flushes and waits until half of the window is free, so that the next writes are large.
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

// Flush sends the buffered jobs.
func (s *Submitter) Flush() error {
	if err := s.c.Flush(); err != nil {
		return s.fail(err)
	}
	s.markSent()
	return nil
}

// fail prefers the receiver's error, which may have the server's reason for closing the connection.
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

// Close flushes, unless there was an error, and waits for the outstanding answers. It returns how many jobs were sent and how
// many were answered; the server may or may not have the others. The connection stays open, unless it failed while it had
// canaries.
func (s *Submitter) Close() (sent, answered int64, err error) {
	sent, answered, err = s.Finish()
	return sent, answered, s.RemoveCanaries(err)
}

// Finish is Close without removing canaries, which RemoveCanaries must do next.
func (s *Submitter) Finish() (sent, answered int64, err error) {
	select {
	case <-s.stopped:
	default:
		err = s.Flush()
	}
	close(s.pending)
	<-s.stopped
	s.end()
	if s.err != nil {
		err = s.err
	}
	return s.sent, s.answered, err
}

// RemoveCanaries removes the jobs of DetectMerged, on a new connection if this one failed with err, which Finish returned. It
// takes three round trips.
func (s *Submitter) RemoveCanaries(err error) error {
	if s.detector == nil || s.detector.made == 0 {
		return err
	}
	if err == nil {
		err = s.detector.remove(s.ctx, s.c, s.detector.made)
	}
	if err != nil {
		s.detector.rescue(s.ctx)
	}
	return err
}
