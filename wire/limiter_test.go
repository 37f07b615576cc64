package wire_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"gearctl/wire"
)

// TestSlotsAgainstAModel: room and jobs are counted right whatever the order of calls.
func TestSlotsAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room, jobs := rapid.IntRange(-1, 4).Draw(t, "room"), rapid.Int64Range(0, 6).Draw(t, "jobs")
		s := wire.NewLimiter(room, jobs)
		held, done := 0, int64(0)
		may := func() bool { return held < room && (jobs == 0 || done+int64(held) < jobs) }
		t.Repeat(map[string]func(*rapid.T){
			"try": func(t *rapid.T) {
				want := may()
				if got := s.TryAcquire(); got != want {
					t.Fatalf("%d held, %d done: got %v, want %v", held, done, got, want)
				} else if got {
					held++
				}
			},
			"acquire": func(t *rapid.T) {
				if !may() {
					t.Skip("it would wait")
				}
				if !s.Acquire(context.Background()) {
					t.Fatalf("%d held, %d done: no room", held, done)
				}
				held++
			},
			"release": func(t *rapid.T) {
				if held == 0 {
					t.Skip("nothing is held")
				}
				did := rapid.Bool().Draw(t, "did")
				s.Release(did)
				if held--; did {
					done++
				}
			},
			"": func(t *rapid.T) {
				if got, want := s.Done(), jobs > 0 && done == jobs; got != want {
					t.Fatalf("%d held, %d of %d done: done %v", held, done, jobs, got)
				}
			},
		})
	})
}

// TestSlotsOfManyWorkers: never more than room at a time, exactly jobs in all, and every worker ends.
func TestSlotsOfManyWorkers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room, jobs := rapid.Int64Range(1, 5).Draw(t, "room"), rapid.Int64Range(1, 60).Draw(t, "jobs")
		workers, every := rapid.IntRange(1, 10).Draw(t, "workers"), rapid.Int64Range(2, 5).Draw(t, "every")
		s := wire.NewLimiter(int(room), jobs)
		var busy, tries, done, most atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for s.TryAcquire() || s.Acquire(context.Background()) {
					if n := busy.Add(1); n > room {
						most.Store(n)
					}
					did := tries.Add(1)%every > 0
					if did {
						done.Add(1)
					}
					busy.Add(-1)
					s.Release(did)
				}
			})
		}
		wg.Wait()
		if most.Load() > 0 || done.Load() != jobs || !s.Done() {
			t.Fatalf("%d at a time, %d done, want %d and %d", most.Load(), done.Load(), room, jobs)
		}
	})
}

func TestReleasedWithoutAJobTheJobIsStillToBeDone(t *testing.T) {
	s := wire.NewLimiter(1, 1)
	for range 3 {
		if !s.TryAcquire() || s.TryAcquire() {
			t.Fatal("there is not room for exactly one")
		}
		s.Release(false)
	}
	s.TryAcquire()
	s.Release(true)
	if s.TryAcquire() || !s.Done() || s.Acquire(t.Context()) {
		t.Error("there is room after the only job")
	}
}

func TestAcquireWakes(t *testing.T) {
	for _, c := range []struct {
		name string
		room int
		jobs int64
		wake func(s *wire.Limiter, cancel func())
		want bool
	}{
		{"when the context ends", 1, 0, func(_ *wire.Limiter, cancel func()) { cancel() }, false},
		{"when all jobs are done", 2, 1, func(s *wire.Limiter, _ func()) { s.Release(true) }, false},
		{"when there is room", 1, 0, func(s *wire.Limiter, _ func()) { s.Release(true) }, true},
		{"when a job was not done", 2, 1, func(s *wire.Limiter, _ func()) { s.Release(false) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := wire.NewLimiter(c.room, c.jobs)
				s.TryAcquire()
				got := make(chan bool, 1)
				go func() { got <- s.Acquire(ctx) }()
				synctest.Wait()
				select {
				case <-got:
					t.Fatal("it did not wait")
				default:
				}
				c.wake(s, cancel)
				if got := <-got; got != c.want {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		})
	}
}

func TestAcquireAfterTheContextHasEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s := wire.NewLimiter(1, 0); s.Acquire(ctx) || !s.TryAcquire() {
		t.Error("room was taken after the end")
	}
}

// Who releases room and wants it again does not get ahead of who waits.
func TestRoomGoesToTheOneThatWaitsLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := wire.NewLimiter(1, 0)
		s.TryAcquire()
		got := make(chan int, 3)
		for i := range 3 {
			go func() {
				s.Acquire(t.Context())
				got <- i
			}()
			synctest.Wait()
		}
		for want := range 3 {
			s.Release(true)
			if s.TryAcquire() {
				t.Fatal("the room went to who did not wait")
			}
			if i := <-got; i != want {
				t.Errorf("the room went to %d, want %d", i, want)
			}
		}
	})
}

// Who has done a job may do the next, until another has waited for a millisecond.
func TestRoomIsRenewedForATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := wire.NewLimiter(1, 4)
		s.TryAcquire()
		if !s.Renew() {
			t.Error("nobody waits, and it is not renewed")
		}
		got := make(chan bool, 1)
		go func() { got <- s.Acquire(t.Context()) }()
		synctest.Wait()
		if !s.Renew() {
			t.Error("it is not renewed at once")
		}
		time.Sleep(time.Millisecond)
		if s.Renew() || !<-got {
			t.Error("it is renewed though another waits")
		}
		if s.Renew() || !s.Done() {
			t.Error("it is renewed after the last job")
		}
	})
}

func TestAWaiterThatGivesUpKeepsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := wire.NewLimiter(1, 0)
		s.TryAcquire()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan bool, 1)
		go func() { ended <- s.Acquire(ctx) }()
		synctest.Wait()
		cancel()
		if <-ended {
			t.Error("it got room")
		}
		s.Release(true)
		if !s.TryAcquire() {
			t.Error("the room is gone")
		}
	})
}

// TestRoomGivenToOneThatLeavesIsPassedOn: a worker that gives up at the moment when it gets room leaves it to others.
func TestRoomGivenToOneThatLeavesIsPassedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wire.NewLimiter(1, 0)
		for round := range 200 { // each time it is open which comes first
			if !s.TryAcquire() {
				t.Fatalf("round %d: the room is gone", round)
			}
			ctx, leave := context.WithCancel(t.Context())
			var got bool
			var worker sync.WaitGroup
			worker.Go(func() { got = s.Acquire(ctx) })
			synctest.Wait()
			leave()
			s.Release(true)
			worker.Wait()
			if got {
				s.Release(true)
			}
		}
	})
}

// TestALimiterIsResized: what is in progress goes on, a waiter gets the new room at once, and less room counts from then on.
func TestALimiterIsResized(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := wire.NewLimiter(1, 0)
		if !s.TryAcquire() || s.TryAcquire() {
			t.Fatal("there is room for one")
		}
		got := make(chan bool, 1)
		go func() { got <- s.Acquire(t.Context()) }()
		synctest.Wait()
		s.Resize(3)
		if !<-got || !s.TryAcquire() || s.TryAcquire() {
			t.Error("there is room for three")
		}
		s.Resize(1)
		s.Release(true)
		s.Release(true)
		if s.TryAcquire() {
			t.Error("one is in progress, and there is room for one")
		}
		s.Release(true)
		if !s.TryAcquire() {
			t.Error("there is no room although none is in progress")
		}
	})
}
