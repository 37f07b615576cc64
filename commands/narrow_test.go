package commands_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// inColumns runs a command line on a terminal of so many columns, with LANG set.
func inColumns(t *testing.T, columns int, lang string, argv ...string) commandtest.Run {
	t.Helper()
	return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.Terminal.Stdout, e.Terminal.Stderr = true, true
		e.Terminal.Size = func() (int, int) { return columns, 24 }
		e.Getenv = func(name string) string { return map[string]string{"NO_COLOR": "1", "LANG": lang}[name] }
	}, argv...)
}

// TestNarrowTerminals: names stay whole, the least columns go, and a note on stderr names them.
func TestNarrowTerminals(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	const queue = "hostgroup_database_servers"
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", queue, "x"), 0)
	for _, tt := range []struct {
		line, stdout, stderr string
	}{
		{"status", "QUEUE                       WAITING\n" + queue + "        1\n", "left out: TOTAL, RUNNING, WORKERS (--wide shows them)\n"},
		{"status -q", "QUEUE                       WAITING\n" + queue + "        1\n", ""},
		{"status --no-headers -q", queue + "        1\n", ""},
		{"status --columns queue,Total,WORKERS", "QUEUE                     TOTAL  WORKERS\nhostgroup_database_serv…      1        0\n", ""},
		{"status -o csv", "server,queue,total,waiting,running,workers\n" + addr + "," + queue + ",1,1,0,0\n", ""},
		{"status --wide --no-headers", addr + "  " + queue + "      1        1        0        0\n", ""},
	} {
		got := inColumns(t, 40, "", append([]string{"-s", addr}, strings.Fields(tt.line)...)...)
		if got.Code != 0 || got.Stdout != tt.stdout || got.Stderr != tt.stderr {
			t.Errorf("%s: got %+v, want %q, %q", tt.line, got, tt.stdout, tt.stderr)
		}
	}
}

// TestWithoutUTF8 everything that is written for people is ASCII: tables, notes, errors, questions and help.
func TestWithoutUTF8(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	long := strings.Repeat("hostgroup_", 6)
	for _, queue := range []string{"Zürich", long} {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", queue, "naïve"), 0)
	}
	for _, line := range []string{
		"status --columns queue,total", "status nösuch", "health", "health -o nagios", "drain Zürich", "drain Zürich --yes --dry-run -v", "peek Zürich", "jobs", "nosuch…", "status -o yäml",
		"--help", "status --help", "drain --help", "top --help", "--columns Zü status", "submit -b Zürich b --trace", "queue gc *", "ping -v -n 1",
	} {
		for lang, ascii := range map[string]bool{"C": true, "en_US.UTF-8": false} {
			got := inColumns(t, 40, lang, append([]string{"-s", addr}, strings.Fields(line)...)...)
			text := got.Stdout + got.Stderr
			if text == "" || ascii && strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
				t.Errorf("LANG=%s %s: %q", lang, line, text)
			}
		}
	}
	if hint := inColumns(t, 40, "C", "-s", addr, "wait", "Zürich").Stderr; !strings.Contains(hint, ` wait --waiting 0 --running 0 $'Z\xc3\xbcrich'`) {
		t.Errorf("a hint can be pasted, got %q", hint)
	}
	wide := inColumns(t, 40, "C", "-s", addr, "status", "--columns", "queue,total").Stdout
	if !strings.Contains(wide, "hostgroup_hostgroup_hostgroup_...      1\n") || !strings.Contains(wide, `Z\u00fcrich  `) {
		t.Errorf("got %q", wide)
	}
	exact := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.Getenv = func(name string) string { return map[string]string{"LC_ALL": "C"}[name] }
	}, "-s", addr, "status", "-o", "tsv", "Zürich").Stdout
	if !strings.Contains(exact, "\tZürich\t") {
		t.Errorf("what scripts read is exact in every locale, got %q", exact)
	}
}
