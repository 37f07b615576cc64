package drain

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// infos is a log of what a user is informed of.
type infos struct{ strings.Builder }

func (l *infos) Info(format string, args ...any) { fmt.Fprintf(l, format, args...) }
func (*infos) Verbose(string, ...any)            {}
func (*infos) Warn(string, ...any)               {}

// openTestArchive opens an archive on d, and returns what is logged about it.
func openTestArchive(t *testing.T, d disk.FS, path string, add bool) (*archiveSink, *infos) {
	t.Helper()
	a, err := openArchive(&cli.Env{Disk: d, Now: func() time.Time { return time.Unix(1000, 0) }}, &options{to: path, append: add}, nil)
	if err != nil {
		t.Fatal(err)
	}
	log := &infos{}
	a.log = log
	return a, log
}

func testQueue(s sink) queueSink {
	return s.queue(servers.Queue{Server: "gm1:4730", FunctionStatus: wire.FunctionStatus{Function: "q"}}, &jobs.Source{})
}

func pass(t *testing.T, q queueSink, j wire.Job) {
	t.Helper()
	q.observe(j)
	if err := q.add(j); err != nil {
		t.Fatal(err)
	}
}

func TestArchiveSinkSavesJobs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.jsonl")
	a, log := openTestArchive(t, disk.OS{}, path, false)
	q := testQueue(a)
	pass(t, q, wire.Job{Handle: []byte("H:h:1"), Unique: []byte("u1"), Workload: []byte("one")})
	pass(t, q, wire.Job{Handle: []byte("H:h:2"), Workload: []byte("two\x00\n")})
	if err := q.sync()(); err != nil {
		t.Fatal(err)
	}
	var r row
	q.finish(&r, wire.Taken{Jobs: 2, Acknowledged: 2}, true)
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	if r.Archive == nil || *r.Archive != path {
		t.Errorf("the row does not name the archive: %+v", r)
	}
	if want := "2 jobs are in " + path; !strings.Contains(log.String(), want) {
		t.Errorf("logged %q, want %q", log.String(), want)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := archive.NewReader(f)
	for _, want := range []archive.Record{
		{Handle: "H:h:1", Unique: "u1", Data: []byte("one")},
		{Handle: "H:h:2", Data: []byte("two\x00\n")},
	} {
		got, err := in.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got.Server != "gm1:4730" || got.Queue != "q" || got.Handle != want.Handle || got.Unique != want.Unique ||
			!bytes.Equal(got.Data, want.Data) || got.Priority != wire.PriorityUnknown || got.DrainedAt.Unix() != 1000 {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if _, err := in.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last job: %v", err)
	}
}

// TestAnArchiveWithReleasedJobsIsIncomplete: they may be in the next archive, too, which replay must know.
func TestAnArchiveWithReleasedJobsIsIncomplete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		taken    wire.Taken
		kept     int64
		complete bool
	}{{wire.Taken{Jobs: 1, Acknowledged: 1}, 0, true}, {wire.Taken{Jobs: 1, Released: 1}, 0, false}, {wire.Taken{Jobs: 1, Acknowledged: 1}, 1, false}} {
		path := filepath.Join(t.TempDir(), "jobs.jsonl")
		a, _ := openTestArchive(t, disk.OS{}, path, false)
		q := testQueue(a)
		pass(t, q, wire.Job{Handle: []byte("H:h:1"), Workload: []byte("one")})
		q.finish(&row{}, c.taken, true)
		a.kept(c.kept)
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		in, err := archive.Open(disk.OS{}, path)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = in.Next()
		}
		in.Close()
		if got := in.Trailer(); got == nil || got.Complete() != c.complete {
			t.Errorf("%+v, %d kept: the trailer is %+v", c.taken, c.kept, got)
		}
	}
}

func TestArchiveSinkRemovesANewArchiveWithoutJobs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "jobs.jsonl")
	for _, add := range []bool{false, true} {
		if add {
			os.WriteFile(path, nil, 0o600)
		}
		a, _ := openTestArchive(t, disk.OS{}, path, add)
		testQueue(a).finish(&row{}, wire.Taken{}, true)
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) == add {
			t.Errorf("append %v: %v", add, err)
		}
	}
}

// The error of a queue names the archive; close does not report it again, and leaves no empty file.
func TestArchiveSinkReportsAnErrorOnce(t *testing.T) {
	t.Parallel()
	const path = "/jobs.jsonl"
	d := disktest.NewSim()
	d.Op, d.Errno, d.From = disktest.Write, syscall.ENOSPC, 1
	a, _ := openTestArchive(t, d, path, false)
	q := testQueue(a)
	q.observe(wire.Job{Handle: []byte("H:h:1")})
	err := errors.Join(q.add(wire.Job{Handle: []byte("H:h:1"), Workload: []byte("one")}), q.sync()())
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want one that names %s", err, path)
	}
	if err := a.close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := d.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the empty archive is still there: %v", err)
	}
}

func TestRawSinkWritesPayloadsWhenSynced(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	q := testQueue(rawSink{w: jobs.NewRawWriter(&out, true)})
	pass(t, q, wire.Job{Workload: []byte("a\nb")})
	pass(t, q, wire.Job{Workload: nil})
	if err := q.sync()(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "a\nb\x00\x00" {
		t.Errorf("got %q", got)
	}
}
