package disk_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gearctl/wire/disk"
	"gearctl/wire/jobserver/gearmandtest"
)

// tracedDir is the variable that tells the traced process which directory to use.
const tracedDir = "GEARCTL_TEST_TRACED_DIR"

// traced is what the traced process does.
func traced(t *testing.T, dir string) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "file")
	must(disk.Replace(disk.OS{}, path, "temp", []byte("text"), 0o640))
	f, err := disk.OS{}.Open(path, os.O_RDWR|os.O_CREATE, 0o600)
	must(err)
	must(f.Lock())
	must(f.Truncate(2))
	must(f.Sync())
	_, err = disk.OS{}.Open(filepath.Join(dir, "new"), os.O_RDWR|os.O_CREATE, 0o600)
	must(err)
	must(disk.MakePrivate(disk.OS{}, filepath.Join(dir, "private")))
	must(disk.OS{}.Remove(path))
}

// systemCalls are the calls of traced that change something, sync or lock, and those that open a file: no file is opened through
// a link, and a temporary one must be new.
const systemCalls = `
openat D/temp O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW
write D/temp
fchmod D/temp
fdatasync D/temp
renameat D/temp D/file
openat D O_RDONLY|O_DIRECTORY
fsync D
openat D/file O_RDWR|O_NOFOLLOW
flock D/file LOCK_EX|LOCK_NB
ftruncate D/file
fdatasync D/file
openat D/new O_RDWR|O_NOFOLLOW
openat D/new O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW
mkdirat D/private
openat D O_RDONLY|O_DIRECTORY
fsync D
openat D O_RDONLY|O_DIRECTORY
fsync D
unlinkat D/file
`

// TestTheSystemCalls: what is promised to be safe reaches the kernel as a sync of the right file or directory, and a lock as
// one that does not wait.
func TestTheSystemCalls(t *testing.T) {
	if dir := os.Getenv(tracedDir); dir != "" {
		traced(t, dir)
		return
	}
	t.Parallel()
	calls, out, err := trace(t, "TestTheSystemCalls")
	if want := strings.TrimSpace(systemCalls); err != nil || calls != want {
		t.Errorf("the calls are\n%s\nwant\n%s\n%v\n%s", calls, want, err, out)
	}
}

// TestASystemCallThatFails: its error is reported, unless a sync was interrupted, or directories cannot be synced, but file
// systems can.
func TestASystemCallThatFails(t *testing.T) {
	if dir := os.Getenv(tracedDir); dir != "" {
		if err := disk.Replace(disk.OS{}, filepath.Join(dir, "file"), "temp", []byte("text"), 0o640); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Parallel()
	for _, c := range []struct{ inject, call, err string }{
		{"fdatasync:error=EIO", "", "sync D/temp: input/output error"},
		{"fdatasync:error=EINTR:when=1", "fdatasync D/temp\nfdatasync D/temp\nrenameat", ""},
		{"fsync:error=EIO", "", "sync directory D: input/output error"},
		{"fsync:error=EINVAL", "fsync D\nsyncfs D", ""},
		{"/rename:error=EXDEV", "unlinkat D/temp", "rename D/temp D/file: invalid cross-device link"},
	} {
		calls, out, err := trace(t, "TestASystemCallThatFails", "-e", "inject="+c.inject)
		if !strings.Contains(calls, c.call) || (err != nil) != (c.err != "") || !strings.Contains(out, c.err) {
			t.Errorf("%s: the error is %v, want %q\n%s\nthe calls are\n%s", c.inject, err, c.err, out, calls)
		}
	}
}

// trace runs a test of this binary under strace, in a directory of its own, D, and returns its system calls and output.
func trace(t *testing.T, name string, more ...string) (calls, out string, err error) {
	t.Helper()
	strace := gearmandtest.Require(t, "strace")
	dir := t.TempDir()
	log, used := filepath.Join(dir, "log"), filepath.Join(dir, "used")
	if err := os.Mkdir(used, 0o700); err != nil {
		t.Fatal(err)
	}
	argv := []string{"-f", "-qq", "-y", "-o", log, "-e", "trace=openat,write,fchmod,ftruncate,fdatasync,fsync,syncfs,flock,/rename,/mkdir,/unlink"}
	cmd := exec.Command(strace, slices.Concat(argv, more, []string{os.Args[0], "-test.run=^" + name + "$"})...)
	cmd.Env = append(os.Environ(), tracedDir+"="+used)
	b, err := cmd.CombinedOutput()
	if bytes.Contains(b, []byte("ptrace")) {
		t.Skipf("SKIPPED: no process may be traced here: %s", b)
	}
	lines, logErr := os.ReadFile(log)
	if logErr != nil {
		t.Fatal(logErr, err, string(b))
	}
	return strings.Join(callsIn(string(lines), used), "\n"), strings.ReplaceAll(string(b), used, "D"), err
}

var (
	callLine    = regexp.MustCompile(`^\d+ +(\w+)\((.*)`)
	tracedFlags = regexp.MustCompile(`O_[A-Z]+|LOCK_[A-Z]+`)
)

// callsIn returns the calls in a log of strace that concern files in dir, which it calls D.
func callsIn(log, dir string) (list []string) {
	tracedPath := regexp.MustCompile(regexp.QuoteMeta(dir) + `[a-z/]*`)
	for line := range strings.Lines(log) {
		m := callLine.FindStringSubmatch(line)
		if m == nil || !strings.Contains(line, dir) || strings.Contains(m[2], "O_PATH") {
			continue
		}
		call := []string{strings.TrimRight(m[1], "2")}
		for _, path := range tracedPath.FindAllString(m[2], 2) {
			if !slices.Contains(call, path) && (len(call) == 1 || call[0] == "renameat") {
				call = append(call, path)
			}
		}
		var flags []string
		for _, flag := range tracedFlags.FindAllString(m[2], -1) {
			if flag != "O_CLOEXEC" && flag != "O_NONBLOCK" && flag != "O_LARGEFILE" {
				flags = append(flags, flag)
			}
		}
		if len(flags) > 0 {
			call = append(call, strings.Join(flags, "|"))
		}
		list = append(list, strings.ReplaceAll(strings.Join(call, " "), dir, "D"))
	}
	return list
}
