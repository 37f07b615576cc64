package wire_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// onServers runs f against the embedded server and against a real gearmand.
func onServers(t *testing.T, f func(t *testing.T, addr string)) {
	t.Run("embedded", func(t *testing.T) { f(t, embedded(t, jobserver.Options{})) })
	t.Run("gearmand", func(t *testing.T) { f(t, gearmandtest.Start(t)) })
}

// fill submits n background jobs without unique keys.
func fill(t testing.TB, addr, function string, n int) {
	t.Helper()
	c := dial(t, &wire.Dialer{}, addr)
	s := wire.NewSubmitter(t.Context(), c, 0, func(r wire.SubmitResult) error { return r.Err })
	job := &wire.Submission{Function: function, Workload: make([]byte, 200), Background: true}
	for range n {
		if err := s.Send(job); err != nil {
			t.Fatal(err)
		}
	}
	if _, answered, err := s.Close(); answered != int64(n) || err != nil {
		t.Fatalf("submitted %d of %d: %v", answered, n, err)
	}
}

func TestTakeFromServers(t *testing.T) {
	const jobs = 12_000 // more than a batch of acknowledgements
	stopAt := func(n int) func() func(wire.Job) error {
		return func() func(wire.Job) error {
			calls := 0
			return func(wire.Job) error {
				if calls++; calls > n {
					return errDisk
				}
				return nil
			}
		}
	}
	accept := func() func(wire.Job) error { return func(wire.Job) error { return nil } }
	refuse := func() error { return errDisk }
	cases := []struct {
		name     string
		take     wire.Take
		job      func() func(wire.Job) error
		wantLeft int64
		wantErr  error
	}{
		{"all", wire.Take{}, accept, 0, nil},
		{"all in a window of one", wire.Take{Window: 1}, accept, 0, nil},
		{"all completed", wire.Take{Answer: wire.AnswerComplete}, accept, 0, nil},
		{"as they come", wire.Take{AckImmediately: true, Window: 77}, accept, 0, nil},
		{"held in pieces", wire.Take{MaxUnacked: 500, Window: 300}, accept, 0, nil},
		{"max", wire.Take{Max: 5001}, accept, jobs - 5001, nil},
		{"max as they come", wire.Take{Max: 7, AckImmediately: true}, accept, jobs - 7, nil},
		{"more than there are", wire.Take{Max: 2 * jobs}, accept, 0, nil},
		{"job error", wire.Take{}, stopAt(300), jobs - 300, errDisk},
		{"job error as they come", wire.Take{AckImmediately: true}, stopAt(300), jobs - 300, errDisk},
		{"sync error", wire.Take{Sync: refuse}, accept, jobs, errDisk},
		{"sync error as they come", wire.Take{AckImmediately: true, Sync: refuse}, accept, jobs, errDisk},
	}
	onServers(t, func(t *testing.T, addr string) {
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				k := c.take
				k.Function, k.Job = fmt.Sprint("queue ", i), c.job() // a blank is fine in packets
				fill(t, addr, k.Function, jobs)
				conn := dial(t, &wire.Dialer{}, addr)
				got, err := conn.Take(t.Context(), &k)
				if !errors.Is(err, c.wantErr) || got.Jobs != got.Acknowledged+got.Released || got.Gone != 0 || got.Acknowledged != jobs-c.wantLeft {
					t.Errorf("got %+v, %v; want %d acknowledged and error %v", got, err, jobs-c.wantLeft, c.wantErr)
				}
				if left := waiting(t, conn, k.Function); left != c.wantLeft {
					t.Errorf("%d jobs are left, want %d", left, c.wantLeft)
				}
			})
		}
	})
}

