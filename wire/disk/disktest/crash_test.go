package disktest_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire/disk/disktest"
)

// fourFiles creates files without a sync, and notes each.
func fourFiles(t *testing.T) *disktest.Sim {
	s := script{t, disktest.NewSim()}
	for _, path := range []string{"/a", "/b", "/c", "/d"} {
		s.write(s.open(path), "text")
		s.Note("made " + path)
	}
	return s.Sim
}

// TestACrashKnowsWhatWasNotedBefore: notes and log are in one order, and the notes go on after a restart.
func TestACrashKnowsWhatWasNotedBefore(t *testing.T) {
	s := fourFiles(t)
	want := []string{"create /a 0600", "write /a", "made /a", "create /b 0600", "write /b", "made /b"}
	if log := s.Log(); !slices.Equal(log[:6], want) {
		t.Errorf("the log begins with %q, want %q", log[:6], want)
	}
	for c := range s.Crashes {
		if len(c.Notes()) != c.At/3 {
			t.Fatalf("%s: noted were %q", c.What, c.Notes())
		}
		d := c.Restart()
		d.Note("again")
		for again := range d.Crashes {
			if n := len(again.Notes()); again.At == 1 && n != len(c.Notes())+1 || again.At == 0 && n != len(c.Notes()) {
				t.Fatalf("%s: noted were %q", again.What, again.Notes())
			}
		}
	}
}

// TestCrashesAreTheSameEachTime: a failure can be repeated.
func TestCrashesAreTheSameEachTime(t *testing.T) {
	var runs [2][]string
	for i := range runs {
		for c := range fourFiles(t).Crashes {
			runs[i] = append(runs[i], c.What)
		}
	}
	if !slices.Equal(runs[0], runs[1]) || len(runs[0]) < 200 {
		t.Errorf("%d and %d crashes, or others", len(runs[0]), len(runs[1]))
	}
}

// TestEveryPointIsTried: with eight operations open there are more subsets than are tried at random.
func TestEveryPointIsTried(t *testing.T) {
	s := fourFiles(t)
	at := map[int]bool{}
	for c := range s.Crashes {
		at[c.At] = true
	}
	tally := s.Tally()
	if len(at) != 13 || tally.Points != 13 || tally.States < 3*200 || tally.Distinct > tally.States {
		t.Errorf("crashes at %d points, counted %+v", len(at), tally)
	}
}

// TestSurviveSeesASecondCrash: a restart that removes a file before its successor is safe loses it in the second crash only.
func TestSurviveSeesASecondCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("no second crashes with -short")
	}
	s := script{t, disktest.NewSim()}
	s.WriteFile("/old", []byte("text"), 0o600)
	s.must(s.SyncDir("/"))
	var found []string
	first, second := disktest.Survive(t, s.Sim, func(d *disktest.Sim, c disktest.Crash) error {
		found = append(found, d.String())
		if _, err := d.Stat("/old"); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		n := script{t, d}
		n.write(n.open("/new"), "text")
		return d.Remove("/old")
	})
	if !slices.Contains(found, "") || first.Points != 2 || second.Points != 4 {
		t.Errorf("counted %+v and %+v, found %q", first, second, found)
	}
}

// reports is a test that counts its failures and goes on.
type reports struct {
	testing.TB
	errors, fatal int
}

func (r *reports) Helper()               {}
func (r *reports) Errorf(string, ...any) { r.errors++ }
func (r *reports) Fatal(...any)          { r.fatal++; panic(r) }

// TestSurviveReportsABrokenPromise: in the first crash and in the second, and not without end.
func TestSurviveReportsABrokenPromise(t *testing.T) {
	if testing.Short() {
		t.Skip("no second crashes with -short")
	}
	for _, second := range []bool{false, true} {
		r := &reports{TB: t}
		func() {
			defer func() { recover() }()
			disktest.Survive(r, fourFiles(t), func(d *disktest.Sim, c disktest.Crash) error {
				d.Note("again")
				if again := slices.Contains(c.Notes(), "again"); again == second {
					return errors.New("broken")
				}
				return nil
			})
		}()
		if r.errors != 5 || r.fatal != 1 {
			t.Errorf("second crash %v: %d errors, %d times fatal", second, r.errors, r.fatal)
		}
	}
}

