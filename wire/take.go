package wire

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Job is a job that a server assigned. Its memory is valid until the callback that got it returns.
type Job struct {
	Handle   []byte
	Function []byte
	Unique   []byte // nil if the server does not send it (GRAB_JOB)
	Workload []byte
}

// Answer is what a taken job is acknowledged with. Either removes it from the server.
type Answer Type

// The two answers. A client that waits for a foreground job learns from AnswerFail that it was not done.
const (
	AnswerFail     = Answer(WorkFail)
	AnswerComplete = Answer(WorkComplete)
)

// Take are the settings of Conn.Take.
type Take struct {
	Function string
	ClientID string // shown in the server's list of workers; see SetClientID
	Answer   Answer // 0: AnswerFail
	Window   int    // grabs in flight; 0: DefaultWindow. With Expect it grows on a link with a long delay
	// Expect is how many jobs are waiting, if known; 0: unknown. Take then sends as many grabs and one more at once, up to
	// Window, which saves round trips. Otherwise it starts with one grab and doubles.
	Expect int64

	// AckImmediately acknowledges jobs in small batches while taking goes on. By default Take grabs all jobs, then
	// acknowledges the newest first, which saves gearmand a search to the end of its hash chains: with a million jobs it
	// finds the newest in 0.2 µs, the oldest in 100 µs.
	AckImmediately bool
	// AckDue, if not nil, holds the jobs until it returns true, until MaxUnacked are held, or until the end: AckImmediately has no
	// effect then. It is called after every packet and, with Follow, at least every 10 seconds.
	AckDue     func() bool
	Max        int64 // how many to take; 0: until the server has none
	Follow     bool  // wait for more when the server has none, until ctx ends
	MaxUnacked int   // acknowledge when this many jobs are held; 0: two million

	// Job is called for every job. An error stops taking: this job and all later ones are released.
	Job func(Job) error
	// Sync, if not nil, is called before jobs are acknowledged, and must make everything that Job got safe. An error stops
	// taking, and the unacknowledged jobs are released.
	Sync func() error
	// Acknowledge, if not nil, is called after Sync for each job that Job accepted, by its number from 0, newest first. If
	// it returns false, the job is held until the end and then released.
	Acknowledge func(n int64) bool
	// Restore keeps the order of the queue: all jobs are held, even if Job fails or ctx ends, and released twice, because
	// releasing reverses their order. Jobs that arrive meanwhile end up in front of them. Without Restore, or if Max ends
	// the taking, released jobs are at the tail in reverse order.
	Restore bool
	// Progress, if not nil, is called after every 1,024 jobs and every batch of acknowledgements.
	Progress func(Taken)

	own bool // the jobs are foreground jobs of this connection, which skips their results
}

// Taken counts the jobs of a Take. Jobs = Acknowledged + Gone + Released + Lost, unless the connection broke.
type Taken struct {
	Jobs         int64 // assigned to this connection
	Bytes        int64 // of their workloads
	Acknowledged int64 // and confirmed by the server
	Gone         int64 // unknown to the server when they were acknowledged: it restarted, or the job timed out
	Released     int64
	Lost         int64 // not acknowledged, on a server that loses released jobs
	Unconfirmed  int64 // acknowledged before the connection broke: the server may or may not have handled it
	Missing      int64 // of Released with Restore, not assigned again: others took them, or the server destroyed them
}

const (
	defaultHoldMax = 2_000_000
	ackBatch       = 10_000 // acknowledgements between two ECHO_REQ, at most
	ackFirst       = 64     // so many at first: a persistent server may take 10 ms for each
	ackBatches     = 3      // batches whose ECHO_RES may be outstanding
	ackWindow      = 1000   // or so many acknowledgements, if that is more
	ackQuick       = 100 * time.Millisecond
	progressEvery  = 1 << 10
	sleepTimeout   = 10 * time.Second // while asleep: the server does not wake workers when a scheduled job is due
	emptyWakePause = maxBackoff       // after a NOOP without job: scheduled jobs make the server send NOOP at once
)

