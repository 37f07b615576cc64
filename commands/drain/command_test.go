package drain_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestNoJobIsAcknowledgedBeforeTheCommandHasEnded: in one run, in several, and when the drain is interrupted while it holds jobs
// for a run that is not due. Each job is then stored, and none is twice.
func TestNoJobIsAcknowledgedBeforeTheCommandHasEnded(t *testing.T) {
	t.Parallel()
	const jobs = 40
	for name, c := range map[string]struct {
		flags  []string
		follow bool
	}{
		"one run":                {nil, false},
		"several runs":           {[]string{"--rotate", "1K", "--window", "2"}, false},
		"interrupted":            {[]string{"--rotate", "1h", "--follow"}, true},
		"interrupted, with runs": {[]string{"--rotate", "1K,1h", "--follow", "--window", "2"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := servertest.Embedded(t)
			commandtest.FillQueue(t, addr, "q", jobs)
			dir := t.TempDir()
			stored := func() (n int) {
				done, _ := filepath.Glob(filepath.Join(dir, "*.done"))
				for _, path := range done {
					n += len(servertest.Archived(t, strings.TrimSuffix(path, ".done")))
				}
				return n
			}
			var acked, early atomic.Int64
			note := func(text string) {
				if strings.HasPrefix(text, "ack ") && int(acked.Add(1)) > stored() {
					early.Add(1)
				}
			}
			ctx, interrupt := context.WithCancelCause(t.Context())
			var held atomic.Int64
			assigned := func(p *wire.Packet) error {
				if p.Type == wire.JobAssignUniq && string(p.Arg(1)) == "q" {
					held.Add(1)
				}
				if c.follow && held.Load() == jobs {
					interrupt(commandtest.Interrupted)
				}
				return nil
			}
			argv := append([]string{"-s", addr, "drain", "q", "--yes", "--to-command", fmt.Sprintf("cd %s; cat > $GEARCTL_ARCHIVE_PIECE; touch $GEARCTL_ARCHIVE_PIECE.done", dir)}, c.flags...)
			r := commandtest.GearctlEnv(ctx, strings.NewReader(""), func(e *cli.Env) {
				tapped := servertest.Tapped(new(net.Dialer).DialContext, func(string) servertest.Tap { return servertest.Tap{Received: assigned} })
				e.NetDial = servertest.Tapped(tapped, servertest.NoteJobs(note))
			}, argv...)
			code := commandtest.ExitOK
			if c.follow {
				code = commandtest.ExitInterrupted
			}
			commandtest.WantRun(t, r, code)
			if early.Load() > 0 || acked.Load() != jobs || stored() != jobs {
				t.Errorf("%d jobs were acknowledged, %d of them before they were stored; %d are stored", acked.Load(), early.Load(), stored())
			}
		})
	}
}
