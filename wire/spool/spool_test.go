package spool_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/spool"
	"gearctl/wire/waittest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// records returns jobs with the numbers from..to-1 as data.
func records(from, to int) []archive.Record {
	var list []archive.Record
	for n := from; n < to; n++ {
		list = append(list, archive.Record{
			Server: "gm1:4730", Queue: "q", Handle: fmt.Sprint("H:gm1:", n), Unique: fmt.Sprint("key", n), DrainedAt: noon, Data: []byte(fmt.Sprint(n)),
		})
	}
	return list
}

type testSpool struct {
	*testing.T
	path string
	d    *spool.Dir
	q    *spool.Queue
}

func newSpool(t *testing.T, max int64) *testSpool {
	s := &testSpool{T: t, path: t.TempDir()}
	s.open(max)
	t.Cleanup(func() { s.d.Close() })
	return s
}

func (s *testSpool) open(max int64) {
	s.Helper()
	var err error
	if s.d, err = spool.Open(disktest.NoSync{}, s.path, max); err != nil {
		s.Fatal(err)
	}
	if s.q, err = s.d.Queue("route", "a -> b"); err != nil {
		s.Fatal(err)
	}
}

func (s *testSpool) put(from, to int) {
	s.Helper()
	if err := s.q.Put(records(from, to)); err != nil {
		s.Fatal(err)
	}
}

// next calls Next.
func (s *testSpool) next() (list []archive.Record, err error) {
	s.Helper()
	waittest.Return(s, "Next returns", func() { list, err = s.q.Next() })
	return list, err
}

// take takes out all there is and returns the numbers.
func (s *testSpool) take() (list []string) {
	s.Helper()
	for {
		got, err := s.next()
		if err != nil {
			s.Fatal(err)
		}
		if len(got) == 0 {
			return list
		}
		for _, r := range got {
			list = append(list, string(r.Data))
		}
		if len(list) > manyJobs {
			s.Fatalf("%d jobs came out and there is no end, more than were ever put", len(list))
		}
	}
}

// manyJobs is more than any test puts into a spool.
const manyJobs = 100_000

func (s *testSpool) wantTaken(from, to int) {
	s.Helper()
	var want []string
	for n := from; n < to; n++ {
		want = append(want, fmt.Sprint(n))
	}
	if got := s.take(); !slices.Equal(got, want) {
		s.Fatalf("took %d jobs %.60v, want %d to %d", len(got), got, from, to-1)
	}
}

func (s *testSpool) files() (names []string) {
	s.Helper()
	list, err := filepath.Glob(filepath.Join(s.path, "route", "0*"))
	if err != nil {
		s.Fatal(err)
	}
	return list
}

func TestWhatIsPutComesOutOnce(t *testing.T) {
	s := newSpool(t, 0)
	s.put(0, 10)
	s.wantTaken(0, 10)
	s.put(10, 30_000) // more than it keeps in memory
	s.put(30_000, 30_010)
	s.wantTaken(10, 30_010)
	s.put(30_010, 30_020)
	s.wantTaken(30_010, 30_020)
	if n, _ := s.q.Waiting(); n != 30_020 {
		t.Errorf("%d wait, want 30020", n)
	}
	s.q.Done(30_020)
	if err := s.d.Close(); err != nil {
		t.Fatal(err)
	}
	if left := s.files(); len(left) > 0 {
		t.Errorf("all is done, and left are %v", left)
	}
}

func TestALaterProcessGoesOnWhereTheProgressSays(t *testing.T) {
	s := newSpool(t, 0)
	s.put(0, 100)
	s.wantTaken(0, 100)
	s.q.Done(30)
	s.d.Close()
	s.open(0)
	if n, _ := s.q.Waiting(); n != 70 {
		t.Errorf("%d wait, want 70", n)
	}
	s.put(100, 110)
	s.wantTaken(30, 110)
	s.q.Done(80)
	s.d.Close()
	s.open(0)
	s.wantTaken(0, 0)
	s.put(200, 201)
	s.wantTaken(200, 201)
}

// TestACrashAtAnyByte opens what a killed process may leave: the files up to any byte, with an old progress. What was
// put, which means that Put had returned, is there.
func TestACrashAtAnyByte(t *testing.T) {
	s := newSpool(t, 0)
	s.put(0, 2)
	s.wantTaken(0, 2)
	s.q.Done(1)
	s.q.Save()
	name := s.files()[0]
	safe, _ := os.Stat(name)
	s.put(2, 4)
	whole, _ := os.ReadFile(name)
	progress, _ := os.ReadFile(filepath.Join(s.path, "route", "progress"))
	for size := int(safe.Size()); size <= len(whole); size++ {
		c := &testSpool{T: t, path: t.TempDir()}
		os.Mkdir(filepath.Join(c.path, "route"), 0o700)
		os.WriteFile(filepath.Join(c.path, "route", filepath.Base(name)), whole[:size], 0o600)
		os.WriteFile(filepath.Join(c.path, "route", "progress"), progress, 0o600)
		c.open(0)
		if got := c.take(); len(got) == 0 || got[0] != "1" || size == len(whole) && len(got) != 3 {
			t.Fatalf("%d of %d bytes: took %v", size, len(whole), got)
		}
		c.d.Close()
	}
}