// taker is a running Take.
type taker struct {
	*Take
	c        *Conn
	ctx      context.Context // ends taking; held jobs are still finished
	grab     Type
	inFlight int // grabs that wait for their answer
	target   int // how many may be in flight now: doubles with every job up to Window
	sized    bool
	expected int64 // with sized, how many of Expect have yet to come; below 0: more came
	wider    int   // the window is so many times the one that was asked for
	burst    int   // jobs that came since the last wait for the link
	stale    int   // GRAB_JOB_UNIQ in flight that a server is going to refuse
	empty    bool
	stop     error // of Job or Sync: take no more
	failed   bool  // Sync failed: acknowledge nothing more
	discard  bool  // jobs are held for the second time, to release them in order
	held     HandleList
	accepted int64     // jobs that Job accepted, up to and with those in held
	answered int64     // acknowledgements sent
	again    int64     // jobs that were held for the second time
	batch    int       // acknowledgements between two ECHO_REQ: more while the server answers quickly
	acks     []int     // sizes of the batches whose ECHO_RES is outstanding
	lastAck  time.Time // when the last one came; zero: the server had nothing more to do then
	gone     int       // of the first of these batches, how many the server did not know
	n        Taken
	handle   []byte
}

// Take takes jobs as t says. When ctx ends, Take stops, finishes the jobs in hand, and returns ctx's cause. When Job or Sync
// fails, its error is returned after the remaining jobs were released. If the connection fails, the server releases every
// unacknowledged job itself. The counts are right in every case.
//
// The Perl server, recognized because it does not know GRAB_JOB_UNIQ, forgets the jobs of a worker that disconnects. If
// Sync is set, which means that the jobs are wanted, Take therefore grabs them one at a time from it.
func (c *Conn) Take(ctx context.Context, t *Take) (n Taken, err error) {
	if !c.claimFunction(t.Function) {
		err = c.onNewConn(ctx, func(c *Conn) error {
			n, err = c.Take(ctx, t)
			return err
		})
		return n, err
	}
	k := &taker{Take: t, c: c, ctx: ctx, grab: GrabJobUniq, target: 1, wider: 1, batch: ackFirst}
	k.expect(t.Expect)
	err = c.do(Outlast(ctx), "take jobs of "+t.Function+" from", 0, k.run)
	switch {
	case err != nil:
		k.n.Unconfirmed = k.answered - k.n.Acknowledged - k.n.Gone
		return k.n, errors.Join(k.stop, err)
	case k.stop != nil:
		return k.n, k.stop
	case ctx.Err() != nil:
		return k.n, context.Cause(ctx)
	}
	return k.n, nil
}

func (k *taker) run() error {
	if k.ClientID != "" {
		k.c.SetClientID(k.ClientID)
	}
	k.c.Send(CanDo, []byte(k.Function))
	for {
		k.topUp()
		if k.ackDue() {
			if err := k.acknowledge(); err != nil {
				return err
			}
			continue // while it waited, the last job in flight may have come
		}
		if k.inFlight == 0 {
			if k.finished() {
				return k.releaseRest()
			}
			if k.empty {
				if err := k.sleep(); err != nil {
					return err
				}
			}
			continue
		}
		if err := k.receive(); err != nil {
			return err
		}
	}
}

// oneAtATime reports whether each job must be acknowledged before the next is taken.
func (k *taker) oneAtATime() bool { return k.grab == GrabJob && k.Sync != nil }

func (k *taker) holdMax() int {
	if k.oneAtATime() {
		return 1
	}
	return orDefault(k.MaxUnacked, defaultHoldMax)
}

func (k *taker) stopping() bool { return k.stop != nil || k.ctx.Err() != nil }

func (k *taker) maxReached() bool { return k.Max > 0 && k.n.Jobs >= k.Max }

// enough reports whether to stop grabbing. Restore requires that all jobs are held, even after an error.
func (k *taker) enough() bool { return k.maxReached() || k.stopping() && !k.Restore }

func (k *taker) finished() bool { return k.enough() || k.empty && !k.Follow }

// expect sets how many jobs to grab at once.
func (k *taker) expect(n int64) {
	if n > 0 {
		k.sized, k.expected = true, n
		k.target = int(min(n+1, int64(k.window())))
	}
}

// topUp sends grabs if half of the window is free, so that they are sent in batches.
func (k *taker) topUp() {
	if k.empty || k.enough() || k.held.Len() >= k.holdMax() || k.inFlight > k.target/2 {
		return
	}
	want := k.target - k.inFlight
	if k.sized && k.expected < 0 && k.inFlight == 0 { // more jobs came than were expected
		k.sized, k.target, want = false, 1, 1
	}
	if k.sized {
		want = int(min(int64(want), k.expected+1-int64(k.inFlight)))
	}
	if k.Max > 0 {
		want = int(min(int64(want), k.Max-k.n.Jobs-int64(k.inFlight)))
	}
	for range want {
		k.c.Send(k.grab)
		k.inFlight++
	}
}

