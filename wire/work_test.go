package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/waittest"
)

// completes is the answer of job n.
func completes(n int) []byte { return req(wire.WorkComplete, fmt.Sprint("H:m:", n), "r") }

var (
	settles = req(wire.EchoReq, "worked")
	settled = res(wire.EchoRes, "worked")
)

// complete does a job.
func complete(j *wire.ActiveJob) error { return j.Complete([]byte("r")) }

// work works as w says; without a Function on q, without Do it completes every job.
func work(t *testing.T, c *wire.Conn, w wire.Work) error {
	t.Helper()
	if w.Function == "" {
		w.Function = "q"
	}
	if w.Do == nil {
		w.Do = complete
	}
	return c.Work(t.Context(), &w)
}

// expectsAtOnce reads parts, which must have been written together.
func expectsAtOnce(parts ...[]byte) step {
	want := join(parts...)
	return func(nc net.Conn) error {
		got := make([]byte, 1<<16)
		n, err := nc.Read(got)
		if err != nil || !bytes.Equal(got[:n], want) {
			return fmt.Errorf("got %q at once (%v), want %q", got[:n], err, want)
		}
		return nil
	}
}

func TestWorkDoesOneJobAfterTheOther(t *testing.T) {
	c := mock(t, expectsAtOnce(req(wire.SetClientID, "me"), req(wire.CanDo, "a b"), grabs(1)), replies(assigns(1)),
		expectsAtOnce(completes(1), grabs(1)), replies(res(wire.Noop), assigns(2)),
		expectsAtOnce(req(wire.WorkFail, "H:m:2"), grabs(1)), replies(assigns(3)),
		expectsAtOnce(completes(3), settles), replies(res(wire.Noop), settled))
	var jobs []string
	err := work(t, c, wire.Work{Function: "a b", ClientID: "me", Jobs: 3, Do: func(j *wire.ActiveJob) error {
		jobs = append(jobs, fmt.Sprintf("%s %s %s %s %s", j.Server, j.Handle, j.Function, j.Unique, j.Workload))
		if len(jobs) == 2 {
			return j.Fail()
		}
		return complete(j)
	}})
	want := []string{"mock:4730 H:m:1 q k1 w1", "mock:4730 H:m:2 q k2 w2", "mock:4730 H:m:3 q k3 w3"}
	if diff := cmp.Diff(want, jobs); err != nil || diff != "" {
		t.Errorf("%v, jobs -want +got\n%s", err, diff)
	}
}

func TestTheServersTimeLimitIsASecondAtLeast(t *testing.T) {
	for limit, want := range map[time.Duration]string{
		1: "1000", time.Millisecond: "1000", time.Second: "1000", 1500 * time.Millisecond: "1500", 90 * time.Second: "90000",
	} {
		c := mock(t, expects(req(wire.CanDoTimeout, "q", want), grabs(1)), replies(assigns(1)), expects(completes(1), settles), replies(settled))
		if err := work(t, c, wire.Work{Timeout: limit, Jobs: 1}); err != nil {
			t.Errorf("%v: %v", limit, err)
		}
	}
}

func TestPartsOfAResultLeaveAtOnce(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expectsAtOnce(req(wire.WorkStatus, "H:m:1", "-1", "10")),
		expectsAtOnce(req(wire.WorkData, "H:m:1", "part\x00")), expectsAtOnce(req(wire.WorkWarning, "H:m:1", "hm")),
		expectsAtOnce(completes(1), settles), replies(settled))
	err := work(t, c, wire.Work{Jobs: 1, Do: func(j *wire.ActiveJob) error {
		return errors.Join(j.Status(-1, 10), j.Data([]byte("part\x00")), j.Warning([]byte("hm")), complete(j))
	}})
	if err != nil {
		t.Error(err)
	}
}

