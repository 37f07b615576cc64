package roundtrip

import (
	"bytes"
	"context"
	"errors"
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

// listener waits for results on one server. It keeps its connection from one check to the next and is for one
// goroutine at a time.
type listener struct {
	client *connect.Client
	server string
	conn   *wire.Conn // nil: none
	failed error      // why the last attempt to listen failed
}

// listen hands to got what comes to queue until ctx ends. A server that cannot be reached is tried again. When hard ends the
// connection is closed, whatever it waits for.
func (l *listener) listen(ctx, hard context.Context, queue string, got func(arrival)) {
	retry := connect.Backoff{Min: 100 * time.Millisecond, Max: time.Second}
	for wait := retry.Min; ; wait = min(2*wait, retry.Max) {
		l.failed = l.listenOnce(ctx, hard, queue, got)
		if ctx.Err() != nil || !cmderr.Pause(ctx, wait) {
			return
		}
	}
}

func (l *listener) listenOnce(ctx, hard context.Context, queue string, got func(arrival)) error {
	if err := l.connect(ctx); err != nil {
		return err
	}
	defer closeAt(hard, l.conn)()
	_, err := l.conn.Take(ctx, &wire.Take{
		Function: queue, ClientID: l.client.ID, Answer: wire.AnswerComplete, AckImmediately: true, Follow: true,
		Job: func(j wire.Job) error {
			got(arrival{server: l.server, at: l.client.Now(), payload: bytes.Clone(j.Workload)})
			return nil
		},
	})
	return l.closeIfBroken(err)
}

func (l *listener) connect(ctx context.Context) (err error) {
	if l.conn == nil {
		l.conn, err = l.client.Dialer.Dial(ctx, l.server)
	}
	return err
}

// closeAt closes a connection when ctx ends: what is in hand is not finished then. stop ends that.
func closeAt(ctx context.Context, c *wire.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { c.Close() })
}

// closeIfBroken closes the connection when err is its end.
func (l *listener) closeIfBroken(err error) error {
	var op *wire.OpError
	if errors.As(err, &op) {
		l.close()
	}
	return err
}

// removeQueue takes what has come to queue since and makes the server forget it. With drop false the queue stays: a job
// may still come to it, and a server that drops a function with a job in it corrupts itself.
func (l *listener) removeQueue(ctx context.Context, queue string, drop bool) {
	if l.conn == nil {
		return
	}
	defer closeAt(ctx, l.conn)()
	_, err := l.conn.Take(ctx, &wire.Take{Function: queue, Answer: wire.AnswerComplete, Job: func(wire.Job) error { return nil }})
	if err == nil && drop {
		err = l.conn.DropFunction(ctx, queue)
	}
	if servers.IsRefusal(err) {
		l.client.Log.Verbose("%v", err)
		return
	}
	if l.closeIfBroken(err) != nil && ctx.Err() != nil {
		l.close()
	}
}

func (l *listener) close() {
	if l.conn != nil {
		l.conn.Close()
		l.conn = nil
	}
}
