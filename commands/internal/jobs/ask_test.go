package jobs

import (
	"context"
	"io"
	"net"
	"testing"

	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

// cutConn is a connection that the server closes when gone is set.
type cutConn struct {
	net.Conn
	gone *bool
}

func (c cutConn) Read(b []byte) (int, error) {
	if *c.gone {
		return 0, io.EOF
	}
	return c.Conn.Read(b)
}

// TestAServerIsAskedOverANewConnectionWhenTheFirstIsGone: what remains is told although the connection of the check was cut.
func TestAServerIsAskedOverANewConnectionWhenTheFirstIsGone(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	var gone []*bool // of each connection
	d := &wire.Dialer{NetDial: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		gone = append(gone, new(bool))
		return cutConn{c, gone[len(gone)-1]}, err
	}}
	c, err := d.Dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	src := &Source{conn: c, free: make(chan struct{})}
	close(src.free)
	*gone[0] = true
	answers := 0
	err = src.Ask(t.Context(), d, addr, func(ctx context.Context, c *wire.Conn) error {
		_, err := servers.AskQueues(ctx, c)
		if err == nil {
			answers++
		}
		return err
	})
	if err != nil || answers != 1 || len(gone) != 2 {
		t.Errorf("%d answers over %d connections, %v", answers, len(gone), err)
	}
}
