package replay

import (
	"testing"
	"time"

	"gearctl/wire/archive"
	"gearctl/wire/disk/disktest"
)

// TestACheckpointIsSavedAfterSoManyJobs, however fast they are accepted: more are not submitted twice after a crash.
func TestACheckpointIsSavedAfterSoManyJobs(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	c, err := loadCheckpoint(d, "/done", "", false)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.file("/a", &archive.Record{Queue: "q"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for line := int64(1); line <= 3*checkpointJobs; line++ {
		if err := c.markDone(position{f, line}, now); err != nil {
			t.Fatal(err)
		}
		if line%100 > 0 {
			continue
		}
		saved, err := loadCheckpoint(d.PowerOff(), "/done", "", true)
		if err != nil {
			t.Fatal(err)
		}
		if repeated := line - saved.Files["/a"].Done; repeated > checkpointJobs {
			t.Fatalf("%d jobs are accepted, and %d would be submitted twice", line, repeated)
		}
	}
}

// TestACheckpointThatCannotBeUsedIsNotLocked: a replay that is refused gives back its lock.
func TestACheckpointThatCannotBeUsedIsNotLocked(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	d.WriteFile("/done", []byte("damaged"), 0o600)
	if _, _, err := openCheckpoint(d, "/done", "", false); err == nil {
		t.Fatal("a damaged checkpoint is used")
	}
	if err := d.Remove("/done"); err != nil {
		t.Fatal(err)
	}
	_, unlock, err := openCheckpoint(d, "/done", "", false)
	if err != nil {
		t.Fatalf("after the end of a replay that was refused: %v", err)
	}
	unlock()
}
