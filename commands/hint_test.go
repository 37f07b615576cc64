package commands_test

import (
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/glob"
	"gearctl/commands/internal/servertest"
)

// TestHintsCanBePasted provokes errors and puts the command lines of their hints through a shell and our parser. Each
// names the server, and those that change nothing are run.
func TestHintsCanBePasted(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	addr := servertest.Embedded(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts by its backlog
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	const odd = "it's a $(queue)"
	for _, q := range []string{odd, "-q", "q", "twin"} {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "--", q, "x"), 0)
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "queue", "create", "Twin"), 0)
	handle := commandtest.RowsOf[struct{ Handle string }](t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "three", "-o", "jsonl").Stdout)[0].Handle
	seen := 0
	for _, argv := range [][]string{
		{"drain", odd},
		{"drain", "-q", "--bogus"},
		{"drain", "--", "-q"},
		{"drain", odd, "--match", "host=a b"},
		{"drain", "*", "--yes"},
		{"drain", "nosuch", "--yes"},
		{"drain", "x*y", "--yes"},
		{"move", odd, "other"},
		{"move", "nosuch queue", "q"},
		{"queue", "drop", "q", "--yes"},
		{"queue", "drop", "a b", "--yes"},
		{"queue", "create", "a b"},
		{"queue", "limit", "nosuch", "5"},
		{"queue", "gc", "*"},
		{"job", "cancel", handle},
		{"job", "status"},
		{"work", odd},
		{"work", "q", "tr", "a-z", "A Z"},
		{"work", "q", "tr", "a-z", "A Z", "--print"},
		{"work", "q", "rev", "-p", "3"},
		{"work", "nosuch", "-o", "template={{.payload}} x"},
		{"work", odd, "--", "nosuch command", "a | b"},
		{"submit", odd, "x", "--wait", "50ms"},
		{"result", "tail", "nosuch", "--once"},
		{"drain", "twin", "--yes", "--to", t.TempDir() + "/it's kept.jsonl"},
		{"top"},
		{"top", "-o", "jsonl"},
		{"stats"},
		{"jobb", "cancel", handle},
		{"queue", "dorp", "x"},
		{"nonsense"},
		{"status", "x", "y*"},
		{"status", "-s", silent.Addr().String(), "--timeout", "50ms"},
		{"status", "--config", "/dev/null"},
	} {
		argv = append([]string{"-s", addr}, argv...)
		got := commandtest.Gearctl(t, "", argv...)
		for _, line := range linesToType(got.Stderr) {
			seen++
			words := shellSplit(t, bash, line)
			l, err := commands.ParseLine(t.Context(), words)
			if err != nil {
				t.Errorf("%q: hint %q: %v", argv, line, err)
				continue
			}
			if l.Help || l.Command == "config" {
				continue
			}
			if !slices.ContainsFunc(l.Globals, func(f string) bool { return strings.HasPrefix(f, "--server=") && strings.Contains(f, "127.0.0.1") }) {
				t.Errorf("%q: hint %q does not name the server", argv, line)
			}
			if l.Command == "status" || l.Command == "workers" || slices.Contains(words, "--dry-run") {
				commandtest.WantRun(t, commandtest.Gearctl(t, "", words...), 0)
			}
		}
		if !strings.Contains(got.Stderr, "hint: ") && got.Code != 0 {
			t.Errorf("%q gave no hint: code %d, %q", argv, got.Code, got.Stderr)
		}
	}
	if seen < 35 {
		t.Errorf("%d lines to type, want 35", seen)
	}
}

var lineToType = regexp.MustCompile(`(?m)gearctl (-s .*|[a-z].*)$`)

// TestHintsNameOneQueue: a queue whose name looks like a glob is written in hints so that no other queue is meant.
func TestHintsNameOneQueue(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	addr := servertest.Embedded(t)
	for _, q := range []string{`a*`, `a[b]\?`, "ab", `ab\c`} {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", q, "x"), 0)
		got := commandtest.Gearctl(t, "", "-s", addr, "queue", "drop", glob.Escape(q), "--yes")
		lines := linesToType(got.Stderr)
		if len(lines) != 2 { // the other one is about jobs for later
			t.Fatalf("%q: hints %q", q, lines)
		}
		argv := append(shellSplit(t, bash, lines[0]), "--yes", "--all", "-o", "jsonl", "-q")
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "ax", "x"), 0)
		rows := commandtest.RowsOf[struct{ Queue string }](t, commandtest.Gearctl(t, "", argv...).Stdout)
		if len(rows) != 1 || rows[0].Queue != q {
			t.Errorf("%q: %q drained %+v", q, lines[0], rows)
		}
	}
	got := commandtest.Gearctl(t, "", "-s", addr, "jobb", "cancel", "H:x:1")
	if !strings.Contains(got.Stderr, " job cancel H:x:1") {
		t.Errorf("jobb cancel: %s", got.Stderr)
	}
}

// linesToType returns the command lines in what was written to stderr.
func linesToType(stderr string) (lines []string) {
	for text := range strings.SplitSeq(stderr, "\n") {
		if m := lineToType.FindStringSubmatch(text); m != nil {
			line, _, _ := strings.Cut(m[1], " 2>")
			line, _, _ = strings.Cut(line, " | gearctl")
			lines = append(lines, line)
		}
	}
	return lines
}

func shellSplit(t *testing.T, bash, line string) []string {
	t.Helper()
	out, err := exec.Command(bash, "-c", `printf '%s\0' `+line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}
