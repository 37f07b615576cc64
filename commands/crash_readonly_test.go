package commands_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk"
	"gearctl/wire/jobserver/gearmandtest"
)

// turningDisk is the real disk, which the next sync of a file finds in a bad state.
type turningDisk struct {
	disk.OS
	turn func()
}

func (d *turningDisk) Open(path string, flags int, mode os.FileMode) (disk.File, error) {
	f, err := d.OS.Open(path, flags, mode)
	return turningFile{f, d.turn}, err
}

type turningFile struct {
	disk.File
	turn func()
}

func (f turningFile) Sync() error {
	f.turn()
	return f.File.Sync()
}

// mountExt4 mounts a small ext4 that becomes read-only at an error, and returns where and how to cause one.
func mountExt4(t *testing.T) (dir string, fail, again func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mount a file system: needs root")
	}
	image := filepath.Join(t.TempDir(), "image")
	dir = t.TempDir()
	run := func(argv ...string) string {
		t.Helper()
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		if err != nil {
			t.Skipf("%s: %v %s", strings.Join(argv, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("truncate", "-s", "16M", image)
	run("mkfs.ext4", "-q", image)
	run("mount", "-o", "loop,errors=remount-ro", image, dir)
	mounted := true
	t.Cleanup(func() {
		if mounted {
			exec.Command("umount", dir).Run()
		}
	})
	trigger := filepath.Join("/sys/fs/ext4", filepath.Base(run("findmnt", "-no", "SOURCE", dir)), "trigger_fs_error")
	if _, err := os.Stat(trigger); err != nil {
		t.Skip(err)
	}
	fail = func() { os.WriteFile(trigger, []byte("1"), 0) }
	again = func() {
		mounted = false
		run("umount", dir)
		run("mount", "-o", "loop", image, dir)
		mounted = true
	}
	return dir, fail, again
}

// TestADiskThatBecomesReadOnly drains onto an ext4 that reports an error just before the jobs are synced, which then
// answers EROFS: every job is in the queue or, after the file system was mounted again, in the archive.
func TestADiskThatBecomesReadOnly(t *testing.T) {
	t.Parallel()
	const jobs = 4000
	for _, more := range [][]string{nil, {"--max", "4000", "--window", "100"}} {
		dir, fail, again := mountExt4(t)
		addr, path := gearmandtest.Start(t, "--threads=2"), filepath.Join(dir, "jobs.jsonl")
		commandtest.FillQueue(t, addr, "q", jobs)
		r := commandtest.OnDisk(t, &turningDisk{turn: fail}, append([]string{"-s", addr, "drain", "q", "--yes", "--to", path}, more...)...)
		if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, "read-only file system: 0 jobs are in "+path+" and off the server") {
			t.Errorf("%v: exit code %d\n%s", more, r.Code, r.Stderr)
		}
		if n := servertest.Queue(t, addr, "q").Waiting(); n != jobs {
			t.Errorf("%v: of %d jobs %d are left in the queue", more, jobs, n)
		}
		again()
		servertest.CheckAll(t, strings.Join(more, " "), jobs, false, servertest.Archived(t, path), commandtest.InQueue(t, addr, "q"))
	}
}
