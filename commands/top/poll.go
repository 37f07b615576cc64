package top

import (
	"context"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// pollResult is the outcome of one poll of a server.
type pollResult struct {
	at    time.Time
	fresh bool // the first one on a connection
	snap  servers.Snapshot
	err   error
}

// poller polls a server on a connection that it keeps.
type poller struct {
	d      *wire.Dialer
	server string
	now    func() time.Time

	mu            sync.Mutex // held during a poll
	closed        bool
	conn          *wire.Conn
	version       servers.Version
	hasPriorities bool // the server counts by priority, and right
}

// poll asks the server for its queues, with their priorities where it can. After an error the next poll dials again.
func (e *poller) poll(ctx context.Context, priorities bool) *pollResult {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &pollResult{}
	if l.err = e.open(ctx, l); l.err == nil {
		l.err = e.ask(ctx, l, priorities)
	}
	if l.err != nil {
		e.hangUp()
	}
	l.snap.Version = e.version
	return l
}

func (e *poller) ask(ctx context.Context, l *pollResult, priorities bool) (err error) {
	err = l.snap.Ask(ctx, e.conn, servers.PartQueues)
	l.at = e.now()
	if err != nil || !priorities || !e.hasPriorities {
		return err
	}
	err = l.snap.Ask(ctx, e.conn, servers.PartPriorities)
	if servers.IsUnknownCommand(err) {
		e.hasPriorities, err = false, nil
	}
	return err
}

// open connects when there is no connection.
func (e *poller) open(ctx context.Context, l *pollResult) error {
	if e.conn != nil {
		return nil
	}
	if e.closed {
		return context.Canceled
	}
	c, err := e.d.Dial(ctx, e.server)
	if err != nil {
		return err
	}
	e.conn, l.fresh = c, true
	if err := l.snap.Ask(ctx, c, servers.PartVersion); err != nil && !servers.IsUnknownCommand(err) {
		return err
	}
	e.version = l.snap.Version
	e.hasPriorities = e.version.CountsPriorities()
	return nil
}

func (e *poller) hangUp() {
	if e.conn != nil {
		e.conn.Close()
	}
	e.conn = nil
}

// close waits for a poll to end and closes the connection for good.
func (e *poller) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.hangUp()
}

// newPollers returns a poller for each server.
func newPollers(env *cli.Env, d *wire.Dialer, servers []string) []*poller {
	var pollers []*poller
	for _, s := range servers {
		pollers = append(pollers, &poller{d: d, server: s, now: env.Now})
	}
	return pollers
}
