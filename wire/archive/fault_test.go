package archive_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestNoFaultOfTheDiskIsTakenForSafe lets every operation fail with every error, from its first, second or third time
// on: after a crash of the machine the archive holds each record that Sync reported safe, and the error was reported
// with operation and path.
func TestNoFaultOfTheDiskIsTakenForSafe(t *testing.T) {
	for _, name := range []string{"jobs.jsonl", "jobs.jsonl.gz"} {
		for _, add := range []bool{false, true} {
			for _, op := range disktest.Ops {
				for _, errno := range disktest.Errnos {
					for from := 1; from <= 3; from++ {
						d := &disktest.Disk{Op: op, Errno: errno}
						path := filepath.Join(t.TempDir(), name)
						if add {
							w, err := archive.Create(d, path)
							write(t, w, err, 100, 102)
						}
						d.From = from
						safe, err := writeUntilFault(d, path, add)
						d.Crash()
						what := fmt.Sprintf("%s, append %v, %s fails with %v from time %d: ", name, add, op, errno, from)
						checkReported(t, what, d, op, path, err)
						checkSafe(t, what, path, safe, add)
					}
				}
			}
		}
	}
}

// writeUntilFault writes three records, each synced, and returns how many are safe as far as the writer says.
func writeUntilFault(d disk.FS, path string, add bool) (safe int, err error) {
	open := archive.Create
	if add {
		open = archive.Append
	}
	w, err := open(d, path)
	if err != nil {
		return 0, err
	}
	for ; safe < 3 && err == nil; safe++ {
		if err = errors.Join(w.Add(record(safe)), w.Sync()); err != nil {
			break
		}
	}
	return safe, errors.Join(err, w.Close(noon))
}

func checkReported(t *testing.T, what string, d *disktest.Disk, op disktest.Op, path string, err error) {
	t.Helper()
	if d.Failed() == 0 {
		if err != nil {
			t.Errorf("%s it did not fail, and the error is %v", what, err)
		}
		return
	}
	text := fmt.Sprint(err)
	if !errors.Is(err, d.Errno) || !strings.Contains(text, string(op)+" "+filepath.Dir(path)) {
		t.Errorf("%s the error is %v", what, err)
	}
}

func checkSafe(t *testing.T, what, path string, safe int, add bool) {
	t.Helper()
	if add {
		safe += 2
	}
	if safe == 0 {
		return
	}
	r, err := archive.Open(disk.OS{}, path)
	if err != nil {
		t.Errorf("%s%d records are said to be safe, and %v", what, safe, err)
		return
	}
	defer r.Close()
	if records, _ := read(t, r); len(records) < safe {
		t.Errorf("%s%d records are said to be safe, and %d are", what, safe, len(records))
	}
}