func TestWorkOnAServerWithoutGrabJobUniq(t *testing.T) {
	unknown := res(wire.Error, "unknown_command", "")
	grab := req(wire.GrabJob)
	c := mock(t, expects(begins), replies(unknown), expects(grab), replies(res(wire.JobAssign, "H:m:1", "q", "w\x001")),
		expectsAtOnce(completes(1), grab), replies(unknown))
	err := work(t, c, wire.Work{Do: func(j *wire.ActiveJob) error {
		if err := j.Data([]byte("part")); !errors.Is(err, wire.ErrNoParts) {
			t.Errorf("Data: got %v, want %v", err, wire.ErrNoParts)
		}
		if j.Unique != nil || string(j.Workload) != "w\x001" {
			t.Errorf("got %q with unique %q", j.Workload, j.Unique)
		}
		return complete(j)
	}})
	var refused *wire.ServerError
	if !errors.As(err, &refused) || refused.Code != "unknown_command" {
		t.Errorf("got %v, want the second refusal", err)
	}
}

// A job that the server does not know any more is told once, though every part of its result gives an ERROR.
func TestJobsThatAreGoneAreToldOnce(t *testing.T) {
	for _, code := range []string{"JOB_NOT_FOUND", "job_not_found", "not_worker"} {
		notFound := res(wire.Error, code, "")
		data := func(n int) []byte { return req(wire.WorkData, fmt.Sprint("H:m:", n), "part") }
		c := mock(t, expects(begins), replies(assigns(1)), expects(data(1), completes(1), grabs(1)), replies(notFound, notFound, assigns(2)),
			expects(data(2), completes(2), grabs(1)), replies(assigns(3)),
			expects(data(3), completes(3), settles), replies(notFound, notFound, settled))
		var gone []string
		err := work(t, c, wire.Work{Jobs: 3, Gone: func(handle string) { gone = append(gone, handle) }, Do: func(j *wire.ActiveJob) error {
			return errors.Join(j.Data([]byte("part")), complete(j))
		}})
		if diff := cmp.Diff([]string{"H:m:1", "H:m:3"}, gone); err != nil || diff != "" {
			t.Errorf("%s: %v, gone -want +got\n%s", code, err, diff)
		}
	}
}

func TestAGoneJobNeedsNoListener(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(completes(1), settles), replies(notFound, settled))
	if err := work(t, c, wire.Work{Jobs: 1}); err != nil {
		t.Error(err)
	}
}

// worksUntilCancelled runs a worker that ends when the script cancels it, and checks how long that took.
func worksUntilCancelled(t *testing.T, want time.Duration, script func(cancel step) []step) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := mock(t, script(does(func() { cancel(errDisk) }))...)
		start := time.Now()
		err := c.Work(ctx, &wire.Work{Function: "q", Do: complete})
		if took := time.Since(start); err != errDisk || took != want {
			t.Errorf("after %v: %v; want %v after %v", took, err, errDisk, want)
		}
	})
}

func TestAWorkerIsWokenByNOOP(t *testing.T) {
	worksUntilCancelled(t, 0, func(cancel step) []step {
		return []step{
			expects(begins), replies(none), expects(sleeps), replies(noop), expects(grabs(1)), replies(assigns(1)),
			expects(completes(1), grabs(1)), replies(none), expects(sleeps), cancel,
		}
	})
}

func TestANOOPThatCrossesPRESLEEPWakes(t *testing.T) {
	worksUntilCancelled(t, 0, func(cancel step) []step {
		return []step{
			expects(begins), replies(none, noop), expects(sleeps), expects(grabs(1)), replies(assigns(1)),
			expects(completes(1), grabs(1)), replies(none), expects(sleeps), cancel,
		}
	})
}

