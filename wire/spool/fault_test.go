package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/spool"
	"gearctl/wire/waittest"
)

// faultyRun is a proxy's use of a spool whose disk fails at some point, is well again, and loses power.
type faultyRun struct {
	d        *disktest.Sim
	safe     map[string]bool // what Put and Reject said is on disk
	done     int             // of what was put
	rejected int
	taken    []string
	errs     []error
}

// batches are put one after the other: 40 KB each, so that the queue changes segments of 64 KiB.
func batch(n int) []archive.Record {
	list := records(2*n, 2*n+2)
	for i := range list {
		list[i].Data = append(fmt.Appendf(nil, "%d ", 2*n+i), bytes.Repeat([]byte("x"), 20_000)...)
	}
	return list
}

func numberOf(r archive.Record) string {
	number, _, _ := bytes.Cut(r.Data, []byte(" "))
	return string(number)
}

func (f *faultyRun) run() {
	dir, err := spool.Open(f.d, "/s", 1<<20)
	if err != nil {
		f.errs = append(f.errs, err)
		return
	}
	defer func() { f.errs = append(f.errs, dir.Close()) }()
	q, err := dir.Queue("route", "a -> b")
	if err != nil {
		f.errs = append(f.errs, err)
		return
	}
	for n := range 6 {
		f.put(q, batch(n))
		f.take(q)
	}
	if err := q.Reject(records(1000, 1001)); err == nil {
		f.rejected++
	} else {
		f.errs = append(f.errs, err)
	}
	f.errs = append(f.errs, q.Save())
	f.d.Heal()
	f.put(q, batch(6))
	f.take(q)
}

// put puts jobs, once more when that failed, as a proxy does.
func (f *faultyRun) put(q *spool.Queue, list []archive.Record) {
	for range 2 {
		err := q.Put(list)
		if err == nil {
			for _, r := range list {
				f.safe[numberOf(r)] = true
			}
			return
		}
		f.errs = append(f.errs, err)
	}
}

// take takes out all there is, one of which comes to its end.
func (f *faultyRun) take(q *spool.Queue) {
	for {
		list, err := q.Next()
		f.errs = append(f.errs, err)
		if len(list) == 0 || err != nil || len(f.taken) > manyJobs { // check reports what came out too often
			break
		}
		for _, r := range list {
			f.taken = append(f.taken, numberOf(r))
		}
	}
	if f.done < len(f.taken) {
		q.Done(1)
		f.done++
	}
}

// TestNoFaultLosesAJobOfASpool lets every operation of the disk fail with every error: what Put and Reject said is on
// disk comes out, in order and once, and is there after a loss of power unless it had come to its end; the error is
// reported.
func TestNoFaultLosesAJobOfASpool(t *testing.T) {
	for _, op := range disktest.Ops {
		for _, errno := range disktest.Errnos() {
			for _, from := range []int{1, 2, 5, 11} {
				f := &faultyRun{d: disktest.NewSim(), safe: map[string]bool{}}
				f.d.Op, f.d.Errno, f.d.From = op, errno, from
				what := fmt.Sprintf("%s fails with %v from time %d", op, errno, from)
				waittest.Return(t, "the run ends in which "+what, f.run)
				if err := errors.Join(f.errs...); (f.d.Failed() > 0) != errors.Is(err, errno) {
					t.Errorf("%s: it failed %d times, and the error is %v", what, f.d.Failed(), err)
				}
				f.check(t, what, f.d.PowerOff())
			}
		}
	}
}

func (f *faultyRun) check(t *testing.T, what string, d *disktest.Sim) {
	t.Helper()
	if len(f.taken) != len(f.safe) {
		t.Errorf("%s: %d jobs were put and %d came out", what, len(f.safe), len(f.taken))
	}
	if len(f.safe) == 0 && f.rejected == 0 {
		return
	}
	dir, err := spool.Open(d, "/s", 0)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer dir.Close()
	q, err := dir.Queue("route", "a -> b")
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	again := &faultyRun{}
	again.take(q)
	there := map[string]bool{}
	for _, number := range again.taken {
		there[number] = true
	}
	for _, number := range f.taken[min(f.done, len(f.taken)):] {
		if !there[number] {
			t.Errorf("%s: job %s is gone", what, number)
		}
	}
	if n := len(readAll(t, d, q.RejectedPath())); n < f.rejected {
		t.Errorf("%s: %d jobs were rejected, and %d are there", what, f.rejected, n)
	}
}

