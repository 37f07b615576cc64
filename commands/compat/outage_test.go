package compat_test

import (
	"io"
	"net"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestAnInterruptedGearmanWorker ends with 130, also if it has served; gearman -w without a signal waits for ever.
func TestAnInterruptedGearmanWorker(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	host, port, _ := net.SplitHostPort(addr)
	w := commandtest.Start(t, "compat", "gearman", "-h", host, "-p", port, "-w", "-f", "q")
	servertest.Until(t, "it serves", func() bool { return servertest.Queue(t, addr, "q").Workers > 0 })
	if code := w.Stop(); code != commandtest.ExitInterrupted {
		t.Errorf("exit code %d: %s", code, w.Stderr.String())
	}
}

// TestGearmanOfAServerThatRefuses: a background job of several is refused, and the exit code says so.
func TestGearmanOfAServerThatRefuses(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	host, port, _ := net.SplitHostPort(addr)
	for _, line := range [][]string{{"queue", "create", "q"}, {"queue", "limit", "q", "1"}} {
		commandtest.WantRun(t, commandtest.Gearctl(t, "", append([]string{"-s", addr}, line...)...), 0)
	}
	commandtest.WantRun(t, old(t, "", "gearman", "-h", host, "-p", port, "-b", "-f", "q", "a", "b"), 1, "Job queue is full")
	if n := servertest.Queue(t, addr, "q").Total; n != 1 {
		t.Errorf("%d jobs", n)
	}
}

// TestSendMultiWithoutInput gives up after --timeout, with the exit code of send_multi.
func TestSendMultiWithoutInput(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close()
	got := commandtest.GearctlContext(t.Context(), r, "compat", "send_multi", "--server="+servertest.Embedded(t), "--host=h", "--timeout=1")
	commandtest.WantMatch(t, got, 2, "^Timeout after 1 seconds - got no input! ", "")
}
