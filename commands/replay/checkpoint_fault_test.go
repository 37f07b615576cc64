package replay

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestNoFaultOfTheDiskDamagesACheckpoint lets every operation fail with every error while lines are noted: the error is
// reported, and after a loss of power the checkpoint names no line as done that is not, and none as open that save said
// is noted.
func TestNoFaultOfTheDiskDamagesACheckpoint(t *testing.T) {
	t.Parallel()
	for _, op := range disktest.Ops {
		for _, errno := range disktest.Errnos() {
			for from := 1; from <= 3; from++ {
				what := fmt.Sprintf("%s fails with %v from time %d", op, errno, from)
				d := disktest.NewSim()
				d.Op, d.Errno, d.From = op, errno, from
				noted, err := noteLines(d, "/done")
				if failed := d.Failed() > 0 && op != disktest.Remove; failed != (err != nil) || failed && !strings.Contains(err.Error(), "checkpoint: "+string(op)+" ") {
					t.Errorf("%s: it failed %d times, and the error is %v", what, d.Failed(), err)
				}
				c, err := loadCheckpoint(d.PowerOff(), "/done", "", true)
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
		if err := c.markDone(position{f, line + 1}, time.Unix(line, 0)); err != nil {
			return line, err
		}
	}
	return 3, nil
}