func TestADamagedLineIsKept(t *testing.T) {
	s := newSpool(t, 0)
	s.put(0, 3)
	name := s.files()[0]
	s.d.Close()
	b, _ := os.ReadFile(name)
	os.WriteFile(name, []byte(strings.Replace(string(b), `"queue":"q","handle":"H:gm1:1"`, `"queue`, 1)), 0o600)
	s.open(0)
	if got := s.take(); !slices.Equal(got, []string{"0", "2"}) || s.q.Damaged() != 1 {
		t.Fatalf("took %v, %d damaged", got, s.q.Damaged())
	}
	s.q.Done(2)
	s.d.Close()
	if left := s.files(); len(left) != 1 || !strings.HasSuffix(left[0], ".damaged") {
		t.Errorf("left are %v", left)
	}
}

func TestTheLimit(t *testing.T) {
	s := newSpool(t, 100_000)
	n := 0
	for ; n < 10_000; n += 100 {
		if err := s.q.Put(records(n, n+100)); err != nil {
			break
		}
	}
	if err := s.q.Put(records(n, n+100)); !errors.Is(err, spool.ErrFull) || n < 100 {
		t.Errorf("after %d jobs: %v, want ErrFull", n, err)
	}
	s.wantTaken(0, n)
	s.q.Done(int64(n))
	s.put(n, n+1)
	s.wantTaken(n, n+1)
	if used := s.d.Used(); used > 80_000 { // one file of 64 KiB may linger
		t.Errorf("all but one job are done, and it holds %d bytes", used)
	}
}

func TestRejectedJobsAreNotTakenOut(t *testing.T) {
	s := newSpool(t, 0)
	if err := s.q.Reject(records(0, 3)); err != nil {
		t.Fatal(err)
	}
	s.put(3, 4)
	s.wantTaken(3, 4)
	s.d.Close()
	d, err := spool.Open(disktest.NoSync{}, s.path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	left, err := d.Leftovers()
	if err != nil || len(left) != 1 || left[0].Rejected != 3 || left[0].Waiting != 1 || left[0].About != "a -> b\n" {
		t.Errorf("left: %+v, %v", left, err)
	}
}

func TestASecondProcess(t *testing.T) {
	s := newSpool(t, 0)
	waittest.Return(t, "the second process is refused", func() {
		if _, err := spool.Open(disktest.NoSync{}, s.path, 0); !errors.Is(err, spool.ErrBusy) {
			t.Errorf("got %v, want ErrBusy", err)
		}
	})
}

// TestAnyHistory puts, takes, does and reopens in any order: every job comes out, in order, and after a reopening from
// the first that was not done.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := &testSpool{T: t, path: t.TempDir()}
		limit := rapid.SampledFrom([]int64{0, 1 << 20}).Draw(r, "limit")
		s.open(limit)
		defer func() { s.d.Close() }()
		put, taken, done := 0, 0, 0
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"put", "take", "done", "reopen"}).Draw(r, "step") {
			case "put":
				n := rapid.SampledFrom([]int{1, 7, 600, 3000}).Draw(r, "n")
				if err := s.q.Put(records(put, put+n)); err == nil {
					put += n
				} else if !errors.Is(err, spool.ErrFull) {
					r.Fatal(err)
				}
			case "take":
				got, err := s.next()
				if err != nil || len(got) == 0 && taken < put {
					r.Fatalf("%d of %d taken, then %d, %v", taken, put, len(got), err)
				}
				for _, rec := range got {
					if string(rec.Data) != fmt.Sprint(taken) {
						r.Fatalf("took %s, want %d", rec.Data, taken)
					}
					taken++
				}
			case "done":
				n := rapid.IntRange(0, taken-done).Draw(r, "n")
				s.q.Done(int64(n))
				done += n
			case "reopen":
				if err := s.d.Close(); err != nil {
					r.Fatal(err)
				}
				s.open(limit)
				taken = done
			}
			if n, _ := s.q.Waiting(); n != int64(put-done) {
				r.Fatalf("%d wait, want %d", n, put-done)
			}
		}
	})
}

// TestAQueueIsClosedAlone and opened again: it has the jobs that were not done, and the size of the directory is right.
func TestAQueueIsClosedAlone(t *testing.T) {
	t.Parallel()
	d, err := spool.Open(disk.OS{}, t.TempDir(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for range 2 {
		q, err := d.Queue("q", "about")
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Put([]archive.Record{{Queue: "q", Data: []byte("x")}}); err != nil {
			t.Fatal(err)
		}
		if _, err := q.Next(); err != nil {
			t.Fatal(err)
		}
		if err := q.Close(); err != nil || d.Used() != 0 {
			t.Errorf("%v, %d bytes used", err, d.Used())
		}
	}
	left, err := d.Leftovers()
	if err != nil || len(left) != 1 || left[0].Waiting != 2 {
		t.Errorf("left: %+v, %v", left, err)
	}
	q, err := d.Queue("q", "about")
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := q.Waiting(); n != 2 || d.Used() == 0 {
		t.Errorf("%d wait, %d bytes used", n, d.Used())
	}
}
