package replay_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/archive"
	"gearctl/wire/disk"
)

// meanwhile is a file system that calls f once, before a file whose path ends in suffix is opened for the first time.
type meanwhile struct {
	disk.OS
	suffix string
	once   sync.Once
	f      func()
}

func (d *meanwhile) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	if strings.HasSuffix(path, d.suffix) {
		d.once.Do(d.f)
	}
	return d.OS.Open(path, flags, mode)
}

// writeArchive writes an archive of jobs of queue q, whose payloads and unique keys are names.
func writeArchive(t testing.TB, path string, names ...string) {
	t.Helper()
	var b []byte
	for _, name := range names {
		b = archive.AppendRecord(b, &archive.Record{Server: "gm1:4730", Queue: "q", Handle: "H:" + name, Unique: name, Data: []byte(name)})
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestACheckpointIsReadUnderItsLock starts a second replay while the first reads the checkpoint, by the name of the file and
// by that of a link to it.
func TestACheckpointIsReadUnderItsLock(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	jobs, done, link := filepath.Join(dir, "jobs"), filepath.Join(dir, "done"), filepath.Join(t.TempDir(), "link")
	writeArchive(t, jobs, "a", "b")
	os.WriteFile(done, nil, 0o600)
	os.Symlink(done, link)
	reading := &meanwhile{suffix: "done", f: func() {
		for _, name := range []string{done, link} {
			r := commandtest.Gearctl(t, "", "-s", addr, "replay", jobs, "--checkpoint", name)
			commandtest.WantRun(t, r, commandtest.ExitFailed, "checkpoint "+name+": another replay is using it")
		}
	}}
	commandtest.WantRun(t, commandtest.OnDisk(t, reading, "-s", addr, "replay", jobs, "--checkpoint", done), commandtest.ExitOK)
	if n := servertest.Queue(t, addr, "q").Total; n != 2 {
		t.Errorf("two replays of 2 jobs made %d", n)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
		t.Errorf("left in the directory: %v, %v", list, err)
	}
}

// TestAReplayThatEndedMeanwhileIsNotRepeated lets another replay with the same checkpoint begin and end just before this one
// has the lock.
func TestAReplayThatEndedMeanwhileIsNotRepeated(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	jobs, done := filepath.Join(dir, "jobs"), filepath.Join(dir, "done")
	writeArchive(t, jobs, "a", "b")
	other := &meanwhile{suffix: ".lock", f: func() {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "replay", jobs, "--checkpoint", done), commandtest.ExitOK)
		commandtest.InQueue(t, addr, "q")
	}}
	r := commandtest.OnDisk(t, other, "-s", addr, "replay", jobs, "--checkpoint", done)
	commandtest.WantRun(t, r, commandtest.ExitOK, "2 records were already replayed, according to "+done)
	if seen := commandtest.InQueue(t, addr, "q"); len(seen) > 0 {
		t.Errorf("submitted twice: %v", seen)
	}
}
