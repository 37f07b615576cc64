package status_test

import (
	"bytes"
	"strings"
	"testing"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// onceWritten calls then after the first write. It is for one goroutine.
type onceWritten struct {
	bytes.Buffer
	then func()
}

func (w *onceWritten) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	if w.then != nil {
		w.then()
		w.then = nil
	}
	return n, err
}

func TestWatchedJobEndsTheCommandWhenDone(t *testing.T) {
	t.Parallel()
	cases := []struct{ format, want string }{
		{"jsonl", `"known":true,"running":false,"numerator":0,"denominator":0,"clients":null}` + "\n|" + `"handle":"HANDLE","unique":"","known":false,`},
		{"table", "KNOWN  RUNNING  NUMERATOR  DENOMINATOR\n|HANDLE  yes |HANDLE  no "},
	}
	for _, c := range cases {
		t.Run(c.format, func(t *testing.T) {
			addr := servertest.Embedded(t)
			handle := strings.TrimSpace(commandtest.Gearctl(t, "", "-s", addr, "submit", "-b", "q", "x", "-o", "template={{.handle}}").Stdout)
			env := commandtest.Env()
			stdout := &onceWritten{then: func() { commandtest.Gearctl(t, "", "-s", addr, "drain", "q", "--yes") }}
			var stderr bytes.Buffer
			env.Stdout, env.Stderr = stdout, &stderr
			code := commands.Main(t.Context(), env, []string{"-s", addr, "job", "status", "--watch", "--interval", "1ms", "-o", c.format, handle})
			if code != 0 || stderr.Len() > 0 {
				t.Errorf("job status --watch: got exit code %d, %q, want 0", code, stderr.String())
			}
			rest := stdout.String()
			for part := range strings.SplitSeq(strings.ReplaceAll(c.want, "HANDLE", handle), "|") {
				_, after, ok := strings.Cut(rest, part)
				if !ok {
					t.Errorf("job status --watch: got %q, want %q instead", stdout.String(), part)
				}
				rest = after
			}
			if lines := strings.Count(stdout.String(), handle); lines != 2 {
				t.Errorf("job status --watch: got %d rows, want one for each change: %q", lines, stdout.String())
			}
		})
	}
}
