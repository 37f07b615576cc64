package doctor

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestDoctorGivesUpAServerThatWentSilent cuts the network before the proofs: only the first of them waits for the server.
func TestDoctorGivesUpAServerThatWentSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		link := &gearmandtest.Link{}
		listener, dial := link.Memory()
		defer listener.Close()
		d := &wire.Dialer{Timeout: 5 * time.Second, NetDial: dial}
		f := &serverFacts{server: "far:4730"}
		v := &serverInspection{host: &inspection{env: &cli.Env{Now: time.Now}}, dialer: d, facts: []*serverFacts{f}}
		link.Cut()
		start := time.Now()
		for range 2 {
			v.testServers(t.Context(), func(ctx context.Context, c *wire.Conn) error { return nil }, func(_ *serverFacts, err error) {
				if !errors.Is(err, wire.ErrSilent) {
					t.Errorf("got %v, want ErrSilent", err)
				}
			})
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %v, want 5s", took)
		}
	})
}
