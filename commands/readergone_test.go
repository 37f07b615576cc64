package commands_test

import (
	"bytes"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// brokenPipe is a stdout whose reader went away.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestAReaderThatGoesAway(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "submit", "-b", "q", "x", "-s", addr), 0)
	commandtest.Start(t, "work", "-s", addr, "answered", "--", "cat")
	servertest.Until(t, "a worker", func() bool { return servertest.Queue(t, addr, "answered").Workers > 0 })
	for _, test := range []struct {
		line   string
		code   int
		stderr string
	}{
		{"status", 0, ""},
		{"status -o json", 0, ""},
		{"status nosuch q", 4, "unknown queue"},
		{"jobs -o csv", 0, ""},
		{"workers --all", 0, ""},
		{"raw status", 0, ""},
		{"version", 0, ""},
		{"top --batch 0 --interval 100ms", 0, ""},
		{"status --watch --interval 100ms", 0, ""},
		{"--help", 0, ""},
		{"completion bash", 0, ""},
		{"peek q --quiet", 0, ""},
		{"drain --help", 0, ""},
		{"drain q --dry-run --quiet", 0, ""},
		{"queue limit q 9", 0, ""},
		{"submit -b other x", 0, ""},
		{"drain other --yes", 0, ""},
		{"drain other nosuch --yes", 4, "unknown queue"},
		{"check exec -- /bin/false", 1, ""},
		{"health", 2, ""},
		{"submit --wait 2s answered x y", 1, "the reader of the output closed the pipe: 1 job was done"},
		{"drain q -o raw --yes", 1, "the reader of the output closed the pipe"},
		{"work q --print --count 1 --quiet", 1, "the reader of the output closed the pipe"},
	} {
		var stderr bytes.Buffer
		env := commandtest.Env()
		env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), brokenPipe{}, &stderr
		env.Getenv = func(string) string { return "" }
		argv := append(strings.Fields(test.line), "-s", addr)
		if code := commands.Main(t.Context(), env, argv); code != test.code || !strings.Contains(stderr.String(), test.stderr) || test.stderr == "" && stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, want %d, stderr %q, want %q", test.line, code, test.code, stderr.String(), test.stderr)
		}
		if r := commandtest.Gearctl(t, "", "status", "-o", "csv", "-s", addr); !strings.Contains(r.Stdout, ",q,1,1,0,") {
			t.Fatalf("%s lost the job: %s", test.line, r.Stdout)
		}
	}
}
