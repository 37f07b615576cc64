package spool_test

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	"gearctl/wire/disk/disktest"
	"gearctl/wire/spool"
)

// TestSavedProgressSurvivesALossOfPower cuts the power at every moment after Save: no job that was done before comes out
// again, and every other one does.
func TestSavedProgressSurvivesALossOfPower(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	q := openSim(t, d)
	if err := q.Put(records(0, 5)); err != nil {
		t.Fatal(err)
	}
	if list, err := q.Next(); len(list) != 5 || err != nil {
		t.Fatalf("%d jobs come out, %v", len(list), err)
	}
	q.Done(3)
	q.Done(1)
	if err := q.Save(); err != nil {
		t.Fatal(err)
	}
	d.Note("saved")
	for crash := range d.Crashes {
		if !slices.Contains(crash.Notes(), "saved") {
			continue
		}
		list, err := openSim(t, crash.Restart()).Next()
		if err != nil || len(list) != 1 || string(list[0].Data) != "4" {
			t.Errorf("%s: of 5 jobs 4 were done and saved, and %d come out again, %v", crash.What, len(list), err)
		}
	}
}

// TestProgressThatCouldNotBeSavedIsSavedLater lets a Save fail. When the disk works again and nothing else was done, the next
// Save has to make up for it, or a crash carries all those jobs once more.
func TestProgressThatCouldNotBeSavedIsSavedLater(t *testing.T) {
	t.Parallel()
	for _, op := range []disktest.Op{disktest.Open, disktest.Write, disktest.Sync, disktest.Close, disktest.Rename, disktest.SyncDir} {
		d := disktest.NewSim()
		q := openSim(t, d)
		if err := q.Put(records(0, 5)); err != nil {
			t.Fatal(err)
		}
		if list, err := q.Next(); len(list) != 5 || err != nil {
			t.Fatalf("%d jobs come out, %v", len(list), err)
		}
		d.Arm(op, syscall.ENOSPC, 1)
		q.Done(4)
		if err := q.Save(); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s fails, and Save says %v", op, err)
		}
		d.Heal()
		if err := q.Save(); err != nil {
			t.Errorf("%s works again, and Save says %v", op, err)
		}
		d.Note("saved")
		for crash := range d.Crashes {
			if !slices.Contains(crash.Notes(), "saved") {
				continue
			}
			list, err := openSim(t, crash.Restart()).Next()
			if err != nil || len(list) != 1 || string(list[0].Data) != "4" {
				t.Errorf("%s failed once, %s: of 5 jobs 4 were done, and %d come out again, %v", op, crash.What, len(list), err)
				break
			}
		}
	}
}

func openSim(t *testing.T, d *disktest.Sim) *spool.Queue {
	t.Helper()
	dir, err := spool.Open(d, "/spool", 0)
	if err != nil {
		t.Fatal(err)
	}
	q, err := dir.Queue("route", "a -> b")
	if err != nil {
		t.Fatal(err)
	}
	return q
}
