package workerpool

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestConnectionsComeAndGoWithTheWork: a queue with work gets more connections, as many as jobs may run, and gives them up when
// they have been idle for a minute, so that they are there the next time.
func TestConnectionsComeAndGoWithTheWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 8, 4, 0, "q", "r") // two each, and room for four more
		b.Do = func(_ context.Context, j *wire.ActiveJob) error {
			time.Sleep(time.Second)
			return j.Complete(nil)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.run(ctx) }()
		for round := range 4 {
			b.submit("q", 12)
			time.Sleep(30 * time.Second)
			if open, most := b.connections(); open != 6 || most != 6 {
				t.Errorf("round %d: 12 jobs had %d connections, and %d later; want 4 beside those of r", round, most, open)
			}
			time.Sleep(2 * time.Minute)
			if open, _ := b.connections(); open != 4 {
				t.Errorf("round %d: %d connections are left without work, want 2 for each queue", round, open)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestNoConnectionsForJobsThatMayNotRun: as many jobs run as may, and more connections would only wait.
func TestNoConnectionsForJobsThatMayNotRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 8, 2, 4, "q", "r")
		b.submit("q", 2)
		b.submit("r", 2)
		b.Do = func(_ context.Context, j *wire.ActiveJob) error {
			time.Sleep(time.Second)
			return j.Complete(nil)
		}
		if err := b.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(b.start); b.ever != 2 || took != 2*time.Second {
			t.Errorf("4 jobs of a second, two at a time, had %d connections for %v", b.ever, took)
		}
	})
}

// TestThePoolEndsWithTheLastJob: workers that sleep do not wait until they are woken.
func TestThePoolEndsWithTheLastJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 8, 4, 1, "q", "r", "s")
		b.Do = func(_ context.Context, j *wire.ActiveJob) error { return j.Complete(nil) }
		ended := make(chan error, 1)
		go func() { ended <- b.run(t.Context()) }()
		time.Sleep(25 * time.Second)
		b.submit("q", 1)
		if err := <-ended; err != nil || time.Since(b.start) >= 26*time.Second {
			t.Errorf("it ended %v after the last job: %v", time.Since(b.start)-25*time.Second, err)
		}
	})
}

// TestAReleasedJobIsHeldWithoutAConnectionToSpare: it goes back after its time, not before.
func TestAReleasedJobIsHeldWithoutAConnectionToSpare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 1, 1, 0, "q")
		b.submit("q", 1)
		ctx, cancel := context.WithCancel(t.Context())
		var at []string
		b.Do = func(_ context.Context, j *wire.ActiveJob) error {
			if at = append(at, time.Since(b.start).Round(time.Second).String()); len(at) < 3 {
				return &Release{After: time.Minute}
			}
			cancel()
			return j.Complete(nil)
		}
		err := b.run(ctx)
		if diff := cmp.Diff([]string{"0s", "1m0s", "2m0s"}, at); diff != "" || err != nil {
			t.Errorf("%v; the job came -want +got\n%s", err, diff)
		}
	})
}

// TestAServerWithATimeLimitGetsAConnectionForEachJob: gearmand does not stop the timer of a connection's first job.
func TestAServerWithATimeLimitGetsAConnectionForEachJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 1, 1, 3, "q")
		b.Timeout = time.Minute
		b.submit("q", 3)
		b.Do = func(_ context.Context, j *wire.ActiveJob) error { return j.Complete(nil) }
		if err := b.run(t.Context()); err != nil || b.ever != 3 {
			t.Errorf("3 jobs had %d connections: %v", b.ever, err)
		}
	})
}

// TestAConnectionWithoutAJobEndsUnderATimeLimitToo: it was for more work, and there is none.
func TestAConnectionWithoutAJobEndsUnderATimeLimitToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 4, 2, 0, "q", "r")
		b.Timeout = time.Minute
		b.submit("q", 3)
		b.Do = func(_ context.Context, j *wire.ActiveJob) error {
			time.Sleep(time.Second)
			return j.Complete(nil)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.run(ctx) }()
		time.Sleep(5 * time.Minute)
		if open, most := b.connections(); open != 2 || most != 3 {
			t.Errorf("%d connections are left of %d, want one for each queue of 3", open, most)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestALostConnectionIsNoFailureOfThePool: the job goes back to its queue, and is done by the next connection.
func TestALostConnectionIsNoFailureOfThePool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 2, 1, 0, "q")
		b.submit("q", 1)
		ctx, cancel := context.WithCancel(t.Context())
		tries := 0
		b.Do = func(_ context.Context, j *wire.ActiveJob) error {
			if tries++; tries == 1 {
				return &wire.OpError{Server: memoryServer, Op: "WORK_DATA", Err: wire.ErrClosed}
			}
			cancel()
			return j.Complete(nil)
		}
		if err := b.run(ctx); err != nil || tries != 2 {
			t.Errorf("the job came %d times: %v", tries, err)
		}
	})
}

