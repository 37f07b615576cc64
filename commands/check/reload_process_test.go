package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/waittest"
)

// TestAProcessWithoutATerminalIsReloaded by SIGHUP, and ends with 0 on SIGTERM.
func TestAProcessWithoutATerminalIsReloaded(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	path := filepath.Join(t.TempDir(), "worker.conf")
	write := func(lines ...string) {
		if err := os.WriteFile(path, []byte(configOf(addr, lines...)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("services=yes", "encryption=no")
	var stderr servertest.Buffer
	cmd := exec.Command(commandtest.Binary(t), "check", "work", "--config", path, "--allow-root")
	cmd.Stderr, cmd.SysProcAttr = &stderr, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	await := func(text string) {
		servertest.Until(t, "it says "+text, func() bool { return strings.Contains(stderr.String(), text) })
	}
	await("worker lab (")
	write("services=yes", "hosts=yes", "encryption=no")
	cmd.Process.Signal(syscall.SIGHUP)
	await("SIGHUP: queues: service -> host, service\n")
	servertest.Until(t, "the new queue is served", func() bool { return servertest.Queue(t, addr, "host").Workers > 0 })
	cmd.Process.Signal(syscall.SIGTERM)
	waittest.Return(t, "it ends", func() {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, stderr.String())
		}
	})
}
