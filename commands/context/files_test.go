package context_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk"
)

// readOnlyDisk opens files, and renames and removes none.
type readOnlyDisk struct{ disk.OS }

func (readOnlyDisk) Rename(string, string) error {
	return &fs.PathError{Op: "rename", Path: "x", Err: syscall.EROFS}
}

func (d readOnlyDisk) Remove(path string) error {
	if strings.HasSuffix(path, ".new") {
		return d.OS.Remove(path)
	}
	return &fs.PathError{Op: "remove", Path: path, Err: syscall.EROFS}
}

// TestADiskThatFailsIsReported: nothing is said to be done, and the files are what they were.
func TestADiskThatFailsIsReported(t *testing.T) {
	t.Parallel()
	module := filepath.Join(hostWithSites(t), "etc/mod_gearman/module.conf")
	u := newUser(t, three, "")
	u.want(0, "in use", "context", "use", "prod")
	u.vars["EDITOR"], u.disk = "sed -i s/gm3/gm4/", readOnlyDisk{}
	for _, argv := range [][]string{{"context", "edit"}, {"context", "use", "test"}, {"context", "use", "--none"}, {"context", "import", module}} {
		got := u.run(argv...)
		if got.Code != 1 || got.Stdout != "" || !strings.Contains(got.Stderr, "read-only file system") || strings.Contains(got.Stderr, "saved") || strings.Contains(got.Stderr, "in use\n") || strings.Contains(got.Stderr, "written") {
			t.Errorf("%q: %+v", argv, got)
		}
		if _, kept, found := strings.Cut(strings.TrimSpace(got.Stderr), "--draft "); found {
			os.RemoveAll(filepath.Dir(kept))
		} else if argv[1] == "edit" {
			t.Errorf("what was typed is lost: %+v", got)
		}
		u.want(0, "context prod, chosen by context use", "context", "show")
		if names := listDir(t, u.dir); u.text() != three || names != "context contexts.yml" {
			t.Errorf("%q: there are %s, and the contexts are %q", argv, names, u.text())
		}
	}
}

func listDir(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestTheModeOfAFileStays, and a new file of the system is for all users.
func TestTheModeOfAFileStays(t *testing.T) {
	t.Parallel()
	u := newUser(t, three, "")
	mode := func(path string, want fs.FileMode) {
		t.Helper()
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %v", filepath.Base(path), info, err, want)
		}
	}
	if err := os.Chmod(u.file(), 0o640); err != nil {
		t.Fatal(err)
	}
	u.vars["EDITOR"] = "sed -i s/gm3/gm4/"
	u.want(0, "contexts.yml: saved", "context", "edit")
	mode(u.file(), 0o640)
	system := filepath.Join(u.etc, "contexts.yml")
	u.vars["EDITOR"] = "sed -i 's/^contexts:/contexts: {site: {servers: gm9}}/'"
	u.want(0, system+": saved", "context", "edit", "--system")
	mode(system, 0o644)
	if got := u.text(); got != strings.Replace(three, "gm3", "gm4", 1) {
		t.Errorf("the user's own file is now %q", got)
	}
}

// TestAFileIsCheckedWithTheOther: a group may name contexts of both files, and neither can be edited so that one is missing.
func TestAFileIsCheckedWithTheOther(t *testing.T) {
	t.Parallel()
	const system = "contexts: {site: {servers: gm9}}\n"
	u := newUser(t, "contexts: {all: {group: [site]}}\n", system)
	u.vars["EDITOR"] = "sed -i '$s/$/ # mine/'"
	u.want(0, "saved", "context", "edit")
	u.vars["EDITOR"] = "sed -i s/site/other/"
	got := u.run("context", "edit", "--system")
	_, draft, _ := strings.Cut(strings.TrimSpace(got.Stderr), "--draft ")
	draft, isSystem := strings.CutSuffix(draft, " --system")
	defer os.RemoveAll(filepath.Dir(draft))
	if got.Code != 1 || !isSystem || !strings.Contains(got.Stderr, `unknown context "site"`) {
		t.Errorf("the user's group would have no member: %+v", got)
	}
	if b, err := os.ReadFile(filepath.Join(u.etc, "contexts.yml")); string(b) != system {
		t.Errorf("the file of the system is now %q, %v", b, err)
	}
}

// TestEditLeavesNoCopy in the directory of temporary files, nor what an editor keeps beside it, once it is of no use.
func TestEditLeavesNoCopy(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	u := newUser(t, three, "")
	for script, code := range map[string]int{
		`cp "$1" "$1~"; sed -i s/gm3/gm4/ "$1"`: 0, `true`: 0, `exit 3`: 1, `rm "$1"`: 1,
	} {
		u.vars["EDITOR"] = "sh -c '" + script + "' sh"
		if got := u.run("context", "edit"); got.Code != code || listDir(t, tmp) != "" {
			t.Errorf("%s: %+v, and %s is left", script, got, listDir(t, tmp))
		}
	}
}

// TestUseNeedsAHome, one name or --none, and --none forgets the choice.
func TestUseNeedsAHome(t *testing.T) {
	t.Parallel()
	u := newUser(t, three, "")
	u.want(0, "context prod is in use", "context", "use", "prod")
	u.want(2, "give a NAME or --none", "context", "use", "--none", "test")
	u.want(2, "", "context", "use", "test", "prod")
	u.want(0, "context prod, chosen by context use", "context", "show")
	u.want(0, "no context is in use", "context", "use", "--none")
	u.want(2, "no context is in use", "context", "show")
	if _, err := os.Stat(filepath.Join(u.dir, "context")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the choice is kept: %v", err)
	}
	servertest.WriteFile(t, filepath.Join(u.etc, "contexts.yml"), three)
	u.vars["XDG_CONFIG_HOME"], u.vars["HOME"], u.vars["EDITOR"] = "", "", "true"
	u.want(1, "context use: neither XDG_CONFIG_HOME nor HOME", "context", "use", "prod")
	u.want(1, "context edit: neither XDG_CONFIG_HOME nor HOME", "context", "edit")
}