func TestTakeUntilTheContextEnds(t *testing.T) {
	const jobs = 5000
	onServers(t, func(t *testing.T, addr string) {
		for _, asTheyCome := range []bool{false, true} {
			function := fmt.Sprint("q_", asTheyCome)
			fill(t, addr, function, jobs)
			conn := dial(t, &wire.Dialer{}, addr)
			ctx, cancel := context.WithCancelCause(t.Context())
			n := 0
			got, err := conn.Take(ctx, &wire.Take{Function: function, AckImmediately: asTheyCome, Window: 100, Job: func(wire.Job) error {
				if n++; n == 1000 {
					cancel(errDisk)
				}
				return nil
			}})
			if err != errDisk || got.Acknowledged < 1000 || got.Acknowledged > 1200 || got.Jobs != got.Acknowledged {
				t.Errorf("got %+v, %v; want about 1,000 taken and acknowledged", got, err)
			}
			if left := waiting(t, conn, function); left != jobs-got.Acknowledged {
				t.Errorf("%d jobs are left, want %d", left, jobs-got.Acknowledged)
			}
		}
	})
}

func TestFollowTakesWhatComesLater(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		ctx, stop := context.WithCancelCause(ctx)
		conn := dial(t, &wire.Dialer{Trace: nil}, addr)
		taken := make(chan struct{}, 1)
		ended := make(chan error, 1)
		go func() {
			n, err := conn.Take(ctx, &wire.Take{Function: "q", Follow: true, AckImmediately: true, Job: func(wire.Job) error {
				taken <- struct{}{}
				return nil
			}})
			if n.Acknowledged != 30 {
				err = errors.Join(err, fmt.Errorf("%+v, want 30 acknowledged", n))
			}
			ended <- err
		}()
		for range 30 { // one at a time, so that it sleeps in between
			fill(t, addr, "q", 1)
			select {
			case <-taken:
			case <-ctx.Done():
				t.Fatal("a job was not taken")
			}
		}
		stop(errDisk)
		if err := waittest.Receive(t, "Take returns", ended); err != errDisk {
			t.Errorf("got %v, want %v alone", err, errDisk)
		}
	})
}

func TestAKilledConnectionLosesNothing(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		const jobs = 3000
		fill(t, addr, "q", jobs)
		conn := dial(t, &wire.Dialer{}, addr)
		n := 0
		got, err := conn.Take(t.Context(), &wire.Take{Function: "q", Window: 50, AckImmediately: true, Job: func(wire.Job) error {
			if n++; n == 1500 {
				conn.Close()
			}
			return nil
		}})
		if err == nil || got.Acknowledged > 1500 {
			t.Fatalf("got %+v, %v, want an error after 1,500", got, err)
		}
		second, err := dial(t, &wire.Dialer{}, addr).Take(t.Context(), &wire.Take{Function: "q", Job: func(wire.Job) error { return nil }})
		if err != nil || second.Acknowledged+got.Jobs < jobs {
			t.Errorf("first %+v, then %+v, %v; want at least %d together", got, second, err, jobs)
		}
	})
}

// Without the exceptions option gearmand makes WORK_FAIL of an exception, with a NUL byte behind the handle.
func TestAnExceptionEndsTheWaiting(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		client, worker := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr)
		handle, err := client.Submit(t.Context(), &wire.Submission{Function: "q", Unique: "u"})
		if err != nil {
			t.Fatal(err)
		}
		worker.Send(wire.CanDo, []byte("q"))
		worker.Send(wire.GrabJob)
		if err := worker.Flush(); err != nil {
			t.Fatal(err)
		}
		if p, err := worker.Receive(); err != nil || p.Type != wire.JobAssign {
			t.Fatalf("got %v, %v, want the job", p.Type, err)
		}
		worker.Send(wire.WorkException, []byte(handle), []byte("ouch"))
		worker.Flush()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var got wire.Type
		if err := client.Await(ctx, handle, func(u wire.Update) error { got = u.Type; return nil }); err != nil || got != wire.WorkFail {
			t.Errorf("got %v, %v, want WORK_FAIL", got, err)
		}
	})
}
