package archive_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// splitQueues are more than are written at a time.
const splitQueues = 150

// writeJobs writes an archive of jobs of many queues, whose times are out of order, and returns their payloads.
func writeJobs(t *testing.T, path string, jobs int) (payloads map[string]bool) {
	t.Helper()
	w, err := archive.Create(disk.OS{}, path)
	if err != nil {
		t.Fatal(err)
	}
	payloads = map[string]bool{}
	for n := range jobs {
		data := fmt.Sprint("job ", n)
		payloads[data] = true
		at := time.Date(2026, 12, 1, n*7%20, 0, 0, 0, time.Local)
		if err := w.Add(&archive.Record{Server: fmt.Sprint("gm", n%3, ":4730"), Queue: fmt.Sprint("q", n%splitQueues), Handle: "H:1", DrainedAt: at, Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	w.Acknowledged(int64(jobs))
	if err := w.Close(time.Now()); err != nil {
		t.Fatal(err)
	}
	return payloads
}

// openFiles is a file system that counts the files that are open.
type openFiles struct {
	disk.FS
	now, most atomic.Int64
}

func (d *openFiles) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	f, err := d.FS.Open(path, flags, mode)
	if err != nil {
		return nil, err
	}
	d.most.Store(max(d.most.Load(), d.now.Add(1)))
	return &openFile{f, d}, nil
}

type openFile struct {
	disk.File
	d *openFiles
}

func (f *openFile) Close() error {
	f.d.now.Add(-1)
	return f.File.Close()
}

// TestASplitHasEveryJobOnce, in archives that are complete, however many there are. Few of them are open at a time, and none at
// the end.
func TestASplitHasEveryJobOnce(t *testing.T) {
	t.Parallel()
	for flags, most := range map[string]int64{"--by queue": 64, "--by server": 3, "--records 7": 1, "--rotate 1h": 8, "--rotate 2K": 1} {
		from := filepath.Join(t.TempDir(), "all.jsonl")
		jobs := writeJobs(t, from, 3*splitQueues)
		d := &openFiles{FS: disktest.NewSim()}
		r := commandtest.OnDisk(t, d, append([]string{"archive", "split", from, "--to", "/part.jsonl", "-o", "template={{.file}}"}, strings.Fields(flags)...)...)
		commandtest.WantRun(t, r, commandtest.ExitOK)
		for path := range strings.FieldsSeq(r.Stdout) {
			in, err := archive.Open(d, path)
			if err != nil {
				t.Fatal(err)
			}
			for {
				rec, err := in.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil || !jobs[string(rec.Data)] {
					t.Fatalf("%s: %s: %+v, which is damaged, unknown or there twice: %v", flags, path, rec, err)
				}
				delete(jobs, string(rec.Data))
			}
			if end := in.Trailer(); end == nil || !end.Complete() {
				t.Errorf("%s: all jobs were acknowledged, and %s ends with %+v", flags, path, end)
			}
			in.Close()
		}
		if len(jobs) > 0 {
			t.Errorf("%s: %d jobs are in none of the new archives", flags, len(jobs))
		}
		if now, at := d.now.Load(), d.most.Load(); now != 0 || at > most {
			t.Errorf("%s: up to %d archives were open, want %d, and %d are still", flags, at, most, now)
		}
	}
}

// TestNoFaultOfTheDiskLeavesASplit: what cannot be written to its end is reported, and nothing of it stays.
func TestNoFaultOfTheDiskLeavesASplit(t *testing.T) {
	t.Parallel()
	from := filepath.Join(t.TempDir(), "all.jsonl")
	writeJobs(t, from, 20)
	for _, zip := range []string{"", ".gz", ".zst"} {
		for _, op := range []disktest.Op{disktest.Open, disktest.Write, disktest.Sync, disktest.Close, disktest.SyncDir} {
			for _, at := range []int{1, 2, 7} {
				sim := disktest.NewSim()
				sim.WriteFile("/d/other", []byte("other"), 0o600)
				sim.Op, sim.Errno, sim.From, sim.Times = op, syscall.ENOSPC, at, 1
				d := &openFiles{FS: sim}
				r := commandtest.OnDisk(t, d, "archive", "split", from, "--by", "queue", "--to", "/d/part.jsonl"+zip)
				what := fmt.Sprintf("%s fails, for %s the time %d", op, zip, at)
				if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, syscall.ENOSPC.Error()) {
					t.Errorf("%s: %+v", what, r)
				}
				if names, err := sim.ReadDir("/d"); err != nil || len(names) != 1 {
					t.Errorf("%s: %d files are there, %v, one was there before", what, len(names), err)
				}
				if d.now.Load() != 0 {
					t.Errorf("%s: %d files are open", what, d.now.Load())
				}
			}
		}
	}
}

// full is an output on a disk that is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestWhatCannotBePrintedIsReported, also if it is little and only written at the end.
func TestWhatCannotBePrintedIsReported(t *testing.T) {
	t.Parallel()
	from := filepath.Join(t.TempDir(), "all.jsonl")
	writeJobs(t, from, 3)
	for _, format := range []string{"raw", "archive", "csv", "json", "jsonl", "table"} {
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) { e.Stdout = full{} }, "archive", "cat", from, "-o", format)
		if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, syscall.ENOSPC.Error()) {
			t.Errorf("-o %s: %+v", format, r)
		}
	}
}

// TestAPartOfAnArchiveSaysThatItsJobsWereToBeAcknowledged: replay takes it for no interrupted drain.
func TestAPartOfAnArchiveSaysThatItsJobsWereToBeAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from := filepath.Join(dir, "all.jsonl")
	writeJobs(t, from, 3)
	r := commandtest.Gearctl(t, "", "archive", "cat", from, "-o", "archive", "--max", "2")
	part := servertest.WriteFile(t, filepath.Join(dir, "part.jsonl"), r.Stdout)
	if r = commandtest.Gearctl(t, "", "replay", part, "--dry-run"); r.Code != commandtest.ExitOK || strings.Contains(r.Stderr, "incomplete") {
		t.Errorf("got %+v", r)
	}
}

// TestArchivesAreClosed: a directory may have more of them than a process may have open.
func TestArchivesAreClosed(t *testing.T) {
	const archives = 60
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // it closes what was forgotten
	dir := t.TempDir()
	for n := range archives {
		writeJobs(t, filepath.Join(dir, fmt.Sprintf("a%d.jsonl", n)), 1)
	}
	for _, line := range []string{"archive list", "archive list --full", "archive verify", "archive cat", "archive cat --match queue=q0", "archive split --by queue --to /x", "replay --dry-run"} {
		before := servertest.OpenDescriptors(t)
		argv := strings.Fields(line)
		if argv[0] == "replay" {
			files, _ := filepath.Glob(filepath.Join(dir, "*"))
			argv = append(argv, files...)
		} else {
			argv = append(argv, dir)
		}
		commandtest.WantRun(t, commandtest.OnDisk(t, disktest.NewSim(), argv...), commandtest.ExitOK)
		if after := servertest.OpenDescriptors(t); after > before+archives/2 {
			t.Errorf("%s: %d files were open before, %d are after", line, before, after)
		}
	}
}
