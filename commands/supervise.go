package commands

import (
	"context"
	"errors"
	"sync"
	"time"

	"gearctl/wire"
)

// Back-off between two attempts to reach a server.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// supervisor keeps connections to servers working: it dials again, with back-off, when one fails. A server's outage is
// told once, and its end.
type supervisor struct {
	env  *Env
	d    *wire.Dialer
	mu   sync.Mutex
	down map[string]bool
}

func newSupervisor(env *Env, d *wire.Dialer) *supervisor {
	return &supervisor{env: env, d: d, down: map[string]bool{}}
}

// errNextConnection asks a supervisor for a fresh connection to the same server.
var errNextConnection = errors.New("next connection")

// reachable fails when not one of servers can be reached; those that cannot are told and tried again later.
func (s *supervisor) reachable(ctx context.Context, servers []string) error {
	var errs []error
	for _, r := range wire.FanOut(ctx, s.d, servers, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, c.Echo(ctx, []byte("gearctl"))
	}) {
		errs = append(errs, flatten(r.Err)...)
	}
	if len(errs) == len(servers) {
		return errors.Join(errs...)
	}
	return nil
}

// run calls f with a connection to server, again and again, until f returns nil, ctx ends, or f fails with an error
// that is not the connection's, which it returns.
func (s *supervisor) run(ctx context.Context, server string, f func(context.Context, *wire.Conn) error) error {
	retry := firstRetry
	for {
		c, err := s.d.Dial(ctx, server)
		if err == nil {
			s.up(server)
			retry = firstRetry
			err = f(ctx, c)
			c.Close()
		}
		var op *wire.OpError
		switch {
		case err == nil, ctx.Err() != nil:
			return nil
		case errors.Is(err, errNextConnection):
			continue
		case !errors.As(err, &op):
			return err
		}
		s.failed(server, err)
		if !pause(ctx, retry) {
			return nil
		}
		retry = min(2*retry, lastRetry)
	}
}

// pause waits for d and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *supervisor) failed(server string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down[server] {
		s.down[server] = true
		s.env.warn("%v; trying again", err)
	}
}

func (s *supervisor) up(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down[server] {
		s.env.note("%s is back", server)
	}
	s.down[server] = false
}
