package host

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newRoot makes a root with empty files and, by "LINK -> TARGET", symbolic links.
func newRoot(t *testing.T, files []string, links map[string]string) Root {
	t.Helper()
	dir := t.TempDir()
	for _, file := range files {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return Root{dir}
}

func TestLinksAreResolvedBelowTheRoot(t *testing.T) {
	t.Parallel()
	root := newRoot(t, []string{"etc/real/file", "usr/share/other"}, map[string]string{
		"etc/relative": "real", "etc/absolute": "/usr/share", "etc/outside": "../../../../etc/real", "etc/loop": "loop", "etc/missing": "/nowhere",
	})
	for path, want := range map[string]string{
		"/etc/real/file":         "/etc/real/file",
		"/etc/relative/file":     "/etc/real/file",
		"/etc/absolute/other":    "/usr/share/other",
		"/etc/outside/file":      "/etc/real/file",
		"/etc/loop/file":         "/etc/loop/file",
		"/etc/missing/file":      "/nowhere/file",
		"/etc/real/../real/file": "/etc/real/file",
	} {
		if got := root.Resolve(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestPathsOfFlagsMayIncludeTheRoot(t *testing.T) {
	t.Parallel()
	root := Root{"/mnt/host/"}
	for path, want := range map[string]string{"/mnt/host/etc/a": "/etc/a", "/etc/a": "/etc/a", "etc/a": "/etc/a", "/mnt/hosts/a": "/mnt/hosts/a", "": ""} {
		if got := root.FromFlag(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestTheFirstDirectoryWinsAndFilesAreSortedByName(t *testing.T) {
	t.Parallel()
	root := newRoot(t, []string{"run/20-b.conf", "run/10-a.conf", "etc/20-b.conf", "etc/30-c.conf", "etc/other.txt"}, nil)
	want := []string{"/run/10-a.conf", "/etc/20-b.conf", "/etc/30-c.conf"}
	if diff := cmp.Diff(want, root.Merged([]string{"/etc", "/missing", "/run"}, ".conf")); diff != "" {
		t.Error(diff)
	}
}
