package commands

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gearctl/wire"
)

// backOff is how long to wait between two attempts to reach a server: twice as long each time.
type backOff struct{ first, last time.Duration }

// supervisor keeps connections to servers working: it dials again, with back-off, when one fails. A server's outage is
// told once, and its end: a connection that lasted longer than the shortest wait.
type supervisor struct {
	log   Log
	d     *wire.Dialer
	retry backOff
	mu    sync.Mutex
	down  map[string]bool
}

func newSupervisor(log Log, d *wire.Dialer) *supervisor {
	return &supervisor{log: log, d: d, retry: backOff{100 * time.Millisecond, 10 * time.Second}, down: map[string]bool{}}
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
// that is neither the connection's nor the cause of ctx's end, which it returns, also when ctx has ended meanwhile; a
// server's refusal is such an error.
func (s *supervisor) run(ctx context.Context, server string, f func(context.Context, *wire.Conn) error) error {
	wait := s.retry.first
	for {
		lasted, err := s.once(ctx, server, f)
		switch {
		case err == nil, ctx.Err() != nil && stopped(ctx, err):
			return nil
		case errors.Is(err, errNextConnection):
			s.up(server)
			continue
		case !isOutage(err):
			return err
		}
		if lasted {
			wait = s.retry.first
		}
		s.failed(server, err)
		if !pause(ctx, wait) {
			return nil
		}
		wait = min(2*wait, s.retry.last)
	}
}

// stopped reports whether err is what comes of ctx's end, or no more than the next attempt would have mended.
func stopped(ctx context.Context, err error) bool {
	return isOutage(err) || errors.Is(err, errNextConnection) || errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err())
}

// once calls f with a connection to server, and reports whether it lasted.
func (s *supervisor) once(ctx context.Context, server string, f func(context.Context, *wire.Conn) error) (lasted bool, err error) {
	c, err := s.d.Dial(ctx, server)
	if err != nil {
		return false, err
	}
	defer c.Close()
	told := make(chan struct{})
	back := time.AfterFunc(s.retry.first, func() {
		s.up(server)
		close(told)
	})
	err = f(ctx, c)
	if back.Stop() {
		return false, err
	}
	<-told
	return true, err
}

// isOutage reports whether err is a connection's, and not the answer of a server that refuses.
func isOutage(err error) bool {
	var op *wire.OpError
	return errors.As(err, &op) && !isRefusal(err)
}

func (s *supervisor) failed(server string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down[server] {
		s.down[server] = true
		s.log.Warn("%v; retrying", err)
	}
}

func (s *supervisor) up(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down[server] {
		s.log.Info("%s is back", server)
	}
	s.down[server] = false
}

// outages returns the servers that are away, sorted.
func (s *supervisor) outages() (servers []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for server, down := range s.down {
		if down {
			servers = append(servers, server)
		}
	}
	slices.Sort(servers)
	return servers
}
