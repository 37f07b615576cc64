package wire

import "context"

// A connection serves one function, as long as it is open: on gearmand 2.0.0 and later one that serves several can make
// the server stand still, or leave a job of one of them waiting. What is asked of a connection for another function is
// done on a new one to the same server, which is closed afterwards.

// claimFunction notes that the connection is to declare a function, and reports whether it may.
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
