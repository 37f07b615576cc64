package connect

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// Backoff is how long to wait between two attempts to reach a server: twice as long each time.
type Backoff struct{ Min, Max time.Duration }

// Supervisor keeps connections to servers working: it dials again, with back-off, when one fails. A server's outage is
// told once, and its end: a connection that lasted longer than the shortest wait.
type Supervisor struct {
	log     cmderr.Log
	Dialer  *wire.Dialer
	Backoff Backoff
	mu      sync.Mutex
	down    map[string]bool
}

func NewSupervisor(log cmderr.Log, d *wire.Dialer) *Supervisor {
	return &Supervisor{log: log, Dialer: d, Backoff: Backoff{100 * time.Millisecond, 10 * time.Second}, down: map[string]bool{}}
}

// ErrReconnect asks a supervisor for a fresh connection to the same server.
var ErrReconnect = errors.New("next connection")

// CheckReachable fails when not one of servers can be reached; those that cannot are told and tried again later.
func (s *Supervisor) CheckReachable(ctx context.Context, servers []string) error {
	var errs []error
	for _, r := range wire.FanOut(ctx, s.Dialer, servers, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, c.Echo(ctx, []byte("gearctl"))
	}) {
		errs = append(errs, cmderr.Flatten(r.Err)...)
	}
	if len(errs) == len(servers) {
		return errors.Join(errs...)
	}
	return nil
}

// Run calls f with a connection to server, again and again, until f returns nil, ctx ends, or f fails with an error
// that is neither the connection's nor the cause of ctx's end, which it returns, also when ctx has ended meanwhile; a
// server's refusal is such an error.
func (s *Supervisor) Run(ctx context.Context, server string, f func(context.Context, *wire.Conn) error) error {
	wait := s.Backoff.Min
	for {
		lasted, err := s.runOnce(ctx, server, f)
		switch {
		case err == nil, ctx.Err() != nil && endedByStop(ctx, err):
			return nil
		case errors.Is(err, ErrReconnect):
			s.ReportUp(server)
			continue
		case !IsOutage(err):
			return err
		}
		if lasted {
			wait = s.Backoff.Min
		}
		s.ReportDown(server, err)
		if !cmderr.Pause(ctx, wait) {
			return nil
		}
		wait = min(2*wait, s.Backoff.Max)
	}
}

// endedByStop reports whether err is what comes of ctx's end, or no more than the next attempt would have mended.
func endedByStop(ctx context.Context, err error) bool {
	return IsOutage(err) || errors.Is(err, ErrReconnect) || errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err())
}

// runOnce calls f with a connection to server, and reports whether it lasted.
func (s *Supervisor) runOnce(ctx context.Context, server string, f func(context.Context, *wire.Conn) error) (lasted bool, err error) {
	c, err := s.Dialer.Dial(ctx, server)
	if err != nil {
		return false, err
	}
	defer c.Close()
	told := make(chan struct{})
	back := time.AfterFunc(s.Backoff.Min, func() {
		s.ReportUp(server)
		close(told)
	})
	err = f(ctx, c)
	if back.Stop() {
		return false, err
	}
	<-told
	return true, err
}

// IsOutage reports whether err is a connection's, and not the answer of a server that refuses.
func IsOutage(err error) bool {
	var op *wire.OpError
	return errors.As(err, &op) && !servers.IsRefusal(err)
}

func (s *Supervisor) ReportDown(server string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down[server] {
		s.down[server] = true
		s.log.Warn("%v; retrying", err)
	}
}

func (s *Supervisor) ReportUp(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down[server] {
		s.log.Info("%s is back", server)
	}
	s.down[server] = false
}

// Outages returns the servers that are away, sorted.
func (s *Supervisor) Outages() (servers []string) {
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
