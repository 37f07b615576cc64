package jobs

import (
	"context"
	"net"
	"testing"

	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// TestAServerIsAskedOverANewConnectionWhenTheFirstIsGone: what remains is told although the connection of the check was cut.
func TestAServerIsAskedOverANewConnectionWhenTheFirstIsGone(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	var conns []net.Conn
	d := &wire.Dialer{NetDial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		conns = append(conns, c)
		return c, err
	}}
	c, err := d.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	src := &Source{conn: c, free: make(chan struct{})}
	close(src.free)
	conns[0].(*net.TCPConn).CloseRead()
	answers := 0
	err = src.Ask(t.Context(), d, addr, func(ctx context.Context, c *wire.Conn) error {
		_, err := servers.AskQueues(ctx, c)
		if err == nil {
			answers++
		}
		return err
	})
	if err != nil || answers != 1 || len(conns) != 2 {
		t.Errorf("%d answers over %d connections, %v", answers, len(conns), err)
	}
}
