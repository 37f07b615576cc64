package work_test

import (
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestWorkWithoutACommandNeedsATerminalToPrintTo: a job that nobody sees printed would be lost. A terminal as stdin or stderr
// shows nothing.
func TestWorkWithoutACommandNeedsATerminalToPrintTo(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	commandtest.FillQueue(t, addr, "q", 1)
	r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.Terminal.Stdin, e.Terminal.Stderr = true, true
	}, "-s", addr, "work", "q")
	commandtest.WantRun(t, r, commandtest.ExitUsage, "stdout is not a terminal")
	if n := servertest.Queue(t, addr, "q").Waiting(); n != 1 {
		t.Errorf("%d jobs wait", n)
	}
}
