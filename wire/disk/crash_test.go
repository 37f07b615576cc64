package disk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

const newText = "new text"

// contents returns what a file holds and its mode, "none" if there is none.
func contents(d *disktest.Sim, path string) string {
	b, err := disk.ReadFile(d, path, 100)
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	info, statErr := d.Stat(path)
	if err = errors.Join(err, statErr); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %#o", b, info.Mode())
}

// oldFiles are the states that Replace and WriteSynced may meet.
var oldFiles = []struct {
	name, file, temp string
}{
	{"nothing", "none", "none"},
	{"an old file", "old 0600", "none"},
	{"an old file and a temporary one that a killed process left", "old 0600", "killed 0600"},
}

func newDisk(file, temp string) *disktest.Sim {
	d := disktest.NewSim()
	for path, text := range map[string]string{"/f": file, "/f.new": temp} {
		if text, _, there := strings.Cut(text, " "); there {
			d.WriteFile(path, []byte(text), 0o600)
		}
	}
	return d
}

// TestACrashLeavesTheOldFileOrTheNewOne loses power at every point of Replace, and again at every point of the next one.
func TestACrashLeavesTheOldFileOrTheNewOne(t *testing.T) {
	for _, c := range oldFiles {
		d := newDisk(c.file, c.temp)
		replace := func(d *disktest.Sim, text string) error {
			err := disk.Replace(d, "/f", "f.new", []byte(text), 0o644)
			if err == nil {
				d.Note(text)
			}
			return err
		}
		if err := replace(d, newText); err != nil {
			t.Fatal(err)
		}
		first, second := disktest.Survive(t, d, func(d *disktest.Sim, crash disktest.Crash) error {
			allowed := []string{c.file, newText + " 0644", "newer text 0644"}
			switch last := crash.Notes(); {
			case slices.Contains(last, "newer text"):
				allowed = allowed[2:]
			case slices.Contains(last, newText):
				allowed = allowed[1:]
			}
			if got := contents(d, "/f"); !slices.Contains(allowed, got) {
				return fmt.Errorf("the file holds %q, not one of %q", got, allowed)
			}
			if err := replace(d, "newer text"); err != nil {
				return fmt.Errorf("the next Replace: %w", err)
			}
			if got := contents(d, "/f") + contents(d, "/f.new"); got != "newer text 0644none" {
				return fmt.Errorf("after the next Replace there are %q", got)
			}
			return nil
		})
		t.Logf("%s: %+v, second crash %+v", c.name, first, second)
	}
}

// TestACrashLeavesNoPartOfASyncedFile loses power at every point of WriteSynced: once it returned, the name may be lost, or
// have the old file, but a new file is whole.
func TestACrashLeavesNoPartOfASyncedFile(t *testing.T) {
	for _, c := range oldFiles {
		d := newDisk(c.file, "none")
		if err := disk.WriteSynced(d, "/f", []byte(newText), 0o644); err != nil {
			t.Fatal(err)
		}
		d.Note("written")
		first, _ := disktest.Survive(t, d, func(d *disktest.Sim, crash disktest.Crash) error {
			if got := contents(d, "/f"); len(crash.Notes()) > 0 && !slices.Contains([]string{"none", c.file, newText + " 0644"}, got) {
				return fmt.Errorf("the file was synced, and holds %q", got)
			}
			return nil
		})
		t.Logf("%s: %+v", c.name, first)
	}
}

// TestAPrivateDirectorySurvivesACrash: also one that was there, which another process may have made just before.
func TestAPrivateDirectorySurvivesACrash(t *testing.T) {
	for _, path := range []string{"/d", "/d/e/f"} {
		for _, there := range []bool{false, true} {
			d := disktest.NewSim()
			if there && path == "/d" {
				if err := d.Mkdir(path, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			start := func(d *disktest.Sim) error {
				err := disk.MakePrivate(d, path)
				if err == nil {
					d.Note("made")
				}
				return err
			}
			if err := start(d); err != nil {
				t.Fatal(err)
			}
			first, second := disktest.Survive(t, d, func(d *disktest.Sim, crash disktest.Crash) error {
				if _, err := d.Stat(path); err != nil && len(crash.Notes()) > 0 {
					return fmt.Errorf("the directory was made, and %w", err)
				}
				return start(d)
			})
			t.Logf("%s, there %v: %+v, second crash %+v", path, there, first, second)
		}
	}
}

// TestTheOrderOfSyncs: contents before the name, the name before the end.
func TestTheOrderOfSyncs(t *testing.T) {
	for name, c := range map[string]struct {
		run  func(d disk.FS) error
		want []string
	}{
		"Replace": {func(d disk.FS) error { return disk.Replace(d, "/f", "f.new", []byte("new"), 0o644) }, []string{
			"create /f.new 0600", "write /f.new", "chmod /f.new 0644", "sync /f.new", "close /f.new", "rename /f.new /f", "sync directory /",
		}},
		"WriteSynced": {func(d disk.FS) error { return disk.WriteSynced(d, "/f", []byte("new"), 0o600) }, []string{
			"remove /f", "create /f 0600", "write /f", "chmod /f 0600", "sync /f", "close /f",
		}},
		"MakePrivate": {func(d disk.FS) error { return disk.MakePrivate(d, "/d/e") }, []string{
			"mkdir /d 0700", "sync directory /", "mkdir /d/e 0700", "sync directory /d", "sync directory /d",
		}},
		"MakePrivate of a directory that is there": {func(d disk.FS) error { return disk.MakePrivate(d, "/there") }, []string{"sync directory /"}},
	} {
		d := newDisk("old 0600", "none")
		if err := d.Mkdir("/there", 0o700); err != nil {
			t.Fatal(err)
		}
		d.Settle()
		if err := c.run(d); err != nil {
			t.Fatal(err)
		}
		if got := d.Log(); !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, c.want)
		}
	}
}
