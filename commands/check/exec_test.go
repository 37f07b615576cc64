package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// plugin returns the path of a plugin in testdata.
func plugin(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "plugins", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCheckExec(t *testing.T) {
	t.Parallel()
	const worker, noOutput = " (worker: lab)", "(No output returned from plugin)"
	for _, c := range []struct {
		name   string
		argv   []string
		code   int
		stdout string
	}{
		{"plain", []string{"--", "/bin/echo", "OK - fine"}, 0, "OK - fine\n"},
		{"one word is a line", []string{"--", "echo one | tr a-z A-Z; exit 1"}, 1, "ONE\n"},
		{"words stay words", []string{"--", "/bin/echo", "a  b", "$HOME", "it's"}, 0, "a  b $HOME it's\n"},
		{"without dashes", []string{"/bin/true"}, 0, noOutput + "\n"},
		{"lines and stderr", []string{"--", plugin(t, "mixed")}, 1, "WARNING - a line | x=1\na second line\n[something broke]\n"},
		{"no stderr wanted", []string{"--no-error-output", "--", plugin(t, "mixed")}, 1, "WARNING - a line | x=1\na second line\n"},
		{"only stderr", []string{"--", "echo oops >&2; exit 3"}, 3, "[oops]\n"},
		{"unknown", []string{"--", "exit 3"}, 3, noOutput + "\n"},
		{"code 4", []string{"--", "echo text; exit 4"}, 2, "CRITICAL: Return code of 4 is out of bounds." + worker + "\ntext\n"},
		{"signal", []string{"--", "echo text; kill -SEGV $$"}, 2, "CRITICAL: Return code of 139 is out of bounds. Plugin exited by signal SIGSEGV." + worker + "\ntext\n"},
		{"missing", []string{"--", "/no/such/plugin"}, 2, "CRITICAL: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists." + worker + "\n"},
		{"missing in the shell", []string{"--", "/no/such/plugin 2> /dev/null"}, 2, "CRITICAL: Return code of 127 is out of bounds. Make sure the plugin you're trying to run actually exists." + worker + "\n"},
		{"not executable", []string{"--", plugin(t, "not_executable")}, 2, "CRITICAL: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable." + worker + "\n"},
		{"a directory", []string{"--", "/usr"}, 2, "CRITICAL: Return code of 126 is out of bounds. Make sure the plugin you're trying to run is executable." + worker + "\n"},
		{"no interpreter named", []string{"--", plugin(t, "bare_script")}, 0, "OK - no interpreter named\n"},
		{"NUL bytes", []string{"--", `printf 'a\000b\n'`}, 0, "ab\n"},
		{"not UTF-8", []string{"--", `printf '\377\n'`}, 0, "\xff\n"},
		{"not below the path", []string{"--restrict-path", "/usr/lib", "--", "/bin/true"}, 3, "UNKNOWN: the command is not under restrict_path" + worker + "\n"},
		{"out of the path", []string{"--restrict-path", "/usr/lib", "--", "/usr/lib/../bin/true"}, 3, "UNKNOWN: the command is not under restrict_path" + worker + "\n"},
		{"a name that begins alike", []string{"--restrict-path", "/usr/li", "--", "/usr/lib/x"}, 3, "UNKNOWN: the command is not under restrict_path" + worker + "\n"},
		{"a character", []string{"--restrict-path", "/bin", "--", "/bin/true;id"}, 3, `UNKNOWN: the command line contains ";", which restrict_command_characters forbids` + worker + "\n"},
		{"a quoted way out", []string{"--restrict-path", "/usr/bin", "--", `/usr/bin/\.\./\.\./bin/id`}, 3, "UNKNOWN: the command is not under restrict_path" + worker + "\n"},
		{"below the path", []string{"--restrict-path", "/bin/", "--", "/bin/true"}, 0, noOutput + "\n"},
		{"a closed output", []string{"--", plugin(t, "close_output")}, 1, noOutput + "\n"},
		{"a child keeps the output open", []string{"--", plugin(t, "keep_pipes")}, 0, "OK - a child is left\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := commandtest.Gearctl(t, "", append([]string{"check", "exec", "--identifier", "lab"}, c.argv...)...)
			if got.Code != c.code || got.Stdout != c.stdout || got.Stderr != "" {
				t.Errorf("got code %d, stdout %q, stderr %q\nwant code %d, stdout %q", got.Code, got.Stdout, got.Stderr, c.code, c.stdout)
			}
		})
	}
}

func TestCheckExecEndsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		plugin string
		flags  []string
		code   int
		begins string
	}{
		{"ignore_term", []string{"--job-timeout", "200ms"}, 2, "(Check Timed Out On Worker: lab)\n"},
		{"fork_and_hang", []string{"--job-timeout", "200ms", "--timeout-return", "3"}, 3, "(Check Timed Out On Worker: lab)\n"},
		{"flood", nil, 3, "UNKNOWN: the plugin wrote more than 10.0 MiB and was killed (worker: lab)\na line of a plugin"},
	} {
		t.Run(c.plugin, func(t *testing.T) {
			t.Parallel()
			begin := time.Now()
			argv := append([]string{"check", "exec", "--identifier", "lab"}, c.flags...)
			got := commandtest.Gearctl(t, "", append(argv, "--", plugin(t, c.plugin))...)
			if got.Code != c.code || !strings.HasPrefix(got.Stdout, c.begins) || len(got.Stdout) > 2000 {
				t.Errorf("got code %d, stdout %.200q", got.Code, got.Stdout)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestCheckExecAnswersWhateverHappens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		argv   []string
		stdout string
	}{
		{[]string{"check", "exec"}, "UNKNOWN: check exec: no command given after --\n"},
		{[]string{"check", "exec", "--bogus", "--", "x"}, "UNKNOWN: unknown flag \"--bogus\"\n"},
		{[]string{"check", "exec", "--timeout-return", "7", "--", "x"}, "UNKNOWN: timeout_return 7: must be from 0 to 3\n"},
		{[]string{"check", "exec", "--config", "/no/such", "--", "x"}, "UNKNOWN: --config:"},
	} {
		got := commandtest.Gearctl(t, "", c.argv...)
		if got.Code != commandtest.StateUnknown || !strings.HasPrefix(got.Stdout, c.stdout) || strings.Count(got.Stdout, "\n") != 1 {
			t.Errorf("%v: code %d, stdout %q", c.argv, got.Code, got.Stdout)
		}
	}
}

func TestCheckExecTakesTheRulesOfAConfiguration(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "worker.conf")
	text := "identifier=fromfile\njob_timeout=1\ntimeout_return=3\nshow_error_output=no\nrestrict_path=/bin\nrestrict_path=/usr/bin\nrestrict_command_characters=%\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"/bin/sleep 30":              "(Check Timed Out On Worker: fromfile)\n",
		"/sbin/x":                    "UNKNOWN: the command is not under restrict_path (worker: fromfile)\n",
		"/bin/true 10%":              "UNKNOWN: the command line contains \"%\", which restrict_command_characters forbids (worker: fromfile)\n",
		"/bin/true; echo oops >&2":   "UNKNOWN: the command is not under restrict_path (worker: fromfile)\n",
		"/bin/echo a; echo oops >&2": "a\n",
	} {
		if got := commandtest.Gearctl(t, "", "check", "exec", "--config", config, "--", line); got.Stdout != want {
			t.Errorf("%s: got %q, want %q", line, got.Stdout, want)
		}
	}
}

func TestAPluginDoesNotSeeTheKey(t *testing.T) {
	t.Setenv("GEARCTL_KEY", servertest.Key)
	got := commandtest.Gearctl(t, "", "check", "exec", "--", "/usr/bin/env")
	if got.Code != 0 || strings.Contains(got.Stdout, servertest.Key) || !strings.Contains(got.Stdout, "PATH=") {
		t.Errorf("code %d, the environment of a plugin: %q", got.Code, got.Stdout)
	}
}
