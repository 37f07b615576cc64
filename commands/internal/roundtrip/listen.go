package roundtrip

import (
	"bytes"
	"context"
	"errors"
	"syscall"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// arrival is a job that came to a private result queue.
type arrival struct {
	server  string
	at      time.Time
	payload []byte
}

// listener waits for results on one server. It keeps its connection between checks, and is for one goroutine at a time.
type listener struct {
	client *connect.Client
	server string
	conn   *wire.Conn // nil: none
	broken bool       // the last connection failed, and may have left something on the server
}

// listen passes jobs of queue to got until ctx ends, and retries a server that cannot be reached. When connCtx ends the
// connection is closed, even with a request in flight.
func (l *listener) listen(ctx, connCtx context.Context, queue string, got func(arrival)) {
	retry := connect.Backoff{Min: 100 * time.Millisecond, Max: time.Second}
	for wait := retry.Min; ; wait = min(2*wait, retry.Max) {
		l.listenOnce(ctx, connCtx, queue, got)
		if ctx.Err() != nil || !cmderr.Pause(ctx, wait) {
			return
		}
	}
}

func (l *listener) listenOnce(ctx, connCtx context.Context, queue string, got func(arrival)) {
	if l.connect(ctx) != nil {
		return
	}
	defer closeAt(connCtx, l.conn)()
	_, err := l.conn.Take(ctx, &wire.Take{
		Function: queue, ClientID: l.client.ID, Answer: wire.AnswerComplete, AckImmediately: true, Follow: true,
		Job: func(j wire.Job) error {
			got(arrival{server: l.server, at: l.client.Now(), payload: bytes.Clone(j.Workload)})
			return nil
		},
	})
	l.closeIfBroken(err)
}

func (l *listener) connect(ctx context.Context) (err error) {
	if l.conn == nil {
		if l.conn, err = l.client.Dialer.Dial(ctx, l.server); err == nil {
			l.broken = false
		}
	}
	return err
}

// closeAt closes a connection when ctx ends, whatever is in flight, unless stop is called before.
func closeAt(ctx context.Context, c *wire.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { c.Close() })
}

// closeIfBroken closes the connection if err is a network error, and returns err.
func (l *listener) closeIfBroken(err error) error {
	var op *wire.OpError
	if errors.As(err, &op) {
		l.close()
		l.broken = true
	}
	return err
}

// removeQueue empties queue and, if drop, removes it from the server. Without drop the queue stays: a result may still
// arrive, and dropping a function that has a job corrupts gearmand. It reports whether the queue is as it should be. A
// connection that broke is replaced once, because of what it may have left.
func (l *listener) removeQueue(ctx context.Context, queue string, drop bool) bool {
	if l.conn == nil && !l.broken {
		return true
	}
	for range 2 {
		if err := l.connect(ctx); err != nil {
			return errors.Is(err, syscall.ECONNREFUSED) // the server is gone, and the queue with it
		}
		if err := l.removeOnce(ctx, queue, drop); err == nil {
			return true
		}
	}
	return false
}

// removeOnce is removeQueue on one connection. The error is that of the connection.
func (l *listener) removeOnce(ctx context.Context, queue string, drop bool) error {
	defer closeAt(ctx, l.conn)()
	_, err := l.conn.Take(ctx, &wire.Take{Function: queue, Answer: wire.AnswerComplete, Job: func(wire.Job) error { return nil }})
	if err == nil && drop {
		err = l.conn.DropFunction(ctx, queue)
	}
	if servers.IsRefusal(err) {
		l.client.Log.Verbose("%v", err)
		return nil
	}
	if l.closeIfBroken(err) != nil && ctx.Err() != nil {
		l.close()
	}
	return err
}

func (l *listener) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}
