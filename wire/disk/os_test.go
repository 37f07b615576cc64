package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/wire/disk"
)

// nobody is a user who is not the one of the test.
const nobody = 65534

// give gives a file, or a link itself, to another user.
func give(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	if err := os.Lchown(path, nobody, nobody); err != nil {
		t.Fatal(err)
	}
}

func TestOpenCreatesOnlyWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if _, err := (disk.OS{}).Open(path, os.O_RDWR, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file, not to be created: %v", err)
	}
	f, err := disk.OS{}.Open(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("jobs")); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("created as %v, %v", info.Mode(), err)
	}
	if f, err = (disk.OS{}).Open(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 5)
	if n, _ := f.Read(b); string(b[:n]) != "jobs" {
		t.Errorf("an existing file holds %q when it is opened to be created", b[:n])
	}
	soon(t, "creating a file in a directory that is missing", func() {
		if _, err := (disk.OS{}).Open(filepath.Join(path+"s", "file"), os.O_RDWR|os.O_CREATE, 0o600); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("created in a directory that is missing: %v", err)
		}
	})
	if _, err := (disk.OS{}).Open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an existing file, to be new: %v", err)
	}
}

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, link := pipeIn(t, dir), filepath.Join(dir, "link")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, pipe, link, "/dev/null"} {
		soon(t, "opening "+path, func() {
			if _, err := (disk.OS{}).Open(path, os.O_RDWR|os.O_CREATE, 0o600); !errors.Is(err, disk.ErrNotRegular) {
				t.Errorf("%s: %v, want %v", path, err, disk.ErrNotRegular)
			}
		})
		if path == link || path == "/dev/null" { // which would be gone if it were replaced after all
			continue
		}
		if err := disk.Replace(disk.OS{}, path, "new", []byte("text"), 0o600); !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("replacing %s: %v, want %v", path, err, disk.ErrNotRegular)
		}
	}
}

// TestAFileOfSomebodyElse is opened in a directory of this user, where somebody must have wanted it, and not where anybody
// could have put it, or a link to it.
func TestAFileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	private, shared := t.TempDir(), t.TempDir()
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	open := func(path string) error {
		f, err := disk.OS{}.Open(path, os.O_RDONLY, 0)
		if err == nil {
			f.Close()
		}
		return err
	}
	for _, dir := range []string{private, shared} {
		if err := os.WriteFile(filepath.Join(dir, "own"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := open(filepath.Join(dir, "own")); err != nil {
			t.Errorf("a file of this user: %v", err)
		}
		other := filepath.Join(dir, "other")
		os.WriteFile(other, nil, 0o644)
		give(t, other)
	}
	if err := open(filepath.Join(private, "other")); err != nil {
		t.Errorf("a file of somebody else in a private directory: %v", err)
	}
	if err := open(filepath.Join(shared, "other")); !errors.Is(err, disk.ErrForeign) {
		t.Errorf("a file of somebody else in a directory for all: %v, want %v", err, disk.ErrForeign)
	}
	os.Symlink("other", filepath.Join(private, "link"))
	if err := open(filepath.Join(private, "link")); !errors.Is(err, disk.ErrForeign) {
		t.Errorf("a link to a file of somebody else: %v, want %v", err, disk.ErrForeign)
	}
	os.Symlink("own", filepath.Join(private, "foreign"))
	give(t, filepath.Join(private, "foreign"))
	if err := open(filepath.Join(private, "foreign")); !errors.Is(err, disk.ErrForeign) {
		t.Errorf("a link of somebody else: %v, want %v", err, disk.ErrForeign)
	}
}

func TestLinksAreFollowedToTheirEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	os.Mkdir(at("sub"), 0o700)
	os.WriteFile(at("sub/file"), nil, 0o600)
	os.Symlink(at("sub/file"), at("absolute"))
	os.Symlink("sub/second", at("first"))
	os.Symlink("../absolute", at("sub/second"))
	os.Symlink("missing", at("dangling"))
	os.Symlink("loop", at("loop"))
	for _, tt := range []struct {
		path, want string
		err        error
	}{
		{"sub/file", "sub/file", nil},
		{"missing", "missing", nil},
		{"absolute", "sub/file", nil},
		{"first", "sub/file", nil},
		{"dangling", "", disk.ErrDangling},
		{"loop", "", syscall.ELOOP},
		{"sub/file/below", "", syscall.ENOTDIR},
	} {
		got, err := disk.OS{}.Resolve(at(tt.path))
		if want := at(tt.want); tt.err == nil && (err != nil || filepath.Clean(got) != want) {
			t.Errorf("%s: %s, %v, want %s", tt.path, got, err, want)
		}
		if _, err := (disk.OS{}).Stat(at(tt.path)); tt.err != nil && !errors.Is(err, tt.err) {
			t.Errorf("Stat of %s: %v, want %v", tt.path, err, tt.err)
		}
		if !errors.Is(err, tt.err) || err != nil && !strings.Contains(err.Error(), at(tt.path)) {
			t.Errorf("%s: %v, want %v", tt.path, err, tt.err)
		}
	}
}

