package archive_test

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
)

// eachFault calls f with a disk whose operations fail: every one with every error, from its first, second or third time
// on. There is an archive of two records to add to, or none.
func eachFault(t *testing.T, f func(what string, d *disktest.Sim, path string, add bool)) {
	for _, path := range []string{"/d/jobs.jsonl", "/d/jobs.jsonl.gz", "/d/jobs.jsonl.zst"} {
		for _, add := range []bool{false, true} {
			for _, op := range disktest.Ops {
				for _, errno := range disktest.Errnos() {
					for from := 1; from <= 3; from++ {
						if testing.Short() && from > 1 {
							continue
						}
						d := disktest.NewSim()
						d.WriteFile("/d/other", nil, 0o600)
						if add {
							w, err := archive.Create(d, path)
							write(t, w, err, 0, 2)
							d.Settle()
						}
						d.Op, d.Errno, d.From = op, errno, from
						f(fmt.Sprintf("%s, append %v, %s fails with %v from time %d: ", path, add, op, errno, from), d, path, add)
					}
				}
			}
		}
	}
}

// TestNoFaultOfTheDiskIsTakenForSafe: after a loss of power the archive holds each record that Sync reported safe, and the
// error was reported with operation and path.
func TestNoFaultOfTheDiskIsTakenForSafe(t *testing.T) {
	t.Parallel()
	eachFault(t, func(what string, d *disktest.Sim, path string, add bool) {
		err := writeUntilFault(d, path, add)
		text := fmt.Sprint(err)
		switch {
		case d.Failed() == 0 && err != nil:
			t.Errorf("%s it did not fail, and the error is %v", what, err)
		case d.Failed() > 0 && (!errors.Is(err, d.Errno) || !strings.Contains(text, string(d.Op)+" /d")):
			t.Errorf("%s the error is %v", what, err)
		}
		if d.Failed() == 0 {
			return // as without a fault: TestACrashLosesNoSafeRecord
		}
		if d.Errno != syscall.EIO {
			if _, err := checkArchive(d.PowerOff(), path, d.Log()); err != nil {
				t.Errorf("%s %v", what, err)
			}
			return
		}
		for c := range d.Crashes {
			if _, err := checkArchive(c.Restart(), path, c.Notes()); err != nil {
				t.Fatalf("%s %s: %v", what, c.What, err)
			}
		}
	})
}

// writeUntilFault writes three records, each synced, and notes which are safe as far as the writer says.
func writeUntilFault(d *disktest.Sim, path string, add bool) error {
	open := archive.Create
	if add {
		open = archive.Append
		d.Note("safe 0")
		d.Note("safe 1")
	}
	w, err := open(d, path)
	if err != nil {
		return err
	}
	for n := 2; n < 5 && err == nil; n++ {
		if err = errors.Join(w.Add(record(n)), w.Sync()); err == nil {
			d.Note(fmt.Sprint("safe ", n))
		}
	}
	return errors.Join(err, w.Close(noon))
}

// TestAFailedWriteIsCutOff: what a full disk took of a write is removed, so that the archive ends with a whole line, and no
// record is in it that was not reported safe.
func TestAFailedWriteIsCutOff(t *testing.T) {
	for from := 1; from <= 3; from++ {
		d := disktest.NewSim()
		d.Op, d.Errno, d.From = disktest.Write, syscall.ENOSPC, from
		if err := writeUntilFault(d, "/f", false); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("write %d fails, and the error is %v", from, err)
		}
		b, err := disk.ReadFile(d, "/f", 1<<20)
		if lines := bytes.Count(b, []byte("\n")); err != nil || lines != from-1 || len(b) > 0 && b[len(b)-1] != '\n' {
			t.Errorf("write %d failed, and the archive holds %q, %v", from, b, err)
		}
		if log := d.Log(); !slices.Contains(log, "truncate /f") {
			t.Errorf("write %d failed: %q", from, log)
		}
	}
}

// TestNothingIsSafeAfterAFailedSync: the kernel forgets what it could not write, so that a later sync proves nothing.
func TestNothingIsSafeAfterAFailedSync(t *testing.T) {
	for _, path := range []string{"/f", "/f.gz", "/f.zst"} {
		d := disktest.NewSim()
		w, err := archive.Create(d, path)
		if err != nil {
			t.Fatal(err)
		}
		d.Op, d.Errno, d.From, d.Times = disktest.Sync, syscall.EIO, 1, 1
		for what, err := range map[string]error{
			"the sync that fails": errors.Join(w.Add(record(0)), w.Sync()), "the next": errors.Join(w.Add(record(1)), w.Sync()), "Close": w.Close(noon),
		} {
			if !errors.Is(err, syscall.EIO) {
				t.Errorf("%s: the error of %s is %v", path, what, err)
			}
		}
		log := d.Log()
		if after := log[slices.Index(log, "sync "+path+": input/output error")+1:]; !slices.Equal(after, []string{"close " + path}) {
			t.Errorf("after a failed sync: %q", after)
		}
	}
}

// TestAnArchiveThatCannotBeOpenedIsRemoved, because it is new. One that was there stays.
func TestAnArchiveThatCannotBeOpenedIsRemoved(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EIO, syscall.EACCES} {
		for _, there := range []bool{false, true} {
			d := disktest.NewSim()
			open := archive.Create
			if there {
				d.WriteFile("/f", nil, 0o600)
				open = archive.Append
			}
			d.Op, d.Errno, d.From = disktest.SyncDir, errno, 1
			if _, err := open(d, "/f"); !errors.Is(err, errno) {
				t.Errorf("the directory cannot be synced, and the error is %v", err)
			}
			if _, err := d.Stat("/f"); (err == nil) != there {
				t.Errorf("an archive was there: %v, and now: %v", there, err)
			}
		}
	}
}