// After each rest it asks for a job before it sleeps: one that came meanwhile would wait for the next NOOP, or for ever.
func TestAWorkerRestsAfterANOOPWithoutJob(t *testing.T) {
	const naps = 1 + 2 + 4 + 8 + 16 + 32 + 64 + 100 + 100 + 100
	worksUntilCancelled(t, naps*time.Millisecond, func(cancel step) []step {
		empty := []step{expects(sleeps), replies(noop), expects(grabs(1)), replies(none), expects(grabs(1)), replies(none)}
		return slices.Concat([]step{expects(begins), replies(none)}, slices.Repeat(empty, 9),
			[]step{expects(sleeps), replies(noop), expects(grabs(1)), replies(none), expects(grabs(1)), replies(assigns(1))}, // which ends the resting
			[]step{expects(completes(1), grabs(1)), replies(none), expects(sleeps), cancel})
	})
}

// The server wakes all that sleep for one job: who comes too late sleeps again at once, ready for the next.
func TestAWorkerThatComesTooLateDoesNotRest(t *testing.T) {
	const sleeping = 200 * time.Millisecond
	worksUntilCancelled(t, 3*sleeping, func(cancel step) []step {
		late := []step{expects(sleeps), does(func() { time.Sleep(sleeping) }), replies(noop), expects(grabs(1)), replies(none)}
		return slices.Concat([]step{expects(begins), replies(none)}, slices.Repeat(late, 3), []step{expects(sleeps), cancel})
	})
}

func TestAWorkerAsksEveryTenSecondsWhileAsleep(t *testing.T) {
	worksUntilCancelled(t, 20*time.Second, func(cancel step) []step {
		return []step{
			expects(begins), replies(none), expects(sleeps), expects(grabs(1)), replies(none), expects(sleeps), expects(grabs(1)),
			replies(noop, none), expects(sleeps), cancel,
		}
	})
}

// One that is to end when it is idle does so after a grab, never asleep: a server may have chosen it to be woken.
func TestAnIdleWorkerEndsAwake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mock(t, expects(begins), replies(assigns(1)), expects(completes(1), grabs(1)), replies(none), expects(sleeps), expects(grabs(1)),
			replies(none), nothingMore)
		start := time.Now()
		if err := work(t, c, wire.Work{IdleTimeout: 5 * time.Second}); err != nil || time.Since(start) < 10*time.Second {
			t.Errorf("%v after %v, want an end after one sleep of ten seconds", err, time.Since(start))
		}
	})
}

func TestWorkSharedDeclaresAll(t *testing.T) {
	c := mock(t, expects(req(wire.CanDo, "q"), req(wire.CanDo, "r"), grabs(1)), replies(assigns(1)), expects(completes(1), settles), replies(settled))
	if err := c.WorkShared(t.Context(), &wire.Work{Function: "q", Jobs: 1, Do: complete}, []string{"r"}); err != nil {
		t.Error(err)
	}
}

func TestAWorkerEndsWhileItRests(t *testing.T) {
	worksUntilCancelled(t, 0, func(cancel step) []step {
		return []step{expects(begins), replies(none), expects(sleeps), replies(noop), expects(grabs(1)), replies(none), cancel}
	})
}

// Nothing is left to be settled: the answer to the later grab has told that the job's answer was handled.
func TestAWorkerOfASilentServerEndsAtOnceWhileAsleep(t *testing.T) {
	worksUntilCancelled(t, 0, func(cancel step) []step {
		return []step{
			expects(begins), replies(assigns(1)), expects(completes(1), grabs(1)), replies(none), expects(sleeps), cancel, nothingMore,
		}
	})
}

func TestAWorkerNoticesASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mock(t, expects(begins), replies(none), expects(sleeps), expects(grabs(1)))
		start := time.Now()
		err := work(t, c, wire.Work{})
		if took := time.Since(start); !errors.Is(err, wire.ErrSilent) || took != 15*time.Second {
			t.Errorf("after %v: %v; want ErrSilent after 15s", took, err)
		}
	})
}

func TestTheJobInHandIsFinishedWhenTheContextEnds(t *testing.T) {
	for jobs, want := range map[int]error{0: errDisk, 1: nil, 2: errDisk} {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := mock(t, expects(begins), replies(assigns(1)), expects(completes(1), settles), replies(settled))
		err := c.Work(ctx, &wire.Work{Function: "q", Jobs: jobs, Do: func(j *wire.ActiveJob) error {
			cancel(errDisk)
			return complete(j)
		}})
		if err != want {
			t.Errorf("with %d jobs: got %v, want %v", jobs, err, want)
		}
	}
}

