package drain_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/disk/disktest"
)

// TestEveryQueueOfAServerIsTried, although the disk takes none of their jobs: more queues than are drained at a time.
func TestEveryQueueOfAServerIsTried(t *testing.T) {
	t.Parallel()
	addr, d := servertest.Embedded(t), disktest.NewSim()
	d.Op, d.Errno, d.From = disktest.Write, syscall.ENOSPC, 1
	queues := strings.Fields("a b c d e")
	for _, q := range queues {
		commandtest.FillQueue(t, addr, q, 2)
	}
	r := commandtest.OnDisk(t, d, append([]string{"-s", addr, "drain", "--yes", "--to", "/jobs"}, queues...)...)
	commandtest.WantRun(t, r, commandtest.ExitFailed)
	for _, q := range queues {
		if !strings.Contains(r.Stderr, "drain queue "+q+": ") || servertest.Queue(t, addr, q).Waiting() != 2 {
			t.Errorf("queue %s has %d of 2 jobs: %s", q, servertest.Queue(t, addr, q).Waiting(), r.Stderr)
		}
	}
}

// TestQueuesThatGoToACommand each have runs of their own, and the summary counts all of them.
func TestQueuesThatGoToACommand(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	queues := strings.Fields("a b c d e")
	for _, q := range queues {
		commandtest.FillQueue(t, addr, q, 3)
	}
	r := commandtest.Gearctl(t, "", append([]string{"-s", addr, "drain", "--yes", "--to-command", "cat > " + dir + "/$GEARCTL_ARCHIVE_QUEUE"}, queues...)...)
	commandtest.WantRun(t, r, commandtest.ExitOK, "15 jobs went to the command in 5 runs")
	for _, q := range queues {
		if n := len(servertest.Archived(t, filepath.Join(dir, q))); n != 3 {
			t.Errorf("the command got %d of 3 jobs of %s", n, q)
		}
	}
}

// TestACommandEndsWithItsDrain, also if the connection to the server is lost: it sees the end of its input, and its jobs are
// requeued.
func TestACommandEndsWithItsDrain(t *testing.T) {
	t.Parallel()
	addr, dir := servertest.Embedded(t), t.TempDir()
	commandtest.FillQueue(t, addr, "q", 20)
	var n atomic.Int64
	lose := func(string) servertest.Tap {
		return servertest.Tap{Received: func(p *wire.Packet) error {
			if p.Type == wire.JobAssignUniq && string(p.Arg(1)) == "q" {
				n.Add(1)
			}
			if n.Load() > 10 {
				return errors.New("lost")
			}
			return nil
		}}
	}
	r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
		e.NetDial = servertest.Tapped(new(net.Dialer).DialContext, lose)
	}, "-s", addr, "drain", "q", "--yes", "--window", "2", "--to-command", fmt.Sprintf("cd %s; cat > jobs; touch ended", dir))
	if r.Code == commandtest.ExitOK {
		t.Errorf("got %+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, "ended")); err != nil {
		t.Errorf("the command still runs: %v", err)
	}
	servertest.WaitTotal(t, addr, "q", 20)
}
