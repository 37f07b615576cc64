package connect

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// Backoff is the wait between two connection attempts; it doubles from Min to Max.
type Backoff struct{ Min, Max time.Duration }

// Supervisor re-establishes failed connections with exponential back-off. It reports each outage once, and its end once
// a connection has lasted longer than Backoff.Min.
type Supervisor struct {
	log     cmderr.Log
	Dialer  *wire.Dialer
	Backoff Backoff
	*outages
}

// outages are the servers that are down.
type outages struct {
	mu   sync.Mutex
	down map[string]bool
}

// NewSupervisor returns a Supervisor that reports outages to log.
func NewSupervisor(log cmderr.Log, d *wire.Dialer) *Supervisor {
	return &Supervisor{log: log, Dialer: d, Backoff: Backoff{100 * time.Millisecond, 10 * time.Second}, outages: &outages{down: map[string]bool{}}}
}

// WithDialer returns a Supervisor that connects with d, and shares with s which servers are down.
func (s *Supervisor) WithDialer(d *wire.Dialer) *Supervisor {
	c := *s
	c.Dialer = d
	return &c
}

// ErrReconnect makes Run call f again with a new connection, without waiting.
var ErrReconnect = errors.New("next connection")

// KeepOpenError is ErrReconnect, after which the old connection stays open for a while, or until Run's context ends: the server
// keeps the jobs that it has assigned to it.
type KeepOpenError struct {
	For    time.Duration
	Closed func() // called when it is closed
}

func (*KeepOpenError) Error() string { return ErrReconnect.Error() }
func (*KeepOpenError) Unwrap() error { return ErrReconnect }

// CheckReachable returns the errors of all servers if none can be reached.
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

// Run calls f with a connection to server, and again with a new one after an outage or ErrReconnect, until f returns
// nil or ctx ends. Any other error of f, such as a refusal by the server, is returned at once, even after ctx has
// ended.
func (s *Supervisor) Run(ctx context.Context, server string, f func(context.Context, *wire.Conn) error) error {
	wait := s.Backoff.Min
	var kept sync.WaitGroup
	defer kept.Wait()
	for {
		lasted, err := s.runOnce(ctx, server, &kept, f)
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

// endedByStop reports whether err needs no report once ctx has ended: it is ctx's own, or would have led to a retry.
func endedByStop(ctx context.Context, err error) bool {
	return IsOutage(err) || errors.Is(err, ErrReconnect) || errors.Is(err, context.Cause(ctx)) || errors.Is(err, ctx.Err())
}

// runOnce calls f with a connection to server and reports whether it lasted longer than Backoff.Min.
func (s *Supervisor) runOnce(ctx context.Context, server string, kept *sync.WaitGroup, f func(context.Context, *wire.Conn) error) (lasted bool, err error) {
	c, err := s.Dialer.Dial(ctx, server)
	if err != nil {
		return false, err
	}
	defer func() {
		var keep *KeepOpenError
		if !errors.As(err, &keep) {
			c.Close()
			return
		}
		kept.Go(func() {
			cmderr.Pause(ctx, keep.For)
			c.Close()
			keep.Closed()
		})
	}()
	reported := make(chan struct{})
	back := time.AfterFunc(s.Backoff.Min, func() {
		s.ReportUp(server)
		close(reported)
	})
	err = f(ctx, c)
	if back.Stop() {
		return false, err
	}
	<-reported
	return true, err
}

// IsOutage reports whether err is a connection error and not a refusal by the server.
func IsOutage(err error) bool {
	var op *wire.OpError
	return errors.As(err, &op) && !servers.IsRefusal(err)
}

// ReportDown logs err if the server was not already down.
func (s *Supervisor) ReportDown(server string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down[server] {
		s.down[server] = true
		s.log.Warn("%v; retrying", err)
	}
}

// Forget drops what is known of servers for which used is false.
func (s *Supervisor) Forget(used func(server string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.down, func(server string, _ bool) bool { return !used(server) })
}

// ReportUp logs the end of an outage.
func (s *Supervisor) ReportUp(server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down[server] {
		s.log.Info("%s is back", server)
	}
	s.down[server] = false
}

// Outages returns the servers that are down, sorted.
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
