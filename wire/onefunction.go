package wire

import "context"

// A connection serves a single function: in gearmand 2.0.0 and later, one that serves several can hang the server or leave a
// job waiting. Operations for another function use a new connection to the same server, which is closed afterwards.

// claimFunction reports whether the connection may serve function, and reserves it for that.
func (c *Conn) claimFunction(function string) bool {
	if c.declared == "" {
		c.declared = function
	}
	return c.declared == function
}

// canServeCanary reports whether the connection may serve the queue of a canary.
func (c *Conn) canServeCanary() bool { return c.declared == "" || c.declared == c.canary }

// onNewConn calls f with a new connection to the same server, and closes it.
func (c *Conn) onNewConn(ctx context.Context, f func(*Conn) error) error {
	other, err := c.dialer.Dial(ctx, c.server)
	if err != nil {
		return err
	}
	defer other.Close()
	return f(other)
}
