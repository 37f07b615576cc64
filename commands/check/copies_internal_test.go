package check

import (
	"testing"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/waittest"
)

// TestASlowDupserverDelaysNoCheck: what it does not take is kept up to a limit, and beyond that lost and counted.
func TestASlowDupserverDelaysNoCheck(t *testing.T) {
	t.Parallel()
	var stderr servertest.Buffer
	c := newCopySender(&cli.Env{Stderr: &stderr, Now: time.Now}, &wire.Dialer{}, "dup:4730")
	waittest.Return(t, "the results go on without their copies", func() {
		for n := range copyBacklog + 3 {
			c.send(resultJob(n))
		}
	})
	if len(c.jobs) != copyBacklog || c.lost != 3 {
		t.Errorf("%d copies wait, and %d are lost", len(c.jobs), c.lost)
	}
}