// ackDue reports whether to acknowledge the held jobs now: if no grab is outstanding or, with AckImmediately, if half a
// window is held or the server pauses.
func (k *taker) ackDue() bool {
	held := k.held.Len()
	switch {
	case held == 0:
		return false
	case k.AckDue != nil:
		return k.AckDue() || k.inFlight == 0 && (k.finished() || held >= k.holdMax())
	case k.inFlight == 0:
		return true
	}
	return k.AckImmediately && (held > k.baseWindow()/2 || k.c.r.Buffered() == 0)
}

func (k *taker) receive() error {
	p, err := k.next()
	if err != nil {
		return err
	}
	return k.handlePacket(p)
}

// next returns the next packet. It flushes before it waits for one.
func (k *taker) next() (Packet, error) {
	if k.c.r.Buffered() > 0 {
		return k.c.receiveAnswer()
	}
	if err := k.c.Flush(); err != nil {
		return Packet{}, err
	}
	since := time.Now()
	p, err := k.c.receiveAnswer()
	k.waited(time.Since(since))
	return p, err
}

func (k *taker) handlePacket(p Packet) error {
	if answersGrab(p.Type) && k.inFlight == 0 {
		return &FrameError{Reason: fmt.Sprintf("unrequested %v", p.Type)}
	}
	switch p.Type {
	case JobAssignUniq:
		k.take(Job{Handle: p.Arg(0), Function: p.Arg(1), Unique: p.Arg(2), Workload: p.Arg(3)})
	case JobAssign:
		k.take(Job{Handle: p.Arg(0), Function: p.Arg(1), Workload: p.Arg(2)})
	case NoJob:
		k.inFlight--
		k.empty, k.target = true, 1
	case EchoRes:
		return k.confirm()
	case Error:
		return k.refused(p)
	case WorkComplete, WorkFail:
		if !k.own {
			return unexpected(p)
		}
	default:
		return unexpected(p)
	}
	return nil
}

func answersGrab(t Type) bool { return t == JobAssignUniq || t == JobAssign || t == NoJob }

func (k *taker) take(j Job) {
	k.inFlight--
	k.expected--
	k.burst++
	k.target = min(k.target*2, k.window())
	if k.discard {
		k.again++
		return
	}
	k.n.Jobs++
	k.n.Bytes += int64(len(j.Workload))
	refused := k.Restore && k.stopping()
	if k.stop == nil && !refused {
		k.stop = k.Job(j)
	}
	if k.stop != nil || refused {
		k.countUnacked(1)
		return
	}
	k.held.Add(j.Handle)
	k.accepted++
	if k.Progress != nil && k.n.Jobs%progressEvery == 0 {
		k.Progress(k.n)
	}
}

// countUnacked counts n jobs that are not acknowledged.
func (k *taker) countUnacked(n int) {
	if k.grab == GrabJob {
		k.n.Lost += int64(n)
	} else {
		k.n.Released += int64(n)
	}
}

// refused handles an ERROR. JOB_NOT_FOUND is the answer to an acknowledgement. Anything else answers the first grabs: a server
// without GRAB_JOB_UNIQ refuses each of them, and GRAB_JOB is used instead.
func (k *taker) refused(p Packet) error {
	if isJobNotFound(p) && len(k.acks) > 0 && k.gone < k.acks[0] {
		k.gone++
		return nil
	}
	if k.grab == GrabJobUniq && k.n.Jobs == 0 && k.inFlight > 0 {
		k.grab, k.stale, k.target = GrabJob, k.inFlight, 1
	}
	if k.stale > 0 {
		k.stale--
		k.inFlight--
		return nil
	}
	return AsServerError(p)
}

// confirm counts a batch of acknowledgements that the server has handled.
func (k *taker) confirm() error {
	if len(k.acks) == 0 {
		return &FrameError{Reason: "unrequested ECHO_RES"}
	}
	k.n.Acknowledged += int64(k.acks[0] - k.gone)
	k.n.Gone += int64(k.gone)
	k.acks, k.gone = k.acks[1:], 0
	k.measure()
	if k.Progress != nil {
		k.Progress(k.n)
	}
	return nil
}
