package probe

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/modgearman"
	"gearctl/wire/waittest"
)

// probeWithin probes a queue of a server, and returns what it holds afterwards.
func probeWithin(t *testing.T, addr, queue string, within time.Duration) (modgearman.Status, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	d := new(wire.Dialer)
	return wire.WithConn(ctx, d, addr, func(ctx context.Context, c *wire.Conn) (modgearman.Status, error) {
		return requestStatus(ctx, d, c, queue)
	})
}

// otherProbe submits a probe that waits in a queue, as another program does.
func otherProbe(t *testing.T, addr, queue string) (other *wire.Conn, handle string) {
	t.Helper()
	other, err := new(wire.Dialer).Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	handle, err = other.Submit(t.Context(), &wire.Submission{Function: queue, Unique: statusText, Workload: []byte(statusText), Priority: wire.PriorityHigh})
	if err != nil {
		t.Fatal(err)
	}
	return other, handle
}

// abandon closes the connection of a probe and waits until the server has noticed.
func abandon(t *testing.T, addr string, other *wire.Conn) {
	t.Helper()
	other.Close()
	servertest.Until(t, "the other's job is abandoned", func() bool {
		s, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (wire.JobState, error) {
			return c.JobStatusUnique(ctx, statusText)
		})
		return err == nil && s.Clients == 0
	})
}

func TestProbeStatus(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		// The C worker answers with a buffer of 64 KiB.
		servertest.Answering(t, addr, "worker_c", "hostC has 25 worker and is working on 3 jobs. Version: 5.2.4|worker=25;;;5;50 jobs=1508c"+strings.Repeat("\x00x", 32<<10))
		s, err := probeWithin(t, addr, "worker_c", 5*time.Second)
		if err != nil || s.From != modgearman.FromWorker || s.Name != "hostC" || s.Workers != 25 || s.Running != 3 || s.Max != 50 || s.Jobs != 1508 {
			t.Errorf("got %+v, %v", s, err)
		}
		servertest.Answering(t, addr, "check_results", "0:OK - result worker running on core. Sending 14.9 jobs/s (avg duration:0.040ms). Version: 5.2.4|worker=3;;;0;3 jobs=2388c errors=0c")
		if s, err = probeWithin(t, addr, "check_results", 5*time.Second); err != nil || s.From != modgearman.FromModule || s.Workers != 3 {
			t.Errorf("got %+v, %v", s, err)
		}
		servertest.Answering(t, addr, "odd", "who are you?")
		var bad *NoReplyError
		if _, err = probeWithin(t, addr, "odd", 5*time.Second); !errors.As(err, &bad) {
			t.Errorf("got %v, want a probeError", err)
		}
	})
}

// TestAProbeLeavesNoJobBehind is the phantom queue worker_X of check_gearman, which alarms for ever.
func TestAProbeLeavesNoJobBehind(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		var missing *NoWorkerError
		if _, err := probeWithin(t, addr, "worker_gone", 4*time.Second); !errors.As(err, &missing) || !missing.Unknown {
			t.Errorf("got %v, want a noWorkerError", err)
		}
		if len(servertest.Queues(t, addr)) > 0 {
			t.Errorf("the probe made the queues %+v", servertest.Queues(t, addr))
		}
		servertest.NewSilentWorker(t, addr, "worker_hangs")
		var silent *NoReplyError
		if _, err := probeWithin(t, addr, "worker_hangs", 4*time.Second); !errors.As(err, &silent) || silent.Reason != reasonNotTaken {
			t.Errorf("got %v, want %q", err, reasonNotTaken)
		}
		if q := servertest.Queue(t, addr, "worker_hangs"); q.Total != 0 || q.Workers != 1 {
			t.Errorf("the probe left %+v", q)
		}
	})
}

// TestAProbeThatIsTakenAndNotAnswered leaves the job to the worker that has it.
func TestAProbeThatIsTakenAndNotAnswered(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		stop, err := servertest.Serve(addr, "worker_stuck", "stuck")
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		var silent *NoReplyError
		if _, err := probeWithin(t, addr, "worker_stuck", 4*time.Second); !errors.As(err, &silent) || !strings.Contains(silent.Reason, "still working on it") {
			t.Errorf("got %v", err)
		}
		if q := servertest.Queue(t, addr, "worker_stuck"); q.Waiting() != 0 {
			t.Errorf("the probe left %+v", q)
		}
	})
}

// TestProbesOfAWorkerThatHangs: several at the same time, beside what a check_gearman left, leave nothing behind, and none
// takes another's away.
func TestProbesOfAWorkerThatHangs(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		servertest.NewSilentWorker(t, addr, "worker_slow")
		other, handle := otherProbe(t, addr, "worker_slow")
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := probeWithin(t, addr, "worker_slow", 4*time.Second); err == nil {
					t.Error("got an answer")
				}
			})
		}
		wg.Wait()
		if s, err := other.JobStatus(t.Context(), handle); err != nil || !s.Known {
			t.Errorf("the other's job is gone: %+v, %v", s, err)
		}
		abandon(t, addr, other)
		if _, err := probeWithin(t, addr, "worker_slow", 4*time.Second); err == nil {
			t.Error("got an answer")
		}
		if q := servertest.Queue(t, addr, "worker_slow"); q.Total != 0 {
			t.Errorf("left behind: %+v", q)
		}
	})
}

// TestAProbeBesideAnAbandonedOne is answered: gearmand hands out no job that was given up, and makes a new one with its
// unique key a part of it.
func TestAProbeBesideAnAbandonedOne(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		w := servertest.NewSilentWorker(t, addr, "worker_back")
		other, _ := otherProbe(t, addr, "worker_back")
		abandon(t, addr, other)
		answered := make(chan error, 1)
		go func() {
			_, err := probeWithin(t, addr, "worker_back", 10*time.Second)
			answered <- err
		}()
		servertest.Until(t, "both wait", func() bool { return servertest.Queue(t, addr, "worker_back").Total == 2 })
		handle, _ := w.Grab()
		w.Answer(handle, "lab has 1 worker and is working on 0 jobs. Version: 5|worker=1;;;1;1 jobs=0c")
		if err := waittest.Receive(t, "the probe is answered", answered); err != nil {
			t.Error(err)
		}
	})
}

func TestAProbeThatFails(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, addr string) {
		stop, err := servertest.Serve(addr, "worker_fails", "fail")
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		if _, err := probeWithin(t, addr, "worker_fails", 5*time.Second); err == nil || !strings.Contains(err.Error(), "reported failure") {
			t.Errorf("got %v", err)
		}
	})
}
