package proxy_test

import (
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk/disktest"
)

// TestASpoolThatCannotBeClosedIsReported: the next proxy would carry jobs again whose progress was not saved.
func TestASpoolThatCannotBeClosedIsReported(t *testing.T) {
	t.Parallel()
	source, target, d := servertest.Embedded(t), servertest.Embedded(t), disktest.NewSim()
	p := commandtest.StartEnv(t, func(e *cli.Env) { e.Disk = d }, "proxy", "--route", source+"/q="+target+"/q", "--spool", "/spool")
	servertest.Submit(t, source, "q", "x")
	servertest.WaitTotal(t, target, "q", 1)
	d.Arm(disktest.Rename, syscall.EIO, 1)
	if code := p.Stop(); code != commandtest.ExitFailed || !strings.Contains(p.Stderr.String(), "proxy: close the spool: ") {
		t.Errorf("exit code %d: %s", code, p.Stderr.String())
	}
}
