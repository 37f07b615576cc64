package wire_test

import (
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// uncounted asks as a caller is told to.
func uncounted(t *testing.T, c *wire.Conn, between func()) int64 {
	t.Helper()
	before, err := c.JobSnapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var counted int64
	for _, f := range list.Rows {
		counted += f.Total
	}
	between()
	n, err := c.OrphanedJobs(t.Context(), before, counted)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestJobsThatNoFunctionCounts(t *testing.T) {
	addr := gearmandtest.Start(t)
	c := dial(t, &wire.Dialer{}, addr)
	fill(t, addr, "gone", 3)
	fill(t, addr, "here", 4)
	if n := uncounted(t, c, func() {}); n != 0 {
		t.Errorf("before: got %d, want none", n)
	}
	if err := c.DropFunction(t.Context(), "gone"); err != nil { // which nobody should do
		t.Fatal(err)
	}
	if n := uncounted(t, c, func() {}); n != 3 {
		t.Errorf("afterwards: got %d, want 3", n)
	}
	if n := uncounted(t, c, func() { fill(t, addr, "new", 5) }); n != 3 {
		t.Errorf("while jobs come: got %d, want 3", n)
	}
	fill(t, addr, "gone", 2)
	if n := uncounted(t, c, func() {}); n != 3 {
		t.Errorf("with a function of the old name: got %d, want 3", n)
	}
}

// Jobs that were taken between the two looks are no ghosts, nor are those that came.
func TestJobsThatComeAndGoAreNoGhosts(t *testing.T) {
	addr := embedded(t, jobserver.Options{HandlePrefix: "H:a"})
	c := dial(t, &wire.Dialer{}, addr)
	fill(t, addr, "q", 10)
	before, err := c.JobSnapshot(t.Context())
	if err != nil || before.Jobs != 10 {
		t.Fatalf("got %+v, %v, want 10 jobs", before, err)
	}
	if _, err := c.Take(t.Context(), &wire.Take{Function: "q", Max: 6, Job: func(wire.Job) error { return nil }}); err != nil {
		t.Fatal(err)
	}
	fill(t, addr, "q", 7)
	if n, err := c.OrphanedJobs(t.Context(), before, 4); n != 0 || err != nil {
		t.Errorf("got %d, %v, want none", n, err)
	}
	if n, err := c.OrphanedJobs(t.Context(), before, 1); n != 3 || err != nil {
		t.Errorf("with fewer counted: got %d, %v, want 3", n, err)
	}
}

func TestAHandleWithoutANumberIsNoGhost(t *testing.T) {
	lines := []byte("odd\t0\t0\t0\nH:9\t2\t1\t0\n.\n")
	c := mock(t, expects([]byte("show jobs\r\n")), replies(lines), expects([]byte("show jobs\r\n")), replies(lines))
	before, err := c.JobSnapshot(t.Context())
	if want := (wire.JobTotals{Jobs: 2, Ignored: 1, MaxRetries: 2}); err != nil || before.JobTotals != want {
		t.Fatalf("got %+v, %v, want %+v", before, err, want)
	}
	if n, err := c.OrphanedJobs(t.Context(), before, 0); n != 1 || err != nil {
		t.Errorf("got %d, %v, want 1", n, err)
	}
}
