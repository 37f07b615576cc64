package wire_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gearctl/wire"
)

// fillPriorities submits n jobs of each priority, low ones first, and returns the workloads in the order in which they
// are handed out.
func fillPriorities(t *testing.T, addr, function string, n int) (want []string) {
	t.Helper()
	c := dial(t, &wire.Dialer{}, addr)
	s := wire.NewSubmitter(t.Context(), c, 0, func(r wire.SubmitResult) error { return r.Err })
	for _, p := range []wire.Priority{wire.PriorityLow, wire.PriorityNormal, wire.PriorityHigh} {
		for i := range n {
			s.Send(&wire.Submission{Function: function, Workload: fmt.Appendf(nil, "%v %d", p, i), Background: true, Priority: p})
		}
	}
	if _, _, err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []wire.Priority{wire.PriorityHigh, wire.PriorityNormal, wire.PriorityLow} {
		for i := range n {
			want = append(want, fmt.Sprintf("%v %d", p, i))
		}
	}
	return want
}

// order takes all jobs away and returns their workloads.
func order(t *testing.T, addr, function string) (got []string) {
	t.Helper()
	_, err := dial(t, &wire.Dialer{}, addr).Take(t.Context(), &wire.Take{Function: function, Job: func(j wire.Job) error {
		got = append(got, string(j.Workload))
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRestore holds all jobs of three priorities and hands them back, several times: their order is as before, and of a
// selection that is acknowledged the others keep theirs.
func TestRestore(t *testing.T) {
	const n = 1500
	onServers(t, func(t *testing.T, addr string) {
		want := fillPriorities(t, addr, "q", n)
		none := func(int64) bool { return false }
		conn := dial(t, &wire.Dialer{}, addr)
		for range 3 {
			got, err := conn.Take(t.Context(), &wire.Take{Function: "q", Restore: true, Acknowledge: none, Job: func(wire.Job) error { return nil }})
			if err != nil || got.Jobs != 3*n || got.Released != 3*n {
				t.Fatalf("got %+v, %v", got, err)
			}
		}
		third := func(i int64) bool { return i%3 == 0 }
		got, err := conn.Take(t.Context(), &wire.Take{Function: "q", Restore: true, Acknowledge: third, Job: func(wire.Job) error { return nil }})
		if err != nil || got.Acknowledged != n || got.Released != 2*n {
			t.Fatalf("got %+v, %v", got, err)
		}
		i := -1
		want = slices.DeleteFunc(want, func(string) bool { i++; return i%3 == 0 })
		if left := order(t, addr, "q"); !slices.Equal(left, want) {
			t.Errorf("%d jobs are left, not those that should be or in another order; they begin %q", len(left), left[:min(3, len(left))])
		}
	})
}

// TestRestoreAfterAnErrorAndAnInterrupt leaves the order as it was.
func TestRestoreAfterAnErrorAndAnInterrupt(t *testing.T) {
	const n = 500
	onServers(t, func(t *testing.T, addr string) {
		want := fillPriorities(t, addr, "q", n)
		conn := dial(t, &wire.Dialer{}, addr)
		_, err := conn.Take(t.Context(), &wire.Take{Function: "q", Restore: true, Job: func(wire.Job) error { return errDisk }})
		if !errors.Is(err, errDisk) {
			t.Errorf("got %v", err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errDisk)
		got, err := conn.Take(ctx, &wire.Take{Function: "q", Restore: true, Job: func(wire.Job) error { return nil }})
		if !errors.Is(err, errDisk) || got.Acknowledged > 0 {
			t.Errorf("got %+v, %v", got, err)
		}
		if left := order(t, addr, "q"); !slices.Equal(left, want) {
			t.Errorf("%d jobs are left, or in another order", len(left))
		}
	})
}
