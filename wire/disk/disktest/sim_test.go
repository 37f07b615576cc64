package disktest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/disk/disktest"
)

// script is a program on a disk that does not fail.
type script struct {
	*testing.T
	*disktest.Sim
}

func (s script) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// open opens a file to write to it, and creates it if it is not there.
func (s script) open(path string) disk.File {
	s.Helper()
	f, err := s.Open(path, os.O_RDWR|os.O_CREATE, 0o600)
	s.must(err)
	return f
}

func (s script) write(f disk.File, text string) {
	s.Helper()
	_, err := f.Write([]byte(text))
	s.must(err)
}

// found describes a disk after a crash: "f=ab g=" for two files, with a dot for each zero.
func found(d *disktest.Sim) string {
	var list []string
	for line := range strings.Lines(d.String()) {
		var path, text string
		var mode fs.FileMode
		if _, err := fmt.Sscanf(line, "%s %o %q", &path, &mode, &text); err != nil {
			list = append(list, strings.Fields(line)[0][1:])
			continue
		}
		entry := path[1:] + "=" + strings.ReplaceAll(text, "\x00", ".")
		if mode != 0o600 {
			entry += fmt.Sprintf("(%#o)", mode)
		}
		list = append(list, entry)
	}
	return strings.Join(list, " ")
}

// TestWhatACrashLeaves lists, for short programs, all that may be found when the power fails at their end.
func TestWhatACrashLeaves(t *testing.T) {
	for _, c := range []struct {
		name   string
		before string // contents of file f
		run    func(s script)
		want   []string
	}{
		{"a file that was synced may vanish until its directory is", "", func(s script) {
			f := s.open("/f")
			s.write(f, "ab")
			s.must(f.Sync())
		}, []string{"", "f=ab"}},
		{"a file whose name was synced may be empty, short, or of zeros", "", func(s script) {
			f := s.open("/f")
			s.must(s.SyncDir("/"))
			s.write(f, "abcd")
		}, []string{"f=", "f=....", "f=a", "f=ab", "f=ab..", "f=abc", "f=abcd"}},
		{"both synced, it is there", "", func(s script) {
			f := s.open("/f")
			s.write(f, "ab")
			s.must(f.Sync())
			s.must(s.SyncDir("/"))
		}, []string{"f=ab"}},
		{"a rename without a sync of the contents may leave an empty file", "old", func(s script) {
			f := s.open("/g")
			s.write(f, "ab")
			s.must(s.Rename("/g", "/f"))
			s.must(s.SyncDir("/"))
		}, []string{"f=", "f=..", "f=a", "f=a.", "f=ab"}},
		{"a rename is atomic", "old", func(s script) {
			f := s.open("/g")
			s.write(f, "ab")
			s.must(f.Sync())
			s.must(s.SyncDir("/"))
			s.must(s.Rename("/g", "/f"))
		}, []string{"f=ab", "f=old g=ab"}},
		{"a file that was renamed before its name was synced has one name or none", "old", func(s script) {
			f := s.open("/g")
			s.write(f, "ab")
			s.must(f.Sync())
			s.must(s.Rename("/g", "/f"))
		}, []string{"f=ab", "f=old", "f=old g=ab"}},
		{"of two renames of a file the second may survive alone", "old", func(s script) {
			s.must(s.Rename("/f", "/g"))
			s.must(s.Rename("/g", "/h"))
		}, []string{"f=old", "g=old", "h=old"}},
		{"a removed file may be back", "old", func(s script) {
			s.must(s.Remove("/f"))
		}, []string{"", "f=old"}},
		{"a removed file is gone once its directory is synced", "old", func(s script) {
			s.must(s.Remove("/f"))
			s.must(s.SyncDir("/"))
		}, []string{""}},
		{"a file that is open keeps its contents when it is removed, not its name", "old", func(s script) {
			f := s.open("/f")
			s.must(s.Remove("/f"))
			s.must(s.SyncDir("/"))
			s.write(f, "new")
			s.must(f.Sync())
		}, []string{""}},
		{"names survive in any order", "", func(s script) {
			s.must(s.open("/f").Close())
			s.must(s.open("/g").Close())
		}, []string{"", "f=", "f= g=", "g="}},
		{"writes survive in any order, with a hole of zeros", "", func(s script) {
			f := s.open("/f")
			s.must(s.SyncDir("/"))
			s.write(f, "a")
			s.write(f, "b")
		}, []string{"f=", "f=.", "f=..", "f=.b", "f=a", "f=a.", "f=ab"}},
		{"what was overwritten may be old or new", "old", func(s script) {
			s.write(s.open("/f"), "N")
		}, []string{"f=Nld", "f=old"}},
		{"a sync covers its file only", "", func(s script) {
			f, g := s.open("/f"), s.open("/g")
			s.must(s.SyncDir("/"))
			s.write(f, "a")
			s.write(g, "b")
			s.must(f.Sync())
		}, []string{"f=a g=", "f=a g=.", "f=a g=b"}},
		{"a sync of one descriptor covers what another wrote", "old", func(s script) {
			f, g := s.open("/f"), s.open("/f")
			s.write(f, "new")
			s.must(f.Close())
			s.must(g.Sync())
		}, []string{"f=new"}},
		{"a truncation may be lost", "old", func(s script) {
			s.must(s.open("/f").Truncate(1))
		}, []string{"f=o", "f=old"}},
		{"a truncation survives a sync", "old", func(s script) {
			f := s.open("/f")
			s.must(f.Truncate(1))
			s.must(f.Sync())
		}, []string{"f=o"}},
		{"a mode may be lost", "old", func(s script) {
			s.must(s.open("/f").Chmod(0o644))
		}, []string{"f=old", "f=old(0644)"}},
		{"a directory whose name was not synced takes all with it", "", func(s script) {
			s.must(s.Mkdir("/d", 0o700))
			f := s.open("/d/f")
			s.write(f, "a")
			s.must(f.Sync())
			s.must(s.SyncDir("/d"))
		}, []string{"", "d/ d/f=a"}},
		{"after a sync that failed, a later one saves nothing that was written before", "", func(s script) {
			f := s.open("/f")
			s.must(s.SyncDir("/"))
			s.write(f, "a")
			s.Op, s.From, s.Times, s.Errno = disktest.Sync, 1, 1, syscall.EIO
			if err := f.Sync(); !errors.Is(err, syscall.EIO) {
				s.Fatal(err)
			}
			s.write(f, "b")
			s.must(f.Sync())
		}, []string{"f=.b", "f=ab"}},
		{"a write that failed has written half", "", func(s script) {
			f := s.open("/f")
			s.must(s.SyncDir("/"))
			s.Op, s.From, s.Errno = disktest.Write, 1, syscall.ENOSPC
			if n, err := f.Write([]byte("ab")); n != 1 || !errors.Is(err, syscall.ENOSPC) {
				s.Fatal(n, err)
			}
		}, []string{"f=", "f=.", "f=a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := script{t, disktest.NewSim()}
			if c.before != "" {
				s.WriteFile("/f", []byte(c.before), 0o600)
			}
			c.run(s)
			s.Note("end") // with it, no state equals one at an earlier point
			var got []string
			for crash := range s.Crashes {
				if len(crash.Notes()) == 1 {
					got = append(got, found(crash.Restart()))
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q\nwant  %q\nlog: %q", got, c.want, s.Log())
			}
		})
	}
}
