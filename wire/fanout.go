package wire

import (
	"context"
	"errors"
	"sync"
)

// Result is the result for one server.
type Result[T any] struct {
	Server string
	Value  T
	Err    error
}

// MaxDials is how many servers FanOut dials at a time.
const MaxDials = 64

// FanOut calls f for all servers concurrently, each with its own connection, which it closes afterwards. It waits for all of
// them and returns the results in the order of servers. A failure of one server does not affect the others.
//
// At most MaxDials dials are in progress at a time, including name resolution and TLS handshake, each within the Dialer's
// Timeout; the others wait for them. Established connections are not limited: there may be as many as servers. So a server
// that answers late delays no other, and one that does not accept connections delays others only if MaxDials dials hang. With
// Dialer.Dials the limit is that of all calls together.
func FanOut[T any](ctx context.Context, d *Dialer, servers []string, f func(context.Context, *Conn) (T, error)) []Result[T] {
	results := make([]Result[T], len(servers))
	FanOutEach(ctx, d, servers, f, func(i int, r Result[T]) { results[i] = r })
	return results
}

// FanOutEach is FanOut that calls done with each result as soon as it is there, and with its index in servers. Calls of done
// may be concurrent; FanOutEach returns after the last one.
func FanOutEach[T any](ctx context.Context, d *Dialer, servers []string, f func(context.Context, *Conn) (T, error), done func(i int, r Result[T])) {
	dials := d.Dials
	if dials == nil {
		dials = make(chan struct{}, MaxDials)
	}
	dial := func(server string) (*Conn, error) {
		dials <- struct{}{} // waits no longer than the dials before it, which ctx ends
		defer func() { <-dials }()
		return d.Dial(ctx, server)
	}
	var wg sync.WaitGroup
	for i, server := range servers {
		ask := func() {
			r := Result[T]{Server: server}
			c, err := dial(server)
			if r.Err = err; err == nil {
				r.Value, r.Err = withClose(ctx, c, f)
			}
			done(i, r)
		}
		if i == len(servers)-1 {
			ask() // one server, the usual number, needs no goroutine and so no second thread
			break
		}
		wg.Go(ask)
	}
	wg.Wait()
}

// withClose calls f and closes the connection.
func withClose[T any](ctx context.Context, c *Conn, f func(context.Context, *Conn) (T, error)) (T, error) {
	defer c.Close()
	return f(ctx, c)
}

// WithConn dials server, calls f and closes the connection.
func WithConn[T any](ctx context.Context, d *Dialer, server string, f func(context.Context, *Conn) (T, error)) (T, error) {
	c, err := d.Dial(ctx, server)
	if err != nil {
		var zero T
		return zero, err
	}
	return withClose(ctx, c, f)
}

// DialFirst connects to the first of servers that accepts. skipped are the *OpErrors of those before it, which the caller
// should report. If none accepts, err joins all *OpErrors.
func (d *Dialer) DialFirst(ctx context.Context, servers []string) (c *Conn, skipped []error, err error) {
	if len(servers) == 0 {
		return nil, nil, errors.New("no server given")
	}
	for _, server := range servers {
		c, err := d.Dial(ctx, server)
		if err == nil {
			return c, skipped, nil
		}
		skipped = append(skipped, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, nil, errors.Join(skipped...)
}
