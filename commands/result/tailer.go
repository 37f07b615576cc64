package result

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// tailer consumes the results of a queue on several servers and prints them.
type tailer struct {
	env        *cli.Env
	o          *tailOptions
	keys       []modgearman.Key
	supervisor *connect.Supervisor
	mu         sync.Mutex                  // guards rows: servers are read concurrently
	rows       *output.Printer[tailRow]    // nil with --dry-run
	preview    *output.Printer[previewRow] // nil without --dry-run
	taken      atomic.Int64
}

// newTailer validates the flags before anything is consumed.
func newTailer(env *cli.Env, o *tailOptions) (*tailer, error) {
	d, err := env.Dialer()
	if err != nil {
		return nil, err
	}
	t := &tailer{env: env, o: o, supervisor: connect.NewSupervisor(env, d)}
	if t.keys, err = o.keys.Decoding(env); err != nil {
		return nil, err
	}
	if o.dryRun {
		t.preview, err = cli.NewPrinter[previewRow](env, output.Options{HideInTable: env.ServerColumn(), Empty: "no jobs"})
		return t, err
	}
	t.rows, err = tailPrinter(env)
	return t, err
}

// findServers returns the servers that answer; the error names the others. It asks for confirmation if the queue has readers,
// or prints what would be consumed and returns no servers.
func (t *tailer) findServers(ctx context.Context) ([]string, error) {
	var addrs, names []string
	var found []servers.Queue
	err := cli.Collect(ctx, t.env, servers.AskQueues, func(server string, s *servers.Snapshot) {
		addrs, names = append(addrs, server), append(names, s.Names()...)
		if q := s.Queue(t.o.queue); q != nil {
			found = append(found, servers.Queue{Server: server, FunctionStatus: *q})
		}
	})
	if len(addrs) == 0 {
		return nil, err
	}
	if !slices.Contains(names, t.o.queue) {
		if t.o.once || t.preview != nil {
			return nil, cmderr.MergeErrors(servers.UnknownQueue(t.o.queue, names), err)
		}
		t.env.Info("there is no queue %s yet: waiting for its first result", t.o.queue)
	}
	if t.preview != nil {
		return nil, cmderr.MergeErrors(t.printPreview(found), err)
	}
	if ask := t.confirm(ctx, found, err); ask != nil {
		return nil, ask
	}
	return addrs, err
}

// printPreview prints what would be consumed of the jobs that wait now.
func (t *tailer) printPreview(found []servers.Queue) error {
	rows := make([]previewRow, len(found))
	for i, q := range found {
		rows[i] = previewRow{q.Server, q.Function, q.Waiting(), q.Workers, q.Waiting()}
		if t.o.max > 0 {
			rows[i].WouldTake = min(q.Waiting(), t.o.max)
		}
	}
	return t.preview.PrintAll(rows)
}

// confirm asks before results are taken from readers. leftOut is why servers are left out.
func (t *tailer) confirm(ctx context.Context, found []servers.Queue, leftOut error) error {
	readers := slices.DeleteFunc(found, func(q servers.Queue) bool { return q.Workers == 0 })
	if len(readers) == 0 || t.o.yes {
		return nil
	}
	for _, r := range readers {
		t.env.Info("%s on %s has %s: results consumed here are lost to them", r.Function, r.Server, output.Plural(r.Workers, "worker", "workers"))
	}
	t.env.NoteLeftOut(leftOut)
	return t.env.Confirm(ctx, "take the results of "+t.o.queue+" away from its readers?")
}

// take consumes from all servers concurrently until each is done; a write error stops all.
func (t *tailer) take(ctx context.Context, servers []string) error {
	all, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	errs := make([]error, len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		wg.Go(func() {
			if errs[i] = t.takeFrom(all, server); t.writeFailed(errs[i]) {
				stop(cmderr.ErrReaderGone)
			}
		})
	}
	wg.Wait()
	return t.finish(ctx, errs)
}

// writeFailed reports whether err is not from a server.
func (t *tailer) writeFailed(err error) bool {
	var op *wire.OpError
	return err != nil && !errors.As(err, &op)
}

func (t *tailer) takeFrom(ctx context.Context, server string) error {
	left := t.o.max
	once := func(ctx context.Context, c *wire.Conn) error {
		n, err := c.Take(ctx, &wire.Take{
			Function: t.o.queue, ClientID: t.env.ClientID(), Answer: wire.AnswerComplete,
			AckImmediately: true, Follow: !t.o.once, Max: max(left, 0),
			Job: func(j wire.Job) error { return t.print(server, j) }, Sync: t.flush,
		})
		t.taken.Add(n.Acknowledged)
		if left -= n.Acknowledged; t.o.max > 0 && left <= 0 {
			return nil
		}
		return err
	}
	if !t.o.once {
		return t.supervisor.Run(ctx, server, once)
	}
	_, err := wire.WithConn(ctx, t.supervisor.Dialer, server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, once(ctx, c)
	})
	return err
}

func (t *tailer) print(server string, j wire.Job) error {
	row := newTailRow(t.env.Now(), server, j, t.keys)
	if row.locked && !t.o.undecoded {
		return cmderr.WithHint(cmderr.Errorf("tail %s: %s %s; it was requeued", t.o.queue, row.Handle, *row.Error),
			"give the workers' key with --key-file FILE or --config FILE; --undecoded consumes such results anyway")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows.Print(row)
}

func (t *tailer) flush() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows.Flush()
}

// finish reports how many results were consumed, and returns what went wrong.
func (t *tailer) finish(ctx context.Context, failed []error) error {
	n := t.taken.Load()
	var errs []error
	for _, err := range failed {
		errs = append(errs, cmderr.Flatten(err)...)
	}
	switch joined := errors.Join(errs...); {
	case cmderr.IsReaderGone(joined):
		return cmderr.Errorf("tail %s: %w: %s printed, the rest was requeued", t.o.queue, cmderr.ErrReaderGone,
			output.Plural(n, "result was", "results were"))
	case joined == nil && ctx.Err() != nil:
		errs = []error{context.Cause(ctx)}
	}
	t.env.Info("%s taken out of %s", output.Plural(n, "job was", "jobs were"), t.o.queue)
	return cmderr.MergeErrors(t.rows.Close(), cmderr.SomeFailed(errs, len(errs) < len(failed)))
}