func TestAContextThatHasEndedTakesNoJob(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errDisk)
	c := mock(t, expects(req(wire.CanDo, "q")))
	if err := c.Work(ctx, &wire.Work{Function: "q", Do: complete}); err != errDisk {
		t.Errorf("got %v, want %v", err, errDisk)
	}
}

func TestAWorkerLosesItsConnection(t *testing.T) {
	for name, script := range map[string][]step{
		"grab":   {expects(begins), hangsUp},
		"asleep": {expects(begins), replies(none), expects(sleeps), hangsUp},
		"answer": {expects(begins), replies(assigns(1)), expects(completes(1), grabs(1)), hangsUp},
		"end":    {expects(begins), replies(assigns(1)), expects(completes(1), grabs(1)), replies(assigns(2)), expects(completes(2), settles), hangsUp},
	} {
		t.Run(name, func(t *testing.T) {
			err := work(t, mock(t, script...), wire.Work{Jobs: 2})
			var op *wire.OpError
			if !errors.Is(err, wire.ErrClosed) || !errors.As(err, &op) || op.Op != "work on" {
				t.Errorf("got %v, want work on mock: ErrClosed", err)
			}
		})
	}
}

func TestAWorkerRefusesWhatItDidNotAskFor(t *testing.T) {
	asleep := []step{expects(begins), replies(none), expects(sleeps)}
	ending := []step{expects(begins), replies(assigns(1)), expects(completes(1), settles)}
	for name, script := range map[string][]step{
		"client's packet":    {expects(begins), replies(res(wire.JobCreated, "H:1"))},
		"job while asleep":   append(asleep[:3:3], replies(assigns(1))),
		"error while asleep": append(asleep[:3:3], replies(res(wire.Error, "QUEUE_ERROR", ""))),
		"job at the end":     append(ending[:3:3], replies(assigns(2))),
		"error at the end":   append(ending[:3:3], replies(res(wire.Error, "QUEUE_ERROR", ""))),
	} {
		t.Run(name, func(t *testing.T) {
			var op *wire.OpError
			if err := work(t, mock(t, script...), wire.Work{Jobs: 1}); !errors.As(err, &op) {
				t.Errorf("got %v, want an OpError", err)
			}
		})
	}
}

// A disk that is full is no failure of the server's: who dials again at an OpError would take the job for ever.
func TestAnErrorOfDoComesBackAsItIs(t *testing.T) {
	own := fmt.Errorf("print: %w", syscall.EPIPE)
	slots := wire.NewLimiter(1, 0)
	c := mock(t, expects(begins), replies(assigns(1)))
	if err := work(t, c, wire.Work{Limiter: slots, Do: func(*wire.ActiveJob) error { return own }}); err != own {
		t.Errorf("got %v, want %v", err, own)
	}
	if !slots.TryAcquire() {
		t.Error("the room was not released")
	}
	c = mock(t, expects(begins), replies(assigns(1)), expects(req(wire.WorkFail, "H:m:1")))
	err := work(t, c, wire.Work{Do: func(j *wire.ActiveJob) error { return errors.Join(j.Fail(), own) }})
	if !errors.Is(err, syscall.EPIPE) {
		t.Errorf("answered: got %v, want %v", err, own)
	}
}

func TestAnAnswerThatCannotLeaveIsTheConnectionsError(t *testing.T) {
	for name, answer := range map[string]func(*wire.ActiveJob) error{
		"COMPLETE": func(j *wire.ActiveJob) error { return j.Complete(make([]byte, 1<<20)) },
		"DATA":     func(j *wire.ActiveJob) error { return j.Data(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			c := mock(t, expects(begins), replies(assigns(1)))
			err := work(t, c, wire.Work{Do: func(j *wire.ActiveJob) error {
				c.Close()
				return answer(j)
			}})
			var op *wire.OpError
			if !errors.As(err, &op) || op.Op != "WORK_"+name || op.Server != "mock:4730" {
				t.Errorf("got %v, want an OpError of WORK_%s", err, name)
			}
		})
	}
}