// TestEachPrefixAndEachGap: where there are too many subsets, none, all, each prefix and all but one are tried first.
func TestEachPrefixAndEachGap(t *testing.T) {
	const files = 12
	s := script{t, disktest.NewSim()}
	for i := range files {
		s.open(fmt.Sprintf("/%02d", i))
	}
	s.Note("end")
	tried := map[string]bool{}
	for c := range s.Crashes {
		if len(c.Notes()) == 1 {
			tried[found(c.Restart())] = true
		}
	}
	names := func(there func(int) bool) string {
		var list []string
		for i := range files {
			if there(i) {
				list = append(list, fmt.Sprintf("%02d=", i))
			}
		}
		return strings.Join(list, " ")
	}
	for n := range files + 1 {
		if prefix := names(func(i int) bool { return i < n }); !tried[prefix] {
			t.Errorf("the prefix %q was not tried", prefix)
		}
		if gap := names(func(i int) bool { return i != n }); !tried[gap] {
			t.Errorf("%q was not tried", gap)
		}
	}
}

// TestASyncCountsFromItsEndOn: a crash during a sync is one without it.
func TestASyncCountsFromItsEndOn(t *testing.T) {
	s := script{t, disktest.NewSim()}
	f := s.open("/f")
	s.must(s.SyncDir("/"))
	s.Note("1")
	s.write(f, "a")
	s.Note("2")
	s.must(f.Sync())
	s.Note("3")
	got := map[string][]string{}
	for c := range s.Crashes {
		at := strings.Join(c.Notes(), "")
		got[at] = append(got[at], found(c.Restart()))
	}
	for at, want := range map[string][]string{"": {"", "f="}, "1": {"f=", "f=a", "f=."}, "12": {"f=", "f=a", "f=."}, "123": {"f=a"}} {
		if !slices.Equal(got[at], want) {
			t.Errorf("after notes %q: found %q, want %q", at, got[at], want)
		}
	}
}

// TestTheLog: every operation that changes something, those that failed, and closing a file that was changed or locked.
func TestTheLog(t *testing.T) {
	s := script{t, disktest.NewSim()}
	s.must(s.Mkdir("/d", 0o755))
	f, err := s.Open("/d/f", os.O_RDWR|os.O_CREATE, 0o644)
	s.must(err)
	s.write(f, "abc")
	_, err = f.Seek(1, io.SeekStart)
	s.must(err)
	s.write(f, "B")
	s.must(f.Lock())
	s.must(f.Chmod(0o640))
	s.must(f.Truncate(2))
	s.Op, s.From, s.Times, s.Errno = disktest.Sync, 1, 1, syscall.EIO
	if err := f.Sync(); err == nil {
		t.Error("the sync did not fail")
	}
	s.must(f.Sync())
	s.must(s.SyncDir("/d"))
	s.Note("acknowledged")
	s.must(f.Close())
	s.must(s.open("/d/f").Close())
	s.must(s.Rename("/d/f", "/d/g"))
	s.must(s.Remove("/d/g"))
	want := []string{
		"mkdir /d 0700", "create /d/f 0600", "write /d/f", "overwrite /d/f", "lock /d/f", "chmod /d/f 0640", "truncate /d/f",
		"sync /d/f: input/output error", "sync /d/f", "sync directory /d", "acknowledged", "close /d/f", "rename /d/f /d/g", "remove /d/g",
	}
	if got := s.Log(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	s.Settle()
	if got := s.Log(); len(got) != 0 {
		t.Errorf("once settled: %q", got)
	}
}
