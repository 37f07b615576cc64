package health_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/wire"
)

// TestManyServersThatRefuse: few are dialed at a time, and one that refuses makes room for the next.
func TestManyServersThatRefuse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const servers = 3 * wire.MaxDials
		var names []string
		for n := range servers {
			names = append(names, fmt.Sprintf("gm%d", n))
		}
		var now, most, all atomic.Int64
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			e.NetDial = func(_ context.Context, network, _ string) (net.Conn, error) {
				all.Add(1)
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				time.Sleep(100 * time.Millisecond) // of fake time
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			}
		}, "-s", strings.Join(names, ","), "health", "--timeout", "10s")
		if r.Code != commandtest.StateCritical || strings.Contains(r.Stdout, "no answer within") || all.Load() != servers || most.Load() > wire.MaxDials {
			t.Errorf("%d of %d servers were dialed, up to %d at a time: %d\n%.500s", all.Load(), servers, most.Load(), r.Code, r.Stdout)
		}
	})
}
