package contexts

import (
	"fmt"
	"slices"
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
