package health_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestOnATerminalItIsText: a line for each problem, worst first, and for each queue without one; away from a terminal, and with
// -o nagios, it is the line of a plugin.
func TestOnATerminalItIsText(t *testing.T) {
	t.Parallel()
	addr := servertest.StartStatus(t, "busy\t9\t2\t3\nidle\t0\t0\t1\nlost\t4\t0\t0\n")
	const text = "CRITICAL  lost: 4 jobs waiting without a worker\n" +
		"WARNING   busy: 7 jobs waiting (warning 5)\n" +
		"OK        idle: 0 jobs waiting, 0 running, 1 worker\n" +
		"CRITICAL: 3 queues, 11 jobs waiting, 2 running\n"
	run := func(terminal bool, noColor string, argv ...string) commandtest.Run {
		return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			e.Terminal.Stdout = terminal
			e.Getenv = func(name string) string { return map[string]string{"NO_COLOR": noColor}[name] }
		}, append([]string{"health", "-s", addr, "--waiting-warning", "5"}, argv...)...)
	}
	plain := run(false, "")
	if !strings.HasPrefix(plain.Stdout, "CRITICAL: lost: 4 jobs waiting without a worker; busy: 7 jobs waiting (warning 5)|") {
		t.Errorf("in a pipe: %+v", plain)
	}
	for _, r := range []commandtest.Run{run(true, "1"), run(false, "", "-o", "text")} {
		if r.Stdout != text || r.Code != commandtest.StateCritical {
			t.Errorf("got %+v, want %q", r, text)
		}
	}
	if r := run(true, ""); !strings.HasPrefix(r.Stdout, "\x1b[31;1mCRITICAL\x1b[") || !strings.Contains(r.Stdout, "\x1b[32mOK ") {
		t.Errorf("on a terminal that has colours: %q", r.Stdout)
	}
	if r := run(true, "", "-o", "nagios"); r.Stdout != plain.Stdout {
		t.Errorf("-o nagios is the same everywhere: got %q, want %q", r.Stdout, plain.Stdout)
	}
}
