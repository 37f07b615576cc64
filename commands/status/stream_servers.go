package status

import (
	"context"
	"errors"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// A feed hands over rows in chunks of so many rows, or of so many bytes if that is less.
const (
	chunkRows  = 512
	chunkBytes = 64 << 10
)

// feed is what one server gives, on its way to the printer. It holds few chunks: when the printer is slow, or has
// another server's rows to print first, the server has to wait.
type feed[T any] struct {
	server string
	chunks chan []T
	free   chan []T // printed, to be filled again
	err    error    // valid when chunks is closed
}

// feeder is the sending end of a feed.
type feeder[T any] struct {
	*feed[T]
	c     *wire.Conn
	now   func() time.Time
	stop  <-chan struct{}
	chunk []T
	bytes int
}

// emit hands over a row whose strings have so many bytes. The time that it waits is not the server's.
func (f *feeder[T]) emit(v T, bytes int) error {
	f.chunk = append(f.chunk, v)
	if f.bytes += bytes; len(f.chunk) < chunkRows && f.bytes < chunkBytes {
		return nil
	}
	return f.flush()
}

func (f *feeder[T]) flush() error {
	if len(f.chunk) == 0 {
		return nil
	}
	start := f.now()
	select {
	case f.chunks <- f.chunk:
	case <-f.stop:
		return context.Canceled
	}
	if waited := f.now().Sub(start); waited > time.Millisecond {
		f.c.ExtendDeadline(waited)
	}
	f.bytes = 0
	select {
	case f.chunk = <-f.free:
	default:
		f.chunk = make([]T, 0, len(f.chunk))
	}
	return nil
}

// refusedAnswer is the error of a server that refused: the rows that it gave are its refusal, and no part of an answer.
type refusedAnswer struct{ error }

// stream is cli.Collect for lists of any length: ask emits what a server gives row by row, and write gets rows, which are
// valid until it returns, while the server is still being read, in the order of the servers. What came before a server
// failed was printed; some reports whether anything was, or a server had nothing to give. An error of write ends the stream
// and is returned.
func stream[T any](ctx context.Context, env *cli.Env, ask func(ctx context.Context, c *wire.Conn, emit func(v T, bytes int) error) error, write func(server string, rows []T) error) (some bool, err error) {
	d, servers, err := env.Network()
	if err != nil {
		return false, err
	}
	sctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	feeds := make([]*feed[T], len(servers))
	byServer := map[string]*feed[T]{}
	for i, server := range servers {
		feeds[i] = &feed[T]{server: server, chunks: make(chan []T, 1), free: make(chan []T, 1)}
		byServer[server] = feeds[i]
	}
	wg.Go(func() {
		wire.FanOutEach(sctx, d, servers, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
			r := &feeder[T]{feed: byServer[c.Server()], c: c, now: env.Now, stop: sctx.Done()}
			err := ask(ctx, c, r.emit)
			if flushed := r.flush(); err == nil {
				err = flushed
			}
			return struct{}{}, err
		}, func(i int, r wire.Result[struct{}]) {
			feeds[i].err = r.Err
			close(feeds[i].chunks)
		})
	})
	var errs []error
	for _, f := range feeds {
		rows, err := f.print(write)
		if err != nil {
			return true, err
		}
		if f.err != nil {
			errs = append(errs, f.err)
		}
		var answer refusedAnswer
		some = some || rows && !errors.As(f.err, &answer) || f.err == nil
	}
	if ctx.Err() != nil {
		return some, context.Cause(ctx)
	}
	return some, cmderr.SomeFailed(errs, some)
}

// print prints all rows of a feed and reports whether there were any.
func (f *feed[T]) print(write func(server string, rows []T) error) (rows bool, err error) {
	for chunk := range f.chunks {
		if err := write(f.server, chunk); err != nil {
			return true, err
		}
		select {
		case f.free <- chunk[:0]:
		default:
		}
		rows = true
	}
	return rows, nil
}
