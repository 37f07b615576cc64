package jobserver

import (
	"context"
	"fmt"

	"gearctl/wire"
)

// share is how many bytes may wait for any client, also when those of all are more than Options.MaxBuffered: whoever
// reads its answers is served whatever others do.
const share = 64 << 10

// relayed reports whether a packet of a worker is passed on to clients.
func relayed(t wire.Type) bool {
	switch t {
	case wire.WorkStatus, wire.WorkComplete, wire.WorkFail, wire.WorkException, wire.WorkData, wire.WorkWarning:
		return true
	}
	return false
}

// pace blocks before a request is handled: while too much waits for the client that sent it, or, for one that is
// relayed, for all clients together. A client that reads nothing is closed after Options.ClientTimeout, which ends every
// wait.
func (c *conn) pace(relayed bool) {
	most := c.srv.opts.MaxPending / 2
	if relayed && c.srv.unsent.over() {
		c.srv.flush()
		c.srv.unsent.await()
	}
	fits := func(waiting int) bool {
		return waiting <= share || waiting <= most && !c.srv.unsent.over()
	}
	if c.out.fits(fits) {
		return
	}
	c.srv.flush()
	c.out.await(func(waiting int) bool { return fits(2 * waiting) })
}

// reserveBody waits until the body of a request of size bytes may be taken into memory.
func (c *conn) reserveBody(size int) error {
	c.srv.flush()
	ctx, cancel := context.WithTimeout(context.Background(), c.srv.opts.ClientTimeout)
	defer cancel()
	if err := c.srv.bodies.Acquire(ctx, int64(size)); err != nil {
		c.srv.opts.Log.Warn("connection closed: no room for its request", "peer", c.peer(), "bytes", size)
		return fmt.Errorf("no room for a request of %d bytes", size)
	}
	c.reserved = size
	return nil
}

// releaseBody ends the reservation of the last request, when its answer has been written but for a share.
func (c *conn) releaseBody() {
	if c.reserved == 0 {
		return
	}
	c.srv.flush()
	c.out.await(func(waiting int) bool { return waiting <= share })
	c.srv.bodies.Release(int64(c.reserved))
	c.reserved = 0
}
