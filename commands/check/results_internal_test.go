package check

import (
	"context"
	"net"
	"testing"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

func TestAResultIsNeverLost(t *testing.T) {
	t.Parallel()
	// Results go on connections of their own, which the server may close while they are idle.
	addr := servertest.Embedded(t)
	d := &wire.Dialer{Timeout: 5 * time.Second}
	var conns []net.Conn
	d.NetDial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		conns = append(conns, c)
		return c, err
	}
	p := newResultPool(d)
	defer p.close()
	for i := range 3 {
		job := &wire.Submission{Function: "r", Unique: p.key(), Workload: []byte("x"), Background: true}
		if err := p.submit(t.Context(), addr, job); err != nil {
			t.Fatal(err)
		}
		if got := len(conns); got != i+1 {
			t.Errorf("%d connections after %d results", got, i+1)
		}
		conns[i].Close()
	}
	if n := len(servertest.Workloads(t, addr, "r")); n != 3 {
		t.Errorf("%d results, want 3", n)
	}
}
