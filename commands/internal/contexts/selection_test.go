package contexts

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// TestACrashLeavesTheOldChoiceOrTheNewOne loses power at every point of Set.
func TestACrashLeavesTheOldChoiceOrTheNewOne(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	s := Selection{"/home/context"}
	if err := s.Set(d, "old"); err != nil {
		t.Fatal(err)
	}
	d.Settle()
	if err := s.Set(d, "new"); err != nil {
		t.Fatal(err)
	}
	d.Note("chosen")
	disktest.Survive(t, d, func(d *disktest.Sim, crash disktest.Crash) error {
		text, err := disk.ReadFile(d, s.Path, 100)
		want := []string{"old\n", "new\n", "next\n"}
		if len(crash.Notes()) > 0 {
			want = want[1:]
		}
		if err != nil || !slices.Contains(want, string(text)) {
			return fmt.Errorf("the file holds %q, %w", text, err)
		}
		return s.Set(d, "next")
	})
}

// TestAClearedChoiceStaysCleared loses power at every point of Clear.
func TestAClearedChoiceStaysCleared(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	s := Selection{"/home/context"}
	if err := s.Set(d, "old"); err != nil {
		t.Fatal(err)
	}
	d.Settle()
	if err := s.Clear(d); err != nil {
		t.Fatal(err)
	}
	d.Note("cleared")
	disktest.Survive(t, d, func(d *disktest.Sim, crash disktest.Crash) error {
		text, err := disk.ReadFile(d, s.Path, 100)
		if err == nil && len(crash.Notes()) > 0 {
			return fmt.Errorf("%q is chosen again", text)
		}
		return s.Clear(d)
	})
}

// TestTwoChoicesAtOnce: two shells that begin with context use do not take away each other's file.
func TestTwoChoicesAtOnce(t *testing.T) {
	t.Parallel()
	s := Selection{t.TempDir() + "/gearctl/context"}
	var wg sync.WaitGroup
	for _, name := range []string{"prod", "test"} {
		wg.Go(func() {
			for range 50 {
				if err := s.Set(disk.OS{}, name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if name, err := s.Name(); err != nil || name != "prod" && name != "test" {
		t.Errorf("got %q, %v", name, err)
	}
	if left, err := filepath.Glob(filepath.Dir(s.Path) + "/*"); err != nil || len(left) != 1 {
		t.Errorf("files: %q, %v", left, err)
	}
}

func TestTheChoiceOfAUser(t *testing.T) {
	t.Parallel()
	s := Selection{t.TempDir() + "/gearctl/context"}
	name := func() string {
		t.Helper()
		name, err := s.Name()
		if err != nil {
			t.Error(err)
		}
		return name
	}
	if got := name(); got != "" {
		t.Errorf("nothing was chosen, and it is %q", got)
	}
	for _, want := range []string{"prod", "test"} {
		if err := s.Set(disk.OS{}, want); err != nil || name() != want {
			t.Errorf("got %q, %v, want %q", name(), err, want)
		}
	}
	for range 2 {
		if err := s.Clear(disk.OS{}); err != nil || name() != "" {
			t.Errorf("cleared: got %q, %v", name(), err)
		}
	}
}
