package commands

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// gearctlOn runs a command line whose files are on d.
func gearctlOn(t *testing.T, d disk.FS, argv ...string) run {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := processEnv()
	env.Stdin, env.Stdout, env.Stderr, env.Disk = strings.NewReader(""), &stdout, &stderr, d
	env.Getenv = func(string) string { return "" }
	code := Main(t.Context(), env, argv)
	return run{stdout.String(), stderr.String(), code}
}

// TestNoFaultOfTheDiskLosesADrainedJob lets every operation fail with every error during drain --to. After a loss of
// power archive and queue hold every job, and the error says what failed, where, and how many jobs are off the server.
func TestNoFaultOfTheDiskLosesADrainedJob(t *testing.T) {
	const jobs = 20
	addr := embeddedServer(t)
	for _, c := range []struct {
		file string
		more []string
	}{
		{"jobs.jsonl", nil},
		{"window.jsonl", []string{"--max", "100"}},
		{"jobs.jsonl.gz", nil},
	} {
		for _, op := range []disktest.Op{disktest.Open, disktest.Write, disktest.Sync, disktest.Close, disktest.SyncDir} {
			for _, errno := range disktest.Errnos {
				d := &disktest.Disk{Op: op, Errno: errno, From: 1}
				path := filepath.Join(t.TempDir(), c.file)
				fillQueue(t, addr, "q", jobs)
				r := gearctlOn(t, d, append([]string{"-s", addr, "drain", "q", "--yes", "--to", path}, c.more...)...)
				d.Crash()
				what := fmt.Sprintf("%s: %s fails with %v", c.file, op, errno)
				code := exitFailed
				if op == disktest.Close {
					code = exitPartial // the queue was drained to its end
				}
				if r.code != code || !strings.Contains(r.stderr, fmt.Sprintf("%s %s", op, filepath.Dir(path))) || !strings.Contains(r.stderr, errno.Error()) {
					t.Errorf("%s: exit code %d\n%s", what, r.code, r.stderr)
				}
				left := waitingOn(t, addr, "q")
				said := fmt.Sprintf("%d jobs are in %s and off the server", jobs-left, path)
				switch op {
				case disktest.Open, disktest.SyncDir:
					said = "" // nothing was begun
				case disktest.Close:
					said = "had been synced before"
				}
				if !strings.Contains(r.stderr, said) {
					t.Errorf("%s: %d jobs are in the queue, and stderr has no %q\n%s", what, left, said, r.stderr)
				}
				checkAll(t, what, jobs, false, inArchive(t, path), inQueue(t, addr, "q"))
			}
		}
	}
}

// TestNoFaultOfTheDiskDamagesACheckpoint lets every operation fail with every error while lines are noted: the error is
// reported, and after a loss of power the checkpoint names no line as done that is not, and none as open that save said
// is noted.
func TestNoFaultOfTheDiskDamagesACheckpoint(t *testing.T) {
	for _, op := range disktest.Ops {
		for _, errno := range disktest.Errnos {
			for from := 1; from <= 3; from++ {
				what := fmt.Sprintf("%s fails with %v from time %d", op, errno, from)
				d := &disktest.Disk{Op: op, Errno: errno, From: from}
				path := filepath.Join(t.TempDir(), "done")
				noted, err := noteLines(d, path)
				if failed := d.Failed() > 0 && op != disktest.Remove; failed != (err != nil) || failed && !strings.Contains(err.Error(), "checkpoint: "+string(op)+" ") {
					t.Errorf("%s: it failed %d times, and the error is %v", what, d.Failed(), err)
				}
				d.Crash()
				c, err := loadCheckpoint(disk.OS{}, path, "", true)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				var done int64
				if f := c.Files["/a"]; f != nil {
					done = f.Done
				}
				if done < noted || done > 3 {
					t.Errorf("%s: up to line %d is noted, and the checkpoint says %d", what, noted, done)
				}
			}
		}
	}
}

// noteLines notes three lines of an archive, and returns up to which the checkpoint was saved.
func noteLines(d disk.FS, path string) (noted int64, err error) {
	c, err := loadCheckpoint(d, path, "", false)
	if err != nil {
		return 0, err
	}
	f, err := c.file("/a", &archive.Record{Queue: "q"})
	if err != nil {
		return 0, err
	}
	for line := range int64(3) {
		if err := c.accepted(position{f, line + 1}, time.Unix(line, 0)); err != nil {
			return line, err
		}
	}
	return 3, nil
}

// TestNoFaultOfTheDiskDamagesATextfile lets every operation fail with every error: the file holds the old metrics or the
// new ones, and the new ones when no error was reported.
func TestNoFaultOfTheDiskDamagesATextfile(t *testing.T) {
	for _, op := range disktest.Ops {
		for _, errno := range disktest.Errnos {
			dir := t.TempDir()
			path := filepath.Join(dir, "gearman.prom")
			if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
			d := &disktest.Disk{Op: op, Errno: errno, From: 1}
			err := replaceTextfile(d, path, []byte("new metrics"))
			if (err != nil) != (d.Failed() > 0) {
				t.Errorf("%s fails with %v: it failed %d times, and the error is %v", op, errno, d.Failed(), err)
			}
			d.Crash()
			b, _ := os.ReadFile(path)
			if text := string(b); text != "new metrics" && (err == nil || text != "old") {
				t.Errorf("%s fails with %v: the file holds %q", op, errno, b)
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("%s fails with %v: left are %v", op, errno, left)
			}
		}
	}
}
