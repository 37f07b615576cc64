package top

import (
	"context"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// topLook is what one look at a server brought.
type topLook struct {
	at    time.Time
	fresh bool // the first one on a connection
	snap  servers.Snapshot
	err   error
}

// topEye looks at a server on a connection that it keeps.
type topEye struct {
	d      *wire.Dialer
	server string
	now    func() time.Time

	mu      sync.Mutex // held during a look
	closed  bool
	conn    *wire.Conn
	version servers.Version
	splits  bool // the server counts by priority, and right
}

// look asks the server for its queues, with their priorities where it can. After an error the next look dials again.
func (e *topEye) look(ctx context.Context, priorities bool) *topLook {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &topLook{}
	if l.err = e.open(ctx, l); l.err == nil {
		l.err = e.ask(ctx, l, priorities)
	}
	if l.err != nil {
		e.hangUp()
	}
	l.snap.Version = e.version
	return l
}

func (e *topEye) ask(ctx context.Context, l *topLook, priorities bool) (err error) {
	err = l.snap.Ask(ctx, e.conn, servers.PartQueues)
	l.at = e.now()
	if err != nil || !priorities || !e.splits {
		return err
	}
	err = l.snap.Ask(ctx, e.conn, servers.PartPriorities)
	if servers.IsUnknownCommand(err) {
		e.splits, err = false, nil
	}
	return err
}

// open connects when there is no connection.
func (e *topEye) open(ctx context.Context, l *topLook) error {
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
	e.splits = e.version.CountsPriorities()
	return nil
}

func (e *topEye) hangUp() {
	if e.conn != nil {
		e.conn.Close()
	}
	e.conn = nil
}

// close waits for a look to end and closes the connection for good.
func (e *topEye) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.hangUp()
}

// newTopEyes returns an eye for each server.
func newTopEyes(env *cli.Env, d *wire.Dialer, servers []string) []*topEye {
	var eyes []*topEye
	for _, s := range servers {
		eyes = append(eyes, &topEye{d: d, server: s, now: env.Now})
	}
	return eyes
}