// openQueue opens a spool whose files are long, so that each takes several reads.
func openQueue(t *testing.T, d disk.FS) (*spool.Dir, *spool.Queue) {
	t.Helper()
	dir, err := spool.Open(d, "/s", 0)
	if err != nil {
		t.Fatal(err)
	}
	q, err := dir.Queue("route", "a -> b")
	if err != nil {
		t.Fatal(err)
	}
	return dir, q
}

// TestAnUnreadableSpoolKeepsItsJobs: a file of an earlier proxy that cannot be read at the moment is not at its end. The jobs
// come out, in order and once, when the disk can be read again.
func TestAnUnreadableSpoolKeepsItsJobs(t *testing.T) {
	reported := 0
	for from := 1; ; from++ {
		d, want := disktest.NewSim(), []string(nil)
		dir, q := openQueue(t, d)
		for n := range 12 {
			if err := q.Put(batch(n)); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprint(2*n), fmt.Sprint(2*n+1))
		}
		if err := dir.Close(); err != nil {
			t.Fatal(err)
		}
		_, q = openQueue(t, d)
		d.Op, d.Errno, d.From, d.Times = disktest.Read, syscall.EIO, from, 1
		f := &faultyRun{done: len(want)} // none comes to its end
		for range 3 {
			f.take(q)
		}
		if errors.Is(errors.Join(f.errs...), syscall.EIO) {
			reported++
		}
		if !slices.Equal(f.taken, want) {
			t.Errorf("read %d fails: jobs %v came out, want %v", from, f.taken, want)
		}
		if d.Failed() == 0 {
			break
		}
	}
	if reported == 0 {
		t.Error("no failed read was reported")
	}
}

// readAll returns the records of an archive that may not be there.
func readAll(t *testing.T, d disk.FS, path string) (list []archive.Record) {
	t.Helper()
	r, err := archive.Open(d, path)
	if err != nil {
		return nil
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if err != nil {
			return list
		}
		list = append(list, *rec)
	}
}

// TestARefusedPutLeavesNothing: what the disk took of jobs that Put refused is cut off, and does not come back after a loss of
// power; the next Put is not in its way.
func TestARefusedPutLeavesNothing(t *testing.T) {
	for _, op := range []disktest.Op{disktest.Write, disktest.Sync} {
		for _, before := range []int{0, 1} {
			refusePut(t, op, before)
		}
	}
}

func refusePut(t *testing.T, op disktest.Op, before int) {
	d := disktest.NewSim()
	p := start(d)
	p.fail(p.q["a"].Put(records(0, before)))
	d.Op, d.Errno, d.From, d.Times = op, syscall.ENOSPC, 1, 1
	if err := p.q["a"].Put(records(10, 20)); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%s fails, and Put says %v", op, err)
	}
	if found := d.String(); strings.Contains(found, "key1") {
		t.Errorf("%s failed, so did Put, and its jobs are on the disk: %s", op, found)
	}
	d.Note("refused")
	p.fail(p.q["a"].Put(records(1, 2)))
	d.Note("put")
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	for c := range d.Crashes {
		p := start(c.Restart())
		got := slices.Concat(p.next("a"), p.next("a"))
		if err := p.close(); err != nil {
			t.Fatalf("%s: %v", c.What, err)
		}
		if noted := len(c.Notes()); noted > 0 && slices.Contains(got, "10") || noted > 1 && !slices.Contains(got, "1") {
			t.Fatalf("%s: after %v these come out: %v", c.What, c.Notes(), got)
		}
	}
}

// TestAFileSystemWithoutLocksIsRefused: two processes that use one spool lose jobs or send them twice.
func TestAFileSystemWithoutLocksIsRefused(t *testing.T) {
	t.Parallel()
	d, err := spool.Open(disktest.LockFails{FS: disktest.NewSim(), Err: disk.ErrNoLocks}, "/spool", 0)
	if err == nil {
		d.Close()
	}
	if !errors.Is(err, disk.ErrNoLocks) {
		t.Errorf("a spool that cannot be locked was opened: %v", err)
	}
}
