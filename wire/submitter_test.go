package wire_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/jobserver"
)

func numbered(i int) *wire.Submission {
	return &wire.Submission{Function: "q", Unique: fmt.Sprint("k", i), Workload: []byte("w"), Background: true}
}

// numberedBytes is what the n numbered submissions from first are on the wire.
func numberedBytes(first, n int) (b []byte) {
	for i := range n {
		b = append(b, req(wire.SubmitJobBG, "q", fmt.Sprint("k", first+i), "w")...)
	}
	return b
}

func TestReceiptsComeInOrder(t *testing.T) {
	c := mock(t, expects(numberedBytes(0, 4)), replies(
		res(wire.JobCreated, "H:1"), res(wire.Error, "QUEUE_ERROR", "Job+queue+is+full"), res(wire.JobCreated, "H:2"), res(wire.JobCreated, "H:1")))
	var got []string
	s := wire.NewSubmitter(t.Context(), c, 0, func(r wire.SubmitResult) error {
		got = append(got, fmt.Sprintf("%d %s %s %v", r.Number, r.Unique, r.Handle, r.Err))
		return nil
	})
	for i := range 4 {
		if err := s.Send(numbered(i)); err != nil {
			t.Fatal(err)
		}
	}
	sent, answered, err := s.Close()
	want := []string{"0 k0 H:1 <nil>", `1 k1  server error "QUEUE_ERROR": "Job queue is full"`, "2 k2 H:2 <nil>", "3 k3 H:1 <nil>"}
	if diff := cmp.Diff(want, got); diff != "" || sent != 4 || answered != 4 || err != nil {
		t.Errorf("sent %d, answered %d, %v; receipts -want +got\n%s", sent, answered, err, diff)
	}
}

func TestAConnectionLostWithJobsInFlight(t *testing.T) {
	c := mock(t, expects(numberedBytes(0, 5)), replies(res(wire.JobCreated, "H:1"), res(wire.JobCreated, "H:2")), hangsUp)
	s := wire.NewSubmitter(t.Context(), c, 10, func(wire.SubmitResult) error { return nil })
	for i := range 5 {
		if err := s.Send(numbered(i)); err != nil {
			t.Fatal(err)
		}
	}
	sent, answered, err := s.Close()
	var op *wire.OpError
	if sent != 5 || answered != 2 || !errors.Is(err, wire.ErrClosed) || !errors.As(err, &op) || op.Safe {
		t.Errorf("sent %d, answered %d, %v; want 5, 2, ErrClosed, not safe", sent, answered, err)
	}
}

func TestTheWindowIsRespected(t *testing.T) {
	for _, window := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			c := mock(t, answersInTurns(window, 4*window))
			s := wire.NewSubmitter(t.Context(), c, window, func(wire.SubmitResult) error { return nil })
			for i := range 4 * window {
				if err := s.Send(numbered(i)); err != nil {
					t.Fatal(err)
				}
			}
			if sent, answered, err := s.Close(); sent != int64(4*window) || answered != sent || err != nil {
				t.Errorf("sent %d, answered %d, %v", sent, answered, err)
			}
		})
	}
}

// answersInTurns takes jobs until none came for a second, and then answers all of them, until it had as many as jobs. It
// fails when more than window came in a turn: after half of a window is free a turn may be as short as that.
func answersInTurns(window, jobs int) step {
	return func(nc net.Conn) error {
		for turn := 0; jobs > 0; jobs -= turn {
			for turn = 0; ; turn++ {
				nc.SetReadDeadline(time.Now().Add(time.Second))
				header := make([]byte, 12)
				_, err := io.ReadFull(nc, header)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					break
				}
				if err == nil {
					_, err = io.CopyN(io.Discard, nc, int64(binary.BigEndian.Uint32(header[8:])))
				}
				if err != nil {
					return err
				}
			}
			if turn < (window+1)/2 && turn < jobs || turn > window {
				return fmt.Errorf("%d jobs came in a turn, with a window of %d", turn, window)
			}
			if _, err := nc.Write(handles(turn)); err != nil {
				return err
			}
		}
		nc.SetReadDeadline(time.Time{})
		return nil
	}
}

// handles is n JOB_CREATED.
func handles(n int) (b []byte) {
	for range n {
		b = append(b, res(wire.JobCreated, "H:1")...)
	}
	return b
}

// nothingMore fails when the client sends something within a second.
func nothingMore(nc net.Conn) error {
	nc.SetReadDeadline(time.Now().Add(time.Second))
	defer nc.SetReadDeadline(time.Time{})
	if n, _ := nc.Read(make([]byte, 1)); n > 0 {
		return errors.New("more came than the window allows")
	}
	return nil
}

func TestAReceiptErrorStops(t *testing.T) {
	c := mock(t, expects(numberedBytes(0, 2)), replies(handles(2)), ignoresTheRest)
	s := wire.NewSubmitter(t.Context(), c, 2, func(r wire.SubmitResult) error {
		if r.Number == 1 {
			return errDisk
		}
		return nil
	})
	s.Send(numbered(0))
	s.Send(numbered(1))
	var err error
	for i := 2; err == nil; i++ {
		err = s.Send(numbered(i))
		if i > 4 {
			t.Fatal("Send goes on after a receipt failed")
		}
	}
	if err != errDisk {
		t.Errorf("Send: got %v, want %v", err, errDisk)
	}
	if _, answered, err := s.Close(); err != errDisk || answered != 2 {
		t.Errorf("Close: got %d answered, %v, want 2, %v", answered, err, errDisk)
	}
}

func TestASlowSourceIsNotASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mock(t, expects(numberedBytes(0, 1)), replies(handles(1)), expects(numberedBytes(1, 1)), replies(handles(1)))
		s := wire.NewSubmitter(t.Context(), c, 0, func(wire.SubmitResult) error { return nil })
		for i := range 2 {
			s.Send(numbered(i))
			s.Flush()
			<-time.After(time.Hour)
		}
		if sent, answered, err := s.Close(); sent != 2 || answered != 2 || err != nil {
			t.Errorf("sent %d, answered %d, %v, want 2, 2, none", sent, answered, err)
		}
	})
}

func TestASilentServerStopsSubmitting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mock(t, expects(numberedBytes(0, 1)))
		s := wire.NewSubmitter(t.Context(), c, 0, func(wire.SubmitResult) error { return nil })
		s.Send(numbered(0))
		start := time.Now()
		if sent, answered, err := s.Close(); sent != 1 || answered != 0 || !errors.Is(err, wire.ErrSilent) {
			t.Errorf("sent %d, answered %d, %v, want 1, 0, ErrSilent", sent, answered, err)
		}
		if took := time.Since(start); took != wire.DefaultTimeout {
			t.Errorf("took %v, want %v", took, wire.DefaultTimeout)
		}
	})
}

func TestAContextStopsSubmitting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := mock(t, expects(numberedBytes(0, 2)), does(func() { cancel(errDisk) }))
		s := wire.NewSubmitter(ctx, c, 2, func(wire.SubmitResult) error { return nil })
		var err error
		for i := 0; err == nil; i++ {
			err = s.Send(numbered(i))
		}
		if sent, answered, cerr := s.Close(); err != errDisk || cerr != errDisk || sent != 2 || answered != 0 {
			t.Errorf("Send: %v; Close: %d, %d, %v; want %v, 2, 0", err, sent, answered, cerr, errDisk)
		}
	})
}

func TestAnAnswerThatNoSubmissionHas(t *testing.T) {
	c := mock(t, expects(numberedBytes(0, 1)), replies(res(wire.Noop)))
	s := wire.NewSubmitter(t.Context(), c, 0, func(wire.SubmitResult) error { return nil })
	s.Send(numbered(0))
	var frame *wire.FrameError
	if _, _, err := s.Close(); !errors.As(err, &frame) {
		t.Errorf("got %v, want a FrameError", err)
	}
}

func TestManySubmissions(t *testing.T) {
	const n = 20_000
	c := dial(t, &wire.Dialer{}, embedded(t, jobserver.Options{}))
	var created int64
	s := wire.NewSubmitter(t.Context(), c, 100, func(r wire.SubmitResult) error {
		if r.Number != created || r.Err != nil {
			return fmt.Errorf("receipt %d after %d: %v", r.Number, created, r.Err)
		}
		created++
		return nil
	})
	for i := range n {
		if err := s.Send(numbered(i)); err != nil {
			t.Fatal(err)
		}
	}
	if sent, answered, err := s.Close(); sent != n || answered != n || created != n || err != nil {
		t.Errorf("sent %d, answered %d, receipts %d, %v, want %d", sent, answered, created, err, n)
	}
	if got := waiting(t, c, "q"); got != n {
		t.Errorf("the server has %d, want %d", got, n)
	}
}

// waiting returns how many jobs of function the server has that nobody runs.
func waiting(t testing.TB, c *wire.Conn, function string) int64 {
	t.Helper()
	l, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range l.Rows {
		if f.Function == function {
			return f.Waiting()
		}
	}
	return 0
}

// Others submit the same keys in the same order at the same time: what is merged into theirs is told all the same.
func TestMergingIntoJobsOfOthersMeanwhile(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		const jobs = 2000
		other, ours := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr)
		merged := 0
		s := wire.NewSubmitter(t.Context(), ours, 100, func(r wire.SubmitResult) error {
			if r.Merged {
				merged++
			}
			return r.Err
		})
		s.DetectMerged()
		for i := range jobs {
			job := &wire.Submission{Function: "q", Unique: fmt.Sprint(i), Background: true}
			if i%1000 < 500 { // long before us
				if i%1000 == 0 {
					for k := range 500 {
						if _, err := other.Submit(t.Context(), &wire.Submission{Function: "q", Unique: fmt.Sprint(i + k), Background: true}); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			if err := s.Send(job); err != nil {
				t.Fatal(err)
			}
		}
		sent, answered, err := s.Close()
		if sent != jobs || answered != jobs || err != nil {
			t.Errorf("sent %d, answered %d, %v", sent, answered, err)
		}
		if merged != jobs/2 {
			t.Errorf("%d of %d were merged, %d are told", jobs/2, jobs, merged)
		}
		list, err := ours.Status(t.Context())
		if err != nil || len(list.Rows) != 1 || list.Rows[0].Total != jobs {
			t.Errorf("the server has %v, %v", list.Rows, err)
		}
	})
}

// A job that is still in the buffer is no reason to take the server for silent.
func TestAPauseBeforeTheFlushIsNoSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mock(t, expects(req(wire.SubmitJobBG, "q", "k", "w")), replies(res(wire.JobCreated, "H:1")))
		var got []string
		s := wire.NewSubmitter(t.Context(), c, 10, func(r wire.SubmitResult) error {
			got = append(got, string(r.Handle))
			return r.Err
		})
		if err := s.Send(&wire.Submission{Function: "q", Unique: "k", Workload: []byte("w"), Background: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // the bubble's
		sent, answered, err := s.Close()
		if sent != 1 || answered != 1 || err != nil || len(got) != 1 {
			t.Errorf("sent %d, answered %d, %v, %v", sent, answered, err, got)
		}
	})
}
