package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire/disk"
)

// stream is something that is synced with an outcome.
type stream struct {
	*os.File
	err error
}

func (s stream) Sync() error { return s.err }

// TestWhatASyncMayLack: EINVAL and ENOTSUP count for nothing on a pipe, and as any other error on a regular file.
func TestWhatASyncMayLack(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer other.Close()
	for _, err := range []error{nil, syscall.EINVAL, syscall.ENOTSUP, syscall.EROFS, syscall.EIO, syscall.EBADF, syscall.ENOSPC} {
		if got := disk.SyncStream(stream{file, err}); !errors.Is(got, err) {
			t.Errorf("a regular file: %v became %v", err, got)
		}
		want := err
		if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
			want = nil
		}
		if got := disk.SyncStream(stream{pipe, err}); !errors.Is(got, want) {
			t.Errorf("a pipe: %v became %v", err, got)
		}
	}
	if err := disk.SyncStream(other); err != nil {
		t.Errorf("a real pipe: %v", err)
	}
}

func TestAPrivateDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		mode  fs.FileMode // 0: it is not there
		owner int
		want  string
	}{
		{0, 0, ""},
		{0o700, 0, ""},
		{0o755, 0, ""},
		{0o770, 0, "may be written by others (mode 0770)"},
		{0o757, 0, "may be written by others (mode 0757)"},
		{0o700, 65534, "belongs to user 65534"},
	} {
		path := filepath.Join(dir, "spool", "deep")
		if c.mode != 0 {
			os.MkdirAll(path, 0o700)
			os.Chmod(path, c.mode)
		}
		if c.owner != 0 {
			if os.Geteuid() != 0 {
				continue
			}
			os.Chown(path, c.owner, c.owner)
		}
		err := disk.MakePrivate(disk.OS{}, path)
		var unsafe *disk.UnsafeError
		if (c.want == "") != (err == nil) || err != nil && (!errors.As(err, &unsafe) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("mode %o, owner %d: %v, want %q", c.mode, c.owner, err, c.want)
		}
		if info, err := os.Stat(path); c.mode == 0 && (err != nil || info.Mode().Perm() != 0o700) {
			t.Errorf("made as %v, %v", info.Mode(), err)
		}
		os.RemoveAll(filepath.Join(dir, "spool"))
	}
}

// TestReplaceFollowsNoLinkOfTheTemporaryFile: in a directory for all, somebody else may put a link where the temporary
// file is going to be.
func TestReplaceFollowsNoLinkOfTheTemporaryFile(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "file")
	os.WriteFile(victim, []byte("keep"), 0o600)
	os.Symlink(victim, path+".new")
	if err := disk.Replace(disk.OS{}, path, "file.new", []byte("text"), 0o640); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(victim); string(b) != "keep" {
		t.Errorf("the victim holds %q", b)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestReplaceThroughALink(t *testing.T) {
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "real"), 0o700)
	target, link := filepath.Join(dir, "real", "file"), filepath.Join(dir, "link")
	os.WriteFile(target, []byte("old"), 0o600)
	os.Symlink("real/file", link)
	if err := disk.Replace(disk.OS{}, link, "file.new", []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(target); string(b) != "new" {
		t.Errorf("the target holds %q", b)
	}
	if to, err := os.Readlink(link); to != "real/file" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
}

// syncedDirs records the directories that are synced.
type syncedDirs struct {
	disk.OS
	paths []string
}

func (d *syncedDirs) SyncDir(path string) error {
	d.paths = append(d.paths, path)
	return d.OS.SyncDir(path)
}

// TestReplaceThroughALinkSyncsTheNewName: the name that a loss of power may take back is beside the file, not beside the
// link.
func TestReplaceThroughALinkSyncsTheNewName(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	os.Mkdir(real, 0o700)
	os.WriteFile(filepath.Join(real, "file"), []byte("old"), 0o600)
	os.Symlink("real/file", link)
	d := &syncedDirs{}
	if err := disk.Replace(d, link, "file.new", []byte("new"), 0o600); err != nil || !slices.Equal(d.paths, []string{real}) {
		t.Errorf("synced %q, %v", d.paths, err)
	}
}
