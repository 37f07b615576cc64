package submit_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAWarningWithoutNewline: what gearctl writes after it begins a new line, and on a terminal so does the warning after a
// part of the result. Only there are its control characters escaped.
func TestAWarningWithoutNewline(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	flag := filepath.Join(t.TempDir(), "go")
	script := `printf part; until [ -e ` + flag + ` ]; do sleep 0.01; done; printf 'one\n\033two' >&2; exit 1`
	commandtest.Start(t, "-s", addr, "work", "q", "--stream", "--", "sh", "-c", script)
	for _, terminal := range []bool{false, true} {
		os.Remove(flag)
		var both servertest.Buffer
		r := commandtest.GearctlEnv(context.Background(), strings.NewReader(""), func(e *cli.Env) {
			e.Terminal.Stdout, e.Terminal.Stderr = terminal, terminal
			e.Stdout = partSeen{&both, flag}
			e.Stderr = &both
		}, "-s", addr, "submit", "q", "x")
		want := "partone\n\x1btwo\ngearctl: job "
		if terminal {
			want = "part\none\n" + `\x1btwo` + "\ngearctl: job "
		}
		if r.Code != commandtest.ExitFailed || !strings.HasPrefix(both.String(), want) {
			t.Errorf("terminal %v: exit code %d, %q, want %q", terminal, r.Code, both.String(), want)
		}
	}
}

// partSeen makes a file when it is written to.
type partSeen struct {
	*servertest.Buffer
	path string
}

func (p partSeen) Write(b []byte) (int, error) {
	n, err := p.Buffer.Write(b)
	os.WriteFile(p.path, nil, 0o600)
	return n, err
}
