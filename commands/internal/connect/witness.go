package connect

import (
	"context"

	"gearctl/wire"
)

// Witness is an idle connection to a server. As long as it lasts, the server has not been restarted, even if other
// connections broke, so that a handle still means the same job.
type Witness struct{ c *wire.Conn }

// SameRun reports whether the server has run since the last call, and makes sure that there is a connection to it. The first
// call returns false.
func (w *Witness) SameRun(ctx context.Context, d *wire.Dialer, server string) (bool, error) {
	if w.c != nil && w.c.Echo(ctx, []byte("gearctl")) == nil {
		return true, nil
	}
	w.Close()
	c, err := d.Dial(ctx, server)
	if err != nil {
		return false, err
	}
	w.c = c
	return false, nil
}

// Close closes the connection.
func (w *Witness) Close() {
	if w.c != nil {
		w.c.Close()
		w.c = nil
	}
}
