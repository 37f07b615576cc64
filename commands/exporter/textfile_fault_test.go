package exporter

import (
	"os"
	"path/filepath"
	"testing"

	"gearctl/wire/disk/disktest"
)

// TestNoFaultOfTheDiskDamagesATextfile lets every operation fail with every error: the file holds the old metrics or the
// new ones, and the new ones when no error was reported.
func TestNoFaultOfTheDiskDamagesATextfile(t *testing.T) {
	t.Parallel()
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
