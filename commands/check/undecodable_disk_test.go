package check_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk/disktest"
)

// TestAnUndecodableJobIsOnDiskBeforeItIsDiscarded: of a job that the server forgets, the record in the archive of
// --undecodable survives a loss of power.
func TestAnUndecodableJobIsOnDiskBeforeItIsDiscarded(t *testing.T) {
	t.Parallel()
	addr, d := servertest.Embedded(t), disktest.NewSim()
	junk(t, addr, "host", 2)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan commandtest.Run, 1)
	go func() {
		ended <- commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) {
			e.Disk, e.NetDial = d, servertest.Tapped(new(net.Dialer).DialContext, servertest.NoteJobs(d.Note))
		}, "-s", addr, "check", "work", "--queue", "host", "--no-encryption", "--allow-root", "--undecodable", "/jobs")
	}()
	servertest.WaitTotal(t, addr, "host", 0)
	stop()
	<-ended
	var acked, written, safe int
	for _, line := range d.Log() {
		switch {
		case strings.HasPrefix(line, "write /jobs"):
			written++
		case strings.HasPrefix(line, "sync /jobs"):
			safe = written
		case strings.Contains(line, "ack "):
			if acked++; acked > safe {
				t.Errorf("job %d was discarded while %d were safe on disk", acked, safe)
			}
		}
	}
	if acked != 2 || !slices.ContainsFunc(d.Log(), func(line string) bool { return strings.HasPrefix(line, "sync directory") }) {
		t.Errorf("%d jobs were discarded:\n%s", acked, strings.Join(d.Log(), "\n"))
	}
}

// TestAFullDiskKeepsUndecodableJobs: what cannot be kept is not discarded, and the worker ends.
func TestAFullDiskKeepsUndecodableJobs(t *testing.T) {
	t.Parallel()
	for _, op := range []disktest.Op{disktest.Open, disktest.Write, disktest.Sync} {
		addr, d := servertest.Embedded(t), disktest.NewSim()
		d.Op, d.Errno, d.From = op, syscall.ENOSPC, 1
		junk(t, addr, "host", 3)
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			e.Disk, e.NetDial = d, servertest.Tapped(new(net.Dialer).DialContext, servertest.NoteJobs(d.Note))
		}, "-s", addr, "check", "work", "--queue", "host", "--no-encryption", "--allow-root", "--undecodable", "/jobs")
		if r.Code != commandtest.ExitFailed || !strings.Contains(r.Stderr, syscall.ENOSPC.Error()) {
			t.Errorf("%s fails: %+v", op, r)
		}
		acked := slices.ContainsFunc(d.Log(), func(line string) bool { return strings.Contains(line, "ack ") })
		if q := servertest.Queue(t, addr, "host"); acked || q.Total != 3 {
			t.Errorf("%s fails: %d of 3 jobs are left:\n%s", op, q.Total, strings.Join(d.Log(), "\n"))
		}
	}
}

// TestAnArchiveOfUndecodableJobsThatCannotBeCompletedIsReported, when the worker ends.
func TestAnArchiveOfUndecodableJobsThatCannotBeCompletedIsReported(t *testing.T) {
	t.Parallel()
	addr, d := servertest.Embedded(t), disktest.NewSim()
	junk(t, addr, "host", 1)
	w := commandtest.StartEnv(t, func(e *cli.Env) { e.Disk = d }, "-s", addr, "check", "work", "--queue", "host", "--no-encryption", "--allow-root", "--undecodable", "/jobs")
	servertest.WaitTotal(t, addr, "host", 0)
	d.Arm(disktest.Write, syscall.EIO, 1)
	if code := w.Stop(); code != commandtest.ExitFailed || !strings.Contains(w.Stderr.String(), "write /jobs: ") {
		t.Errorf("exit code %d: %s", code, w.Stderr.String())
	}
}
