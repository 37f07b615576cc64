package wire_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// The Perl server forgets the jobs that a worker holds when it leaves, so that no more than one may be at stake.
func TestAtMostOneJobOfThePerlServerIsAtStake(t *testing.T) {
	const jobs, good = 40, 9
	addr := gearmandtest.StartPerl(t)
	cases := []struct {
		name string
		job  func(n int) error
		sync func(n int) error
	}{
		{"job error", func(n int) error { return failAt(n, good+1) }, func(int) error { return nil }},
		{"sync error", func(int) error { return nil }, func(n int) error { return failAt(n, good+1) }},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			function := fmt.Sprint("q", i)
			fill(t, addr, function, jobs)
			seen, synced := 0, 0
			conn := dial(t, &wire.Dialer{}, addr)
			got, err := conn.Take(t.Context(), &wire.Take{
				Function: function,
				Job:      func(wire.Job) error { seen++; return c.job(seen) },
				Sync:     func() error { synced++; return c.sync(synced) },
			})
			want := wire.Taken{Jobs: good + 1, Bytes: (good + 1) * 200, Acknowledged: good, Lost: 1}
			if !errors.Is(err, errDisk) || got != want {
				t.Errorf("take: got %+v, %v, want %+v, %v", got, err, want, errDisk)
			}
			conn.Close()
			if left := waiting(t, dial(t, &wire.Dialer{}, addr), function); left != jobs-good-1 {
				t.Errorf("afterwards: got %d jobs, want %d", left, jobs-good-1)
			}
		})
	}
}

func failAt(n, at int) error {
	if n >= at {
		return errDisk
	}
	return nil
}

func TestThePerlServerIsKnownToDestroyWhatIsHandedBack(t *testing.T) {
	conn := dial(t, &wire.Dialer{}, gearmandtest.StartPerl(t))
	var refused *wire.ServerError // it has no drop function
	if err := conn.CheckRelease(t.Context(), 2); !errors.Is(err, wire.ErrDestroysJobs) || errors.As(err, &refused) {
		t.Errorf("prove returns: got %v, want %v alone", err, wire.ErrDestroysJobs)
	}
	if left := canaries(t, conn); len(left) > 0 {
		t.Errorf("left behind: %+v", left)
	}
}

// The Perl server quotes a packet that it cannot read, workload and all.
func TestAWorkloadThatThePerlServerQuotesIsLeftOut(t *testing.T) {
	conn := dial(t, &wire.Dialer{}, gearmandtest.StartPerl(t))
	_, err := conn.Submit(t.Context(), &wire.Submission{Function: "line\nend", Workload: []byte("secret"), Background: true})
	var refused *wire.ServerError
	if !errors.As(err, &refused) || strings.Contains(err.Error(), "secret") {
		t.Errorf("submit to a function with a line end: got %v, want a refusal without the workload", err)
	}
}

func TestAPartOfAResultIsNotSentToThePerlServer(t *testing.T) {
	addr := gearmandtest.StartPerl(t)
	fill(t, addr, "q", 2)
	var errs []error
	err := dial(t, &wire.Dialer{}, addr).Work(t.Context(), &wire.Work{Function: "q", Jobs: 2, Do: func(j *wire.ActiveJob) error {
		errs = append(errs, j.Data([]byte("part")), j.Warning([]byte("careful")))
		return j.Complete(nil)
	}})
	if err != nil || len(errs) != 4 {
		t.Fatalf("work: got %v after %d calls, want none after 4", err, len(errs))
	}
	for _, got := range errs {
		if !errors.Is(got, wire.ErrNoParts) {
			t.Errorf("Data, Warning: got %v, want %v", got, wire.ErrNoParts)
		}
	}
}

// Marks tell on the Perl server, too, which jobs are new: it numbers foreground and background jobs alike.
func TestMarksOnThePerlServer(t *testing.T) {
	conn := dial(t, &wire.Dialer{Leftover: func(_, queue string) { t.Errorf("%s is said to stay", queue) }}, gearmandtest.StartPerl(t))
	submit(t, conn, wire.Submission{Function: "q", Unique: "old", Background: true})
	mark, err := conn.HighWaterMark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, prepare := range map[string]func(*wire.Submitter){
		"mark": func(s *wire.Submitter) { s.SetHighWaterMark(mark) },
		"tell": (*wire.Submitter).DetectMerged,
	} {
		var merged []bool
		s := wire.NewSubmitter(t.Context(), conn, 0, func(r wire.SubmitResult) error {
			merged = append(merged, r.Merged)
			return r.Err
		})
		prepare(s)
		for _, unique := range []string{name, "old", name} {
			s.Send(&wire.Submission{Function: "q", Unique: unique, Background: true})
		}
		if _, _, err := s.Close(); err != nil || !slices.Equal(merged, []bool{false, true, true}) {
			t.Errorf("%s: got %v, %v, want the second and the third merged", name, merged, err)
		}
	}
	if left := canaries(t, conn); len(left) > 0 {
		t.Errorf("left behind: %+v", left)
	}
}
