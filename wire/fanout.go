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

// FanOut calls f for all servers concurrently, each with its own connection, which it closes afterwards. It waits for all of
// them and returns the results in the order of servers. A failure of one server does not affect the others.
func FanOut[T any](ctx context.Context, d *Dialer, servers []string, f func(context.Context, *Conn) (T, error)) []Result[T] {
	results := make([]Result[T], len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		ask := func() {
			results[i].Server = server
			results[i].Value, results[i].Err = WithConn(ctx, d, server, f)
		}
		if i == len(servers)-1 {
			ask() // one server, the usual number, needs no goroutine and so no second thread
			break
		}
		wg.Go(ask)
	}
	wg.Wait()
	return results
}

// WithConn dials server, calls f and closes the connection.
func WithConn[T any](ctx context.Context, d *Dialer, server string, f func(context.Context, *Conn) (T, error)) (T, error) {
	c, err := d.Dial(ctx, server)
	if err != nil {
		var zero T
		return zero, err
	}
	defer c.Close()
	return f(ctx, c)
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