// TestADanglingLinkIsNotReplaced: the file would be somewhere else.
func TestADanglingLinkIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	os.Symlink(filepath.Join(dir, "missing"), link)
	t.Chdir(dir)
	if err := disk.Replace(disk.OS{}, link, "new", []byte("text"), 0o600); !errors.Is(err, disk.ErrDangling) {
		t.Errorf("%v, want %v", err, disk.ErrDangling)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%v, %v, want the link only", list, err)
	}
}

// TestASyncThatFailsIsAnError: a file and a directory that cannot be synced.
func TestASyncThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	f, err := disk.OS{}.Open(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Error(err)
	}
	f.Close()
	if err := f.Sync(); err == nil || !strings.Contains(err.Error(), "sync "+path) {
		t.Errorf("the sync of a file that is closed: %v", err)
	}
	if err := (disk.OS{}).SyncDir(filepath.Dir(path)); err != nil {
		t.Error(err)
	}
	for dir, want := range map[string]error{path: syscall.ENOTDIR, path + "-missing": fs.ErrNotExist} {
		if err := (disk.OS{}).SyncDir(dir); !errors.Is(err, want) || strings.Count(err.Error(), dir) != 1 {
			t.Errorf("the sync of %s, which is no directory: %v", dir, err)
		}
	}
}

func TestTwoNamesOfOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	info := func(name string) fs.FileInfo {
		i, err := os.Stat(at(name))
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	os.WriteFile(at("file"), nil, 0o600)
	os.WriteFile(at("other"), nil, 0o600)
	if err := os.Link(at("file"), at("link")); err != nil {
		t.Skip(err)
	}
	if !disk.SameFile(info("file"), info("link")) {
		t.Error("two names of a file are taken for two files")
	}
	if disk.SameFile(info("file"), info("other")) {
		t.Error("two files are taken for one")
	}
}

func TestALockExcludesEveryOther(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	open := func() disk.File {
		f, err := disk.OS{}.Open(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, second := open(), open()
	defer second.Close()
	if err := first.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := second.Lock(); !errors.Is(err, disk.ErrBusy) || !strings.Contains(err.Error(), path) {
		t.Errorf("a second lock: %v, want %v", err, disk.ErrBusy)
	}
	first.Close()
	if err := second.Lock(); err != nil {
		t.Errorf("after the first was closed: %v", err)
	}
	if err := first.Lock(); err == nil {
		t.Error("a file that is closed is locked")
	}
}

func TestChangesOfADirectoryReportTheirErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing")
	var d disk.OS
	for what, err := range map[string]error{
		"remove": d.Remove(missing),
		"rename": d.Rename(missing, filepath.Join(dir, "to")),
		"mkdir":  d.Mkdir(filepath.Join(missing, "sub"), 0o700),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAPrivateDirectoryMustBeADirectory(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	os.WriteFile(path, nil, 0o600)
	if err := disk.MakePrivate(disk.OS{}, path); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file: %v", err)
	}
	if err := disk.MakePrivate(disk.OS{}, filepath.Join(path, "sub", "deep")); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("below a file: %v", err)
	}
}

// TestRefusedFilesAreClosed: a daemon that tries again and again must not run out of descriptors.
func TestRefusedFilesAreClosed(t *testing.T) {
	shared := t.TempDir()
	os.Chmod(shared, 0o777)
	path := filepath.Join(shared, "file")
	os.WriteFile(path, nil, 0o644)
	give(t, path)
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	before := open()
	for range 50 {
		if _, err := (disk.OS{}).Open(path, os.O_RDONLY, 0); !errors.Is(err, disk.ErrForeign) {
			t.Fatal(err)
		}
		if _, err := (disk.OS{}).Resolve(path); err != nil {
			t.Fatal(err)
		}
		if err := (disk.OS{}).SyncDir(shared); err != nil {
			t.Fatal(err)
		}
		if _, err := disk.ReadInput(path, 9); err != nil {
			t.Fatal(err)
		}
		if _, err := disk.ReadFile(disk.OS{}, "/proc/self/status", 9); err == nil {
			t.Fatal("a file over the limit")
		}
	}
	if after := open(); after > before+10 {
		t.Errorf("%d descriptors are open, %d before", after, before)
	}
}
