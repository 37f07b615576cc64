package commands

import (
	"net"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// TestHintsCanBePasted provokes errors and puts the command lines of their hints through a shell and our parser. Each
// names the server, and those that change nothing are run.
func TestHintsCanBePasted(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	addr := embedded(t, "")
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts by its backlog
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	const odd = "it's a $(queue)"
	for _, q := range []string{odd, "-q", "q", "twin"} {
		wantRun(t, gearctl(t, "", "-s", addr, "submit", "-b", "--", q, "x"), 0)
	}
	wantRun(t, gearctl(t, "", "-s", addr, "queue", "create", "Twin"), 0)
	handle := rowsOf[submitRow](t, gearctl(t, "", "-s", addr, "submit", "-b", "q", "three", "-o", "jsonl").stdout)[0].Handle
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
		got := gearctl(t, "", argv...)
		for _, line := range linesToType(got.stderr) {
			seen++
			words := shellSplit(t, bash, line)
			l, err := takeApart(root(processEnv()), words)
			if err == nil && !l.help {
				app := newParser(l.path, func(*cli.Context) error { return nil })
				err = app.RunContext(t.Context(), l.argv())
			}
			if err != nil {
				t.Errorf("%q: hint %q: %v", argv, line, err)
				continue
			}
			if l.help || l.path[1].Name == "config" {
				continue
			}
			if !slices.ContainsFunc(l.flags[0], func(f string) bool { return strings.HasPrefix(f, "--server=") && strings.Contains(f, "127.0.0.1") }) {
				t.Errorf("%q: hint %q does not name the server", argv, line)
			}
			if l.path[1].Name == "status" || l.path[1].Name == "workers" || slices.Contains(words, "--dry-run") {
				wantRun(t, gearctl(t, "", words...), 0)
			}
		}
		if !strings.Contains(got.stderr, "hint: ") && got.code != 0 {
			t.Errorf("%q gave no hint: code %d, %q", argv, got.code, got.stderr)
		}
	}
	if seen < 35 {
		t.Errorf("%d lines to type, want 35", seen)
	}
}

var lineToType = regexp.MustCompile(`(?m)gearctl (-s .*|[a-z].*)$`)

// TestHintsNameOneQueue: a queue whose name looks like a glob is written in hints so that no other queue is meant.
func TestHintsNameOneQueue(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	addr := embedded(t, "")
	for _, q := range []string{`a*`, `a[b]\?`, "ab", `ab\c`} {
		wantRun(t, gearctl(t, "", "-s", addr, "submit", "-b", q, "x"), 0)
		got := gearctl(t, "", "-s", addr, "queue", "drop", q, "--yes")
		lines := linesToType(got.stderr)
		if len(lines) != 1 {
			t.Fatalf("%q: hints %q", q, lines)
		}
		argv := append(shellSplit(t, bash, lines[0]), "--yes", "--all", "-o", "jsonl", "-q")
		wantRun(t, gearctl(t, "", "-s", addr, "submit", "-b", "ax", "x"), 0)
		rows := rowsOf[drainRow](t, gearctl(t, "", argv...).stdout)
		if len(rows) != 1 || rows[0].Queue != q {
			t.Errorf("%q: %q drained %+v", q, lines[0], rows)
		}
	}
	got := gearctl(t, "", "-s", addr, "jobb", "cancel", "H:x:1")
	if !strings.Contains(got.stderr, " job cancel H:x:1") {
		t.Errorf("jobb cancel: %s", got.stderr)
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

func TestShellWordsAreReadBack(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	for _, word := range []string{"", "plain", "a b", "it's", `"`, `\`, `a\'b`, "$HOME", "*", "~", "#", "a\nb", "\x01\x7f\xff'\\", "ü€", "\u202eevil", "!x", "a;b|c&d<e>f(g)h`i`"} {
		typed := shellWord(word)
		if got := shellSplit(t, bash, typed); len(got) != 1 || got[0] != word {
			t.Errorf("%q is written %s and read back as %q", word, typed, got)
		}
		if strings.ContainsAny(typed, "\n\x01\x7f") || strings.Contains(typed, "\u202e") {
			t.Errorf("%q is written %q, which is not for terminals", word, typed)
		}
	}
}
