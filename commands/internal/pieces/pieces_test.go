package pieces

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	_ "time/tzdata"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// readSize reads sizes as the flags do.
func readSize(s string) (float64, error) {
	unit := map[string]float64{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "B": 1}[s[len(s)-1:]]
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	return n * unit, err
}

func TestParseRotation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Rotation{
		"500M": {Size: 500 << 20}, "1h": {Every: time.Hour}, "500M,1h": {500 << 20, time.Hour}, "90s, 1K": {1 << 10, 90 * time.Second},
		"5m": {Every: 5 * time.Minute}, "5M": {Size: 5 << 20}, "1h30m": {Every: 90 * time.Minute}, "2000B": {Size: 2000},
	} {
		got, err := ParseRotation(text, readSize)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := ParseRotation(got.String(), readSize); err != nil || again != got {
			t.Errorf("%q is written as %q, which is %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", ",", "5", "500", "1h,", "1h,2h", "1M,2M", "500ms", "100B", "0h", "-1h", "1d", "xM", "xh", "M", "h"} {
		if got, err := ParseRotation(text, readSize); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestAPieceEndsByTheClock(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		every       time.Duration
		begin, want string // local time in Berlin
	}{
		{time.Hour, "2026-12-01T02:13:00+01:00", "2026-12-01T03:00:00+01:00"},
		{time.Hour, "2026-12-01T03:00:00+01:00", "2026-12-01T04:00:00+01:00"},
		{15 * time.Minute, "2026-12-01T23:59:59+01:00", "2026-12-02T00:00:00+01:00"},
		{7 * time.Hour, "2026-12-01T22:00:00+01:00", "2026-12-02T00:00:00+01:00"},
		{24 * time.Hour, "2026-12-01T00:00:00+01:00", "2026-12-02T00:00:00+01:00"},
		{7 * 24 * time.Hour, "2026-12-01T13:00:00+01:00", "2026-12-08T00:00:00+01:00"},
		{time.Hour, "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00"}, // the hour after is called two again
		{time.Hour, "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"},
		{24 * time.Hour, "2026-10-25T12:00:00+01:00", "2026-10-26T00:00:00+01:00"},
		{24 * time.Hour, "2026-03-29T12:00:00+02:00", "2026-03-30T00:00:00+02:00"},
	} {
		begin, _ := time.Parse(time.RFC3339, c.begin)
		if got := (Rotation{Every: c.every}).End(begin.In(berlin)).Format(time.RFC3339); got != c.want {
			t.Errorf("every %v, begun at %s: it ends at %s, want %s", c.every, c.begin, got, c.want)
		}
	}
	if end := (Rotation{Size: 1 << 20}).End(time.Unix(1, 0)); !end.IsZero() {
		t.Errorf("without a time it ends at %v", end)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 4, 5, 6, 7, 0, time.FixedZone("", -5400)) // a Sunday
	for name, want := range map[string]string{
		"d/p-%Y%m%d-%H%M%S.jsonl.gz": "d/p-20260104-050607.jsonl.gz", "%y %j %F %z": "26 004 2026-01-04 -0130",
		"%G-W%V-%u": "2026-W01-7", "%s": "1767508567", "100%%": "100%", "%%Y": "%Y", "plain": "plain",
	} {
		if err := CheckPattern(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := Expand(name, at); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for name, why := range map[string]string{"p-%Q": `unknown "%Q"`, "p%": `unknown "%"`, "%Y/p": "directory", "%": "%% %d %F"} {
		if err := CheckPattern(name); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %q", name, err, why)
		}
	}
	for name, want := range map[string]bool{"p-%Y": true, "100%": false, "50%%": false, "p-%Q": false, "p": false} {
		if LooksLikePattern(name) != want {
			t.Errorf("%s looks like a pattern: %v", name, !want)
		}
	}
}

func TestNumbered(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.jsonl": "a-3.jsonl", "a.jsonl.gz": "a-3.jsonl.gz", "a": "a-3", "a.gz": "a-3.gz", "d.x/a": "d.x/a-3", ".gz": ".gz-3", "a.jsonl.zst": "a-3.jsonl.zst", "a.zst": "a-3.zst", ".zst": ".zst-3", "a.zst.gz": "a-3.zst.gz", "d/.a": "d/.a-3", "d/.a.gz": "d/.a-3.gz",
	} {
		if got := Numbered(name, 3); got != want || Numbered(name, 1) != name {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestANameThatIsTakenGetsANumber: no archive is opened that is there, whatever it is, and the error of one that cannot be
// created is that of the first.
func TestANameThatIsTakenGetsANumber(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	d.WriteFile("/a.jsonl", []byte("somebody's"), 0o600)
	d.WriteFile("/a-3.jsonl", nil, 0o600)
	d.WriteFile("/dir/b", nil, 0o600)
	var names Names
	for _, want := range []string{"/a-2.jsonl", "/a-4.jsonl", "/a-5.jsonl"} {
		w, path, err := names.Create(d, "/a.jsonl")
		if err != nil || path != want {
			t.Fatalf("created %s, %v, want %s", path, err, want)
		}
		if err := w.Close(time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := disk.ReadFile(d, "/a.jsonl", 100); err != nil || string(b) != "somebody's" {
		t.Errorf("the file that was there holds %q, %v", b, err)
	}
	if _, path, err := new(Names).Create(d, "/dir"); !errors.Is(err, disk.ErrNotRegular) {
		t.Errorf("instead of a directory there is %s, %v", path, err)
	}
	d.Op, d.Errno, d.From = disktest.Open, syscall.EACCES, 1
	if _, path, err := names.Create(d, "/c"); !errors.Is(err, syscall.EACCES) || path != "/c" {
		t.Errorf("%s: %v", path, err)
	}
}

// lockedFirst is a file system in which somebody else locks the file of a name as soon as it is created.
type lockedFirst struct {
	disk.FS
	name string
}

func (d lockedFirst) Open(path string, flags int, mode fs.FileMode) (disk.File, error) {
	if path == d.name {
		return disktest.LockFails{FS: d.FS, Err: disk.ErrBusy}.Open(path, flags, mode)
	}
	return d.FS.Open(path, flags, mode)
}

// TestANameThatAnotherTakesAtThatMomentIsLeftToIt: a drain --append may lock the file of a drain --rotate before that does.
func TestANameThatAnotherTakesAtThatMomentIsLeftToIt(t *testing.T) {
	d := disktest.NewSim()
	w, path, err := new(Names).Create(lockedFirst{d, "/a.jsonl"}, "/a.jsonl")
	if err != nil || path != "/a-2.jsonl" {
		t.Fatalf("created %s, %v, want /a-2.jsonl", path, err)
	}
	if err := w.Close(time.Unix(0, 0)); err != nil {
		t.Error(err)
	}
	if _, err := d.Stat("/a.jsonl"); err != nil {
		t.Errorf("the file that somebody else has locked is gone: %v", err)
	}
}
