package health_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// TestASlowCheckThatHangsIsCritical: a check that does not even end with the time limit leaves the server without an answer,
// whatever was found before.
func TestASlowCheckThatHangsIsCritical(t *testing.T) {
	t.Parallel()
	for _, check := range [][]string{{"--probe", "lab"}, {"--storage"}} {
		addr := servertest.Embedded(t)
		ended := make(chan struct{})
		var dials atomic.Int64
		hang := func(e *cli.Env) {
			e.NetDial = func(ctx context.Context, network, address string) (net.Conn, error) {
				if dials.Add(1) > 1 {
					<-ended
				}
				return new(net.Dialer).DialContext(ctx, network, address)
			}
		}
		argv := append([]string{"-s", addr, "health", "--timeout", "500ms", "--perfdata", "none"}, check...)
		r := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), hang, argv...)
		close(ended)
		if r.Code != 2 || !strings.Contains(r.Stdout, "CRITICAL") || !strings.Contains(r.Stdout, "no answer within 500ms") {
			t.Errorf("%q: %+v", check, r)
		}
	}
}
