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
	dials  *dialLimit // of all pollers

	mu            sync.Mutex // held during a poll
	closed        bool
	conn          *wire.Conn
	version       servers.Version
	hasPriorities bool // the server counts by priority, and right
	failed        bool // the last poll did
	rows          []wire.FunctionStatus
}

// maxRedials is how many of the servers that are dialed at a time may be such that did not answer last: servers that swallow
// packets must not make the others wait for a place.
const maxRedials = wire.MaxDials / 2

// dialLimit limits how many dials of several pollers are in progress.
type dialLimit struct{ dials, redials chan struct{} }

func newDialLimit() *dialLimit {
	return &dialLimit{make(chan struct{}, wire.MaxDials), make(chan struct{}, maxRedials)}
}

// acquire waits for a place, until ctx ends.
func (l *dialLimit) acquire(ctx context.Context, redial bool) (release func(), err error) {
	places := []chan struct{}{l.dials}
	if redial {
		places = []chan struct{}{l.redials, l.dials} // in this order: who waits for a dial holds none
	}
	release = func() {}
	for _, place := range places {
		select {
		case place <- struct{}{}:
		case <-ctx.Done():
			release()
			return nil, context.Cause(ctx)
		}
		before := release
		release = func() { <-place; before() }
	}
	return release, nil
}

// poll asks the server for its queues, with their priorities where it can. After an error the next poll dials again. The
// queues of the result are valid until the next poll.
func (e *poller) poll(ctx context.Context, priorities bool) *pollResult {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &pollResult{}
	if l.err = e.open(ctx, l); l.err == nil {
		l.err = e.ask(ctx, l, priorities)
	}
	if e.failed = l.err != nil; e.failed {
		e.hangUp()
	}
	l.snap.Version = e.version
	return l
}

func (e *poller) ask(ctx context.Context, l *pollResult, priorities bool) (err error) {
	l.snap.Queues, err = e.conn.StatusInto(ctx, e.rows)
	e.rows = l.snap.Queues.Rows
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
	c, err := e.dial(ctx)
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

// dial connects when there is a place for it.
func (e *poller) dial(ctx context.Context) (*wire.Conn, error) {
	release, err := e.dials.acquire(ctx, e.failed)
	if err != nil {
		return nil, err
	}
	defer release()
	return e.d.Dial(ctx, e.server)
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
	dials := newDialLimit()
	for _, s := range servers {
		pollers = append(pollers, &poller{d: d, server: s, now: env.Now, dials: dials})
	}
	return pollers
}