// TestOneConnectionThatCannotServeEndsThePool, though the others could go on.
func TestOneConnectionThatCannotServeEndsThePool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 4, 4, 0, "q")
		b.Do = func(_ context.Context, j *wire.ActiveJob) error { return j.Complete(nil) }
		cannot := errors.New("cannot serve")
		var prepared atomic.Int64
		b.Prepare = func(context.Context, *wire.Conn) error {
			if prepared.Add(1) == 3 {
				return cannot
			}
			return nil
		}
		if err := b.run(t.Context()); !errors.Is(err, cannot) || time.Since(b.start) > time.Minute {
			t.Errorf("it ended after %v: %v", time.Since(b.start), err)
		}
		if open, _ := b.connections(); open != 0 {
			t.Errorf("%d connections are open at the end", open)
		}
	})
}

// TestAnInterruptReportsTheJobsThatRun, if there are any, and if no other pool goes on.
func TestAnInterruptReportsTheJobsThatRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after time.Duration // the beginning of a job of a minute
		cause error
		jobs  int64
		logs  string
		ends  error
	}{
		"while a job runs":         {time.Second, cmderr.ErrInterrupted, 0, "finishing 1 job; ctrl-C again requeues running jobs\n", nil},
		"while one of several may": {time.Second, cmderr.ErrInterrupted, 9, "finishing 1 job; ctrl-C again requeues running jobs\n", cmderr.ErrInterrupted},
		"when it has ended":        {2 * time.Minute, cmderr.ErrInterrupted, 0, "", nil},
		"when another pool begins": {time.Second, ErrReplaced, 9, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, 2, 1, c.jobs, "q")
				b.submit("q", 1)
				ctx, cancel := context.WithCancelCause(t.Context())
				b.Do = func(_ context.Context, j *wire.ActiveJob) error {
					time.Sleep(time.Minute)
					return j.Complete(nil)
				}
				time.AfterFunc(c.after, func() { cancel(c.cause) })
				err := b.run(ctx)
				if took := time.Since(b.start); !errors.Is(err, c.ends) || took < time.Minute {
					t.Errorf("it ended after %v with %v, want %v after the job", took, err, c.ends)
				}
				synctest.Wait()
				if b.log.String() != c.logs {
					t.Errorf("logged %q, want %q", b.log.String(), c.logs)
				}
			})
		})
	}
}

// TestThePausesOfQueues: those that are not paused are served, until the first pause ends.
func TestThePausesOfQueues(t *testing.T) {
	t.Parallel()
	now := time.Now()
	at := func(n time.Duration) time.Time { return now.Add(n * time.Second) }
	for name, c := range map[string]struct {
		paused map[string]time.Time
		serve  string
		until  time.Time
	}{
		"none":             {nil, "a b c", time.Time{}},
		"one":              {map[string]time.Time{"b": at(5)}, "a c", at(5)},
		"the first longer": {map[string]time.Time{"a": at(9), "c": at(5)}, "b", at(5)},
		"the last longer":  {map[string]time.Time{"a": at(5), "c": at(9)}, "b", at(5)},
		"one is over":      {map[string]time.Time{"a": at(0), "b": at(-1), "c": at(1)}, "a b", at(1)},
	} {
		g := &connGroup{queues: strings.Fields("a b c"), pausedUntil: c.paused}
		if queues, until := g.due(now); strings.Join(queues, " ") != c.serve || !until.Equal(c.until) {
			t.Errorf("%s: %v are served for %v, want %s for %v", name, queues, until.Sub(now), c.serve, c.until.Sub(now))
		}
	}
}

// TestEveryServerIsCheckedBeforeQueuesShareConnections: one that cannot bear it is enough.
func TestEveryServerIsCheckedBeforeQueuesShareConnections(t *testing.T) {
	t.Parallel()
	good, bad := servertest.OfVersion(t, "1.1.22"), servertest.OfVersion(t, "2.0.0")
	l := &ConnLimits{Max: 1, Queues: 2, Parallel: 1}
	b := new(strings.Builder)
	log := newPool(b, 1, 0, "q").Client.Log
	if err := l.CheckServers(t.Context(), log, &wire.Dialer{}, []string{good, servertest.DeadAddr}); err != nil || !strings.Contains(b.String(), good+": 2 queues share 1 connection") {
		t.Errorf("%v, logged %q", err, b)
	}
	if err := l.CheckServers(t.Context(), log, &wire.Dialer{}, []string{good, bad}); err == nil || !strings.Contains(err.Error(), bad+": 2 queues need 2 connections") {
		t.Errorf("of two servers the second cannot: %v", err)
	}
}
