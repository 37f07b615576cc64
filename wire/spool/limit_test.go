package spool_test

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/spool"
)

// openLimited opens a spool of max bytes, and queues in it.
func openLimited(t *testing.T, d *disktest.Sim, max int64, names ...string) (*spool.Dir, []*spool.Queue) {
	t.Helper()
	dir, err := spool.Open(d, "/s", max)
	if err != nil {
		t.Fatal(err)
	}
	var queues []*spool.Queue
	for _, name := range names {
		q, err := dir.Queue(name, name+" -> c")
		if err != nil {
			t.Fatal(err)
		}
		queues = append(queues, q)
	}
	return dir, queues
}

// big returns a job of so many bytes.
func big(bytes int) []archive.Record {
	list := records(1, 2)
	list[0].Data = make([]byte, bytes)
	return list
}

// TestDoneJobsOfOneQueueMakeRoomForAnother: the file that is being written is removed for that, also that of another queue, unless
// a job of it waits.
func TestDoneJobsOfOneQueueMakeRoomForAnother(t *testing.T) {
	t.Parallel()
	_, q := openLimited(t, disktest.NewSim(), 100_000, "a", "b")
	if err := q[0].Put(big(40_000)); err != nil {
		t.Fatal(err)
	}
	if err := q[1].Put(big(40_000)); !errors.Is(err, spool.ErrFull) {
		t.Errorf("a job waits in a, and one for b: %v", err)
	}
	if list, err := q[0].Next(); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if err := q[1].Reject(big(40_000)); !errors.Is(err, spool.ErrFull) {
		t.Errorf("a job of a is taken, not done, and one is rejected in b: %v", err)
	}
	q[0].Done(1)
	if err := q[1].Put(big(40_000)); err != nil {
		t.Errorf("the job of a is done, and one for b: %v", err)
	}
}

// TestAnEmptySpoolTakesAJobOverTheLimit, or it would never be carried.
func TestAnEmptySpoolTakesAJobOverTheLimit(t *testing.T) {
	t.Parallel()
	_, q := openLimited(t, disktest.NewSim(), 10_000, "a")
	if err := q[0].Put(big(50_000)); err != nil {
		t.Error(err)
	}
	if err := q[0].Put(big(1)); !errors.Is(err, spool.ErrFull) {
		t.Errorf("the next job: %v", err)
	}
}

// TestRejectedJobsCountToTheLimit, also those of an earlier process, as long as their queue is open.
func TestRejectedJobsCountToTheLimit(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	dir, q := openLimited(t, d, 100_000, "a", "b")
	if err := q[0].Reject(big(60_000)); err != nil || dir.Used() < 60_000 {
		t.Errorf("%v, and %d bytes are used", err, dir.Used())
	}
	if err := q[1].Put(big(60_000)); !errors.Is(err, spool.ErrFull) {
		t.Errorf("a rejected job is in a, and one for b: %v", err)
	}
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
	dir, q = openLimited(t, d, 100_000, "a", "b")
	if used := dir.Used(); used < 60_000 {
		t.Errorf("a rejected job of before is in a, and %d bytes are used", used)
	}
	if err := q[0].Close(); err != nil || dir.Used() != 0 {
		t.Errorf("its queue is closed, %v, and %d bytes are used", err, dir.Used())
	}
	if err := dir.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOpenQueuesAreNotLeftOver, and once one is closed it is.
func TestOpenQueuesAreNotLeftOver(t *testing.T) {
	t.Parallel()
	dir, q := openLimited(t, disktest.NewSim(), 0, "a", "b")
	for _, each := range q {
		if err := each.Put(records(0, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := dir.Leftovers(); err != nil || len(left) != 0 {
		t.Errorf("both queues are open, and left over are %+v, %v", left, err)
	}
	if err := q[0].Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := dir.Leftovers(); err != nil || len(left) != 1 || left[0].Name != "a" || left[0].Waiting != 1 {
		t.Errorf("a is closed, and left over are %+v, %v", left, err)
	}
}

// countedFS counts the files that are open.
type countedFS struct {
	*disktest.Sim
	open int
}

func (c *countedFS) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := c.Sim.Open(path, flags, mode)
	if err != nil {
		return nil, err
	}
	c.open++
	return &countedFile{f, c}, nil
}

type countedFile struct {
	disk.File
	c *countedFS
}

func (f *countedFile) Close() error {
	f.c.open--
	return f.File.Close()
}

// TestASpoolClosesItsFiles: who is refused closes what it opened, and once a spool is closed no file of it is open.
func TestASpoolClosesItsFiles(t *testing.T) {
	t.Parallel()
	d := &countedFS{Sim: disktest.NewSim()}
	for round := range 2 {
		dir, err := spool.Open(d, "/s", 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spool.Open(d, "/s", 0); !errors.Is(err, spool.ErrBusy) || d.open != 1 {
			t.Errorf("a second process: %v, and %d files are open", err, d.open)
		}
		q, err := dir.Queue("a", "a -> b")
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			if err := q.Put(batch(n)); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := q.Next(); err != nil || len(list) == 0 { // the second round reads a file
			t.Errorf("round %d: %d jobs, %v", round, len(list), err)
		}
		if err := errors.Join(q.Reject(records(7, 8)), dir.Close()); err != nil || d.open != 0 {
			t.Errorf("round %d: it is closed, %v, and %d files are open", round, err, d.open)
		}
	}
}

// TestCloseReportsWhatFailed in any of the queues, also in their rejected jobs.
func TestCloseReportsWhatFailed(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(*spool.Queue) error{
		"jobs":          func(q *spool.Queue) error { return q.Put(records(0, 1)) },
		"rejected jobs": func(q *spool.Queue) error { return q.Reject(records(0, 1)) },
	} {
		d := disktest.NewSim()
		dir, q := openLimited(t, d, 0, "a", "b")
		if err := use(q[0]); err != nil {
			t.Fatal(err)
		}
		d.Op, d.Errno, d.From, d.Times = disktest.Write, syscall.EIO, 1, 1
		if err := dir.Close(); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: the end of their file cannot be written, and Close says %v", name, err)
		}
	}
}
