package drain_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// archiveFiles are names that --to and --append may meet, and why they are refused, "" when they are not.
var archiveFiles = []struct {
	name        string
	to, append_ string // the reason for each
}{
	{"new", "", ""},
	{"there", "already exists", ""},
	{"link", "already exists", ""},
	{"links", "already exists", ""},
	{"dir", "not a regular file", "not a regular file"},
	{"pipe", "not a regular file", "not a regular file"},
	{"linktodir", "not a regular file", "not a regular file"},
	{"null", "not a regular file", "not a regular file"},
	{"dangling", "a symbolic link to a file that does not exist", "a symbolic link to a file that does not exist"},
	{"circle", "too many levels of symbolic links", "too many levels of symbolic links"},
	{"theirlink", "belongs to another user", "belongs to another user"},
	{"linktotheirs", "already exists", "belongs to another user"},
	{"shared/theirs", "already exists", "belongs to another user"},
}

func makeArchiveFiles(t *testing.T, dir string) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"there", "theirs"} {
		must(os.WriteFile(at(name), nil, 0o600))
	}
	must(os.Mkdir(at("dir"), 0o700))
	must(os.Mkdir(at("shared"), 0o700))
	must(os.Chmod(at("shared"), 0o1777))
	must(os.WriteFile(at("shared/theirs"), nil, 0o666))
	must(syscall.Mkfifo(at("pipe"), 0o600))
	for link, target := range map[string]string{
		"link": "there", "links": at("link"), "linktodir": "dir", "null": "/dev/null", "dangling": "nothing", "circle": "circle",
		"theirlink": "there", "linktotheirs": "theirs",
	} {
		must(os.Symlink(target, at(link)))
	}
	if os.Geteuid() == 0 {
		for _, name := range []string{"theirs", "theirlink", "shared/theirs"} {
			must(os.Lchown(at(name), 65534, 65534))
		}
	}
}

// TestAnArchiveIsARegularFileOfOurs drains to names of all kinds: what is refused takes no job, and says why.
func TestAnArchiveIsARegularFileOfOurs(t *testing.T) {
	t.Parallel()
	for _, add := range []bool{false, true} {
		dir := t.TempDir()
		makeArchiveFiles(t, dir)
		for _, c := range archiveFiles {
			if strings.Contains(c.name, "their") && os.Geteuid() != 0 {
				continue // only root gives files away
			}
			addr := servertest.Embedded(t)
			commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "job")
			argv := []string{"-s", addr, "drain", "q", "--yes", "--to", filepath.Join(dir, c.name)}
			why := c.to
			if add {
				argv, why = append(argv, "--append"), c.append_
			}
			dry := commandtest.Gearctl(t, "", append(argv, "--dry-run")...)
			r := commandtest.Gearctl(t, "", argv...)
			left := servertest.Queue(t, addr, "q").Waiting()
			switch {
			case why == "" && (r.Code != 0 || left != 0 || dry.Code != 0):
				t.Errorf("%s, append %v: exit codes %d and %d, %d jobs left\n%s", c.name, add, dry.Code, r.Code, left, r.Stderr)
			case why != "" && (r.Code != 1 || left != 1 || !strings.Contains(r.Stderr, why) || !strings.Contains(r.Stderr, "hint: ")):
				t.Errorf("%s, append %v: exit code %d, %d jobs left, want %q\n%s", c.name, add, r.Code, left, why, r.Stderr)
			case why != "" && dry.Code != 1 && c.append_ != "belongs to another user":
				t.Errorf("%s, append %v: --dry-run: exit code %d\n%s", c.name, add, dry.Code, dry.Stderr)
			}
		}
	}
}
