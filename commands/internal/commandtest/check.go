package commandtest

import (
	"testing"

	"gearctl/commands/internal/servertest"
)

// StartCheckWorker starts check work and waits until queue has a worker.
func StartCheckWorker(t testing.TB, addr, queue string, flags ...string) *Command {
	t.Helper()
	argv := append([]string{"check", "work", "-s", addr, "--allow-root", "--identifier", "lab"}, flags...)
	w := Start(t, argv...)
	servertest.Until(t, "a worker serves "+queue, func() bool { return servertest.Queue(t, addr, queue).Workers > 0 })
	return w
}
