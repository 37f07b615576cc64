package exporter

import (
	"strings"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestNoFaultOfTheDiskDamagesATextfile lets every operation fail with every error: the file holds the old metrics or the
// new ones, and the new ones when no error was reported.
func TestNoFaultOfTheDiskDamagesATextfile(t *testing.T) {
	t.Parallel()
	const path = "/gearman.prom"
	for _, op := range disktest.Ops {
		for _, errno := range disktest.Errnos() {
			d := disktest.NewSim()
			d.WriteFile(path, []byte("old"), 0o644)
			d.Op, d.Errno, d.From = op, errno, 1
			err := replaceTextfile(d, path, []byte("new metrics"))
			if (err != nil) != (d.Failed() > 0) {
				t.Errorf("%s fails with %v: it failed %d times, and the error is %v", op, errno, d.Failed(), err)
			}
			off := d.PowerOff()
			b, _ := disk.ReadFile(off, path, 100)
			if text := string(b); text != "new metrics" && (err == nil || text != "old") {
				t.Errorf("%s fails with %v: the file holds %q", op, errno, b)
			}
			if left, _ := d.ReadDir("/"); len(left) != 1 {
				t.Errorf("%s fails with %v: left are %v", op, errno, left)
			}
		}
	}
}

// TestEachTextfileIsWrittenByATemporaryFileOfItsOwn: two exporters that write the same file do not write into each other's.
func TestEachTextfileIsWrittenByATemporaryFileOfItsOwn(t *testing.T) {
	t.Parallel()
	d, created := disktest.NewSim(), map[string]bool{}
	for range 10 {
		if err := replaceTextfile(d, "/gearman.prom", []byte("metrics")); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range d.Log() {
		if name, ok := strings.CutPrefix(line, "create "); ok {
			created[name] = true
		}
	}
	if len(created) != 10 {
		t.Errorf("10 writers had %d temporary files:\n%s", len(created), strings.Join(d.Log(), "\n"))
	}
}
