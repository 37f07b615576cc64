package connect_test

import (
	"testing"

	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// TestAWitnessNoticesARestart: the connection lasts as long as the server runs, and only so long is it the same run.
func TestAWitnessNoticesARestart(t *testing.T) {
	t.Parallel()
	addr, w := gearmandtest.FreeAddr(t), connect.Witness{}
	defer w.Close()
	for range 2 {
		t.Run("run", func(t *testing.T) {
			servertest.Start(t, addr, jobserver.Options{})
			for _, want := range []bool{false, true, true} {
				if same, err := w.SameRun(t.Context(), &wire.Dialer{}, addr); same != want || err != nil {
					t.Errorf("same run: got %v, %v, want %v", same, err, want)
				}
			}
		})
	}
	if same, err := w.SameRun(t.Context(), &wire.Dialer{}, addr); same || err == nil {
		t.Errorf("without a server it is the same run: %v, %v", same, err)
	}
}
