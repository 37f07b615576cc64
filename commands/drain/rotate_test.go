package drain

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/pieces"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// openRotating opens a sink that rotates.
func openRotating(t *testing.T, d disk.FS, path string, r pieces.Rotation, now func() time.Time) (*archiveSink, *infos) {
	t.Helper()
	a, err := openArchive(&cli.Env{Disk: d, Now: now}, &options{to: path, rotate: r}, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := &infos{}
	a.log = log
	return a, log
}

func utc() time.Time { return time.Now().UTC() }

// readPiece returns the payloads and the trailer of an archive.
func readPiece(t *testing.T, d disk.FS, path string) (payloads string, trailer *archive.Trailer) {
	t.Helper()
	r, err := archive.Open(d, path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return payloads, r.Trailer()
		}
		if err != nil {
			t.Fatal(err)
		}
		payloads += string(rec.Data) + " "
	}
}

// TestAPieceEndsWhenItsTimeIsOver: also if no job comes then. A piece without jobs is removed, and jobs that come later are in
// one that is named by their time.
func TestAPieceEndsWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := disktest.NewSim()
		a, log := openRotating(t, d, "/p-%H%M", pieces.Rotation{Every: time.Hour}, utc) // it is midnight
		q := testQueue(a)
		gone := func(path string) {
			t.Helper()
			if _, err := d.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", path, err)
			}
		}
		time.Sleep(30 * time.Minute)
		pass(t, q, wire.Job{Handle: []byte("H:h:1"), Workload: []byte("one")})
		if err := q.sync()(); err != nil {
			t.Fatal(err)
		}
		gone("/p-0030")
		time.Sleep(31 * time.Minute)
		if got, end := readPiece(t, d, "/p-0000"); got != "one " || end == nil || !end.Pending || end.Records != 1 || end.Complete() {
			t.Errorf("at one it holds %q, and ends with %+v", got, end)
		}
		time.Sleep(3 * time.Hour)
		for _, name := range []string{"/p-0100", "/p-0200", "/p-0300"} {
			gone(name)
		}
		pass(t, q, wire.Job{Handle: []byte("H:h:2"), Workload: []byte("two")})
		var r row
		q.finish(&r, wire.Taken{Jobs: 2, Acknowledged: 2}, true)
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		if got, end := readPiece(t, d, "/p-0401"); got != "two " || end == nil || !end.Complete() {
			t.Errorf("the last one holds %q, and ends with %+v", got, end)
		}
		if got := fmt.Sprint(r.Archives); got != "[/p-0000 /p-0401]" {
			t.Errorf("the row has %s", got)
		}
		if want := "1 job is in /p-0401restore with: "; !strings.HasPrefix(log.String(), "1 job is in /p-0000") || !strings.Contains(log.String(), want) {
			t.Errorf("logged %q, want %q", log, want)
		}
	})
}

// TestTwoHoursOfOneName: when the clock is set back, the second gets a number.
func TestTwoHoursOfOneName(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	now := time.Date(2026, 10, 25, 2, 30, 0, 0, time.FixedZone("CEST", 7200))
	a, _ := openRotating(t, d, "/p-%H", pieces.Rotation{Every: time.Hour}, func() time.Time { return now })
	q := testQueue(a)
	pass(t, q, wire.Job{Handle: []byte("H:h:1"), Workload: []byte("summer")})
	now = now.Add(time.Hour).In(time.FixedZone("CET", 3600))
	pass(t, q, wire.Job{Handle: []byte("H:h:2"), Workload: []byte("winter")})
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/p-02": "summer ", "/p-02-2": "winter "} {
		if got, _ := readPiece(t, d, path); got != want {
			t.Errorf("%s holds %q", path, got)
		}
	}
}

// TestASizeIsThatOfTheFile: no plain piece is larger, and a compressed one is about as large.
func TestASizeIsThatOfTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("keeps 60,000 jobs")
	}
	t.Parallel()
	for name, c := range map[string]struct{ limit, atLeast, atMost int64 }{"p": {64 << 10, 60 << 10, 64 << 10}, "p.gz": {64 << 10, 32 << 10, 200 << 10}, "p.zst": {64 << 10, 32 << 10, 200 << 10}} {
		d := disktest.NewSim()
		a, _ := openRotating(t, d, "/"+name, pieces.Rotation{Size: c.limit}, utc)
		q := testQueue(a)
		for n := range 20_000 {
			pass(t, q, wire.Job{Handle: fmt.Appendf(nil, "H:h:%d", n), Workload: fmt.Appendf(nil, "payload %d of something that is monitored", n*n)})
			if n%500 == 0 { // what is compressed only later is not counted yet
				if err := q.sync()(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		for n, path := range a.pieces.paths {
			info, err := d.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if size := info.Size(); size > c.atMost || size < c.atLeast && n < len(a.pieces.paths)-1 {
				t.Errorf("%s has %d bytes", path, size)
			}
		}
		if len(a.pieces.paths) < 3 || a.pieces.jobs != 20_000 {
			t.Errorf("%s: %d jobs in %d pieces", name, a.pieces.jobs, len(a.pieces.paths))
		}
	}
}

// TestADirectoryThatVanishes: what is in complete pieces is safe, and the next job is refused with the name of its piece.
func TestADirectoryThatVanishes(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	d.WriteFile("/d/other", nil, 0o600)
	a, _ := openRotating(t, d, "/d/p", pieces.Rotation{Size: 1 << 10}, utc)
	q := testQueue(a)
	pass(t, q, wire.Job{Handle: []byte("H:h:1"), Workload: make([]byte, 800)})
	d.Arm(disktest.Open, syscall.ENOENT, 1)
	q.observe(wire.Job{Handle: []byte("H:h:2")})
	err := q.add(wire.Job{Handle: []byte("H:h:2"), Workload: make([]byte, 800)})
	if err == nil || !strings.Contains(err.Error(), "open /d/p-2: no such file") {
		t.Errorf("the error is %v", err)
	}
	if err := q.sync()(); err != nil {
		t.Errorf("the first job is safe, and sync says %v", err)
	}
	if err := a.close(); err != nil {
		t.Errorf("close reports it again: %v", err)
	}
}

// TestAPieceThatCannotBeCompletedIsNotSafe: no job is acknowledged any more, and the error is reported even if no job comes.
func TestAPieceThatCannotBeCompletedIsNotSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, more := range []bool{false, true} {
			d := disktest.NewSim()
			a, _ := openRotating(t, d, "/p", pieces.Rotation{Every: time.Hour}, utc)
			q := testQueue(a)
			pass(t, q, wire.Job{Handle: []byte("H:h:1"), Workload: []byte("one")})
			d.Arm(disktest.Sync, syscall.EIO, 1)
			time.Sleep(25 * time.Hour)
			if more {
				q.observe(wire.Job{})
				if err := q.add(wire.Job{Handle: []byte("H:h:2")}); !errors.Is(err, syscall.EIO) {
					t.Errorf("the next job: %v", err)
				}
				if err := q.sync()(); !errors.Is(err, syscall.EIO) {
					t.Errorf("the next sync: %v", err)
				}
			}
			if err := a.close(); errors.Is(err, syscall.EIO) == more {
				t.Errorf("close, after more jobs %v: %v", more, err)
			}
		}
	})
}