// The answer of a job must not wait until there is room for another.
func TestTheAnswerLeavesBeforeAWorkerWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := wire.NewLimiter(2, 2)
		slots.TryAcquire()
		start := time.Now()
		c := mock(t, expects(begins), replies(assigns(1)), expectsAtOnce(completes(1)), nothingMore, does(func() { slots.Release(false) }),
			expectsAtOnce(grabs(1)), replies(assigns(2)), expects(completes(2), settles), replies(settled))
		if err := work(t, c, wire.Work{Limiter: slots}); err != nil || !slots.Done() || time.Since(start) != time.Second {
			t.Errorf("after %v: %v, done: %v; want both jobs done after a second", time.Since(start), err, slots.Done())
		}
	})
}

func TestRoomIsReleasedWhileAWorkerSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := wire.NewLimiter(1, 1)
		ctx, cancel := context.WithCancelCause(t.Context())
		c := mock(t, expects(begins), replies(none), expects(sleeps), does(func() {
			if !slots.TryAcquire() {
				t.Error("a worker without job holds room")
			}
		}), replies(noop), nothingMore, does(func() { cancel(errDisk) }))
		if err := c.Work(ctx, &wire.Work{Function: "q", Limiter: slots, Do: complete}); err != errDisk {
			t.Errorf("waiting for room when the context ends: got %v, want %v", err, errDisk)
		}
	})
}

func TestWorkersShareSlots(t *testing.T) {
	const jobs, enough, room, conns = 300, 100, 3, 6
	onServers(t, func(t *testing.T, addr string) {
		fill(t, addr, "q", jobs)
		slots := wire.NewLimiter(room, enough)
		var busy, done atomic.Int64
		ended := make(chan error, conns)
		for range conns {
			c := dial(t, &wire.Dialer{}, addr)
			go func() {
				ended <- c.Work(t.Context(), &wire.Work{Function: "q", Limiter: slots, Do: func(j *wire.ActiveJob) error {
					if n := busy.Add(1); n > room {
						t.Errorf("%d jobs at a time, want at most %d", n, room)
					}
					done.Add(1)
					busy.Add(-1)
					return complete(j)
				}})
			}()
		}
		for range conns {
			if err := waittest.Receive(t, "Work returns", ended); err != nil {
				t.Error(err)
			}
		}
		if left := waiting(t, dial(t, &wire.Dialer{}, addr), "q"); done.Load() != enough || left != jobs-enough {
			t.Errorf("%d done, %d left; want %d and %d", done.Load(), left, enough, jobs-enough)
		}
	})
}

func TestAJobInTheHandsOfALostWorkerGoesBack(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		fill(t, addr, "q", 1)
		first := dial(t, &wire.Dialer{}, addr)
		if err := work(t, first, wire.Work{Do: func(j *wire.ActiveJob) error { first.Close(); return complete(j) }}); err == nil {
			t.Error("the loss was not told")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := dial(t, &wire.Dialer{}, addr).Work(ctx, &wire.Work{Function: "q", Jobs: 1, Do: complete}); err != nil {
			t.Errorf("the second worker: %v", err)
		}
	})
}

func TestAWorkerThatSleepsGetsALaterJob(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		worker, client := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr)
		ended := make(chan error, 1)
		go func() {
			ended <- worker.Work(t.Context(), &wire.Work{Function: "q", Jobs: 20, Do: complete})
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		for range 20 { // one at a time, so that it sleeps in between
			handle, err := client.Submit(ctx, &wire.Submission{Function: "q"})
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Await(ctx, handle, func(wire.Update) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if err := waittest.Receive(t, "Work returns", ended); err != nil {
			t.Error(err)
		}
	})
}
