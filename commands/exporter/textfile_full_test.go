package exporter_test

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk/disktest"
	"gearctl/wire/waittest"
)

// TestADiskThatIsFullForAWhileDoesNotEndTheExporter: after a first success it goes on until it can write again.
func TestADiskThatIsFullForAWhileDoesNotEndTheExporter(t *testing.T) {
	t.Parallel()
	d := disktest.NewSim()
	d.Op, d.Errno, d.From = disktest.Write, syscall.ENOSPC, 2
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan commandtest.Run, 1)
	go func() {
		ended <- commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) { e.Disk = d },
			"-s", servertest.Embedded(t), "exporter", "--textfile", "/gearman.prom", "--interval", "10ms")
	}()
	writes := func() int { return strings.Count(strings.Join(d.Log(), "\n"), "rename /") }
	servertest.Until(t, "the exporter fails to write twice", func() bool { return d.Failed() >= 2 || len(ended) > 0 })
	d.Heal()
	before := writes()
	servertest.Until(t, "it writes again", func() bool { return writes() > before || len(ended) > 0 })
	stop()
	if r := waittest.Receive(t, "the exporter ends", ended); writes() <= before || !strings.Contains(r.Stderr, "no space left") {
		t.Errorf("%d files were written, %d of them after the disk had room; %+v", writes(), writes()-before, r)
	}
}
