package jobserver

import (
	"context"
	"fmt"

	"gearctl/wire"
)

// guaranteed is how many bytes may wait for a client even above Options.MaxBuffered, so that a client that reads its
// answers is served whatever others do.
const guaranteed = 64 << 10

// relayed reports whether packets of type t are relayed to clients.
func relayed(t wire.Type) bool {
	switch t {
	case wire.WorkStatus, wire.WorkComplete, wire.WorkFail, wire.WorkException, wire.WorkData, wire.WorkWarning:
		return true
	}
	return false
}

// waitForRoom blocks, before a request is handled, while too many bytes wait for its sender or, if it is relayed, for all
// clients together. Clients that read nothing are disconnected after Options.ClientTimeout, which ends every wait.
func (c *conn) waitForRoom(relayed bool) {
	most := c.srv.opts.MaxPending / 2
	if relayed && c.srv.unsent.over() {
		c.srv.flush()
		c.srv.unsent.wait()
	}
	fits := func(waiting int) bool {
		return waiting <= guaranteed || waiting <= most && !c.srv.unsent.over()
	}
	if c.out.fits(fits) {
		return
	}
	c.srv.flush()
	c.out.waitUntil(func(waiting int) bool { return fits(2 * waiting) })
}

// reserveBody blocks until there is memory for a request body of size bytes.
func (c *conn) reserveBody(size int) error {
	c.srv.flush()
	ctx, cancel := context.WithTimeout(context.Background(), c.srv.opts.ClientTimeout)
	defer cancel()
	if err := c.srv.bodies.Acquire(ctx, int64(size)); err != nil {
		c.srv.opts.Log.Warn("connection closed: no memory for its request", "peer", c.peer(), "bytes", size)
		return fmt.Errorf("no memory for a request of %d bytes", size)
	}
	c.reserved = size
	return nil
}

// releaseBody releases the reservation of the last request, once at most guaranteed bytes of its answer wait.
func (c *conn) releaseBody() {
	if c.reserved == 0 {
		return
	}
	c.srv.flush()
	c.out.waitUntil(func(waiting int) bool { return waiting <= guaranteed })
	c.srv.bodies.Release(int64(c.reserved))
	c.reserved = 0
}
