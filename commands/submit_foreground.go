package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gearctl/output"
	"gearctl/wire"
)

// submitForeground submits one job after the other and waits for each.
func submitForeground(ctx context.Context, env *Env, o *submitOptions, source *jobSource) error {
	d, servers, err := env.network()
	if err != nil {
		return err
	}
	format, err := env.format()
	if err != nil {
		return err
	}
	f := &foreground{env: env, o: o, pool: &connPool{client: env.client(d)}}
	defer f.pool.close()
	if format.Kind != "table" {
		if f.rows, err = newPrinter[submitRow](env, output.Options{}); err != nil {
			return err
		}
	}
	err = f.run(ctx, source, servers)
	if f.rows != nil {
		err = errors.Join(err, f.rows.Close())
	}
	return err
}

// foreground is a running submission of foreground jobs.
type foreground struct {
	env    *Env
	o      *submitOptions
	pool   *connPool
	rows   *output.Printer[submitRow] // nil: data goes to stdout as it comes
	result bytes.Buffer               // of the job at hand, for a row
	last   byte                       // written to stdout
	done   int
}

func (f *foreground) run(ctx context.Context, source *jobSource, servers []string) error {
	var errs []error
	for job, err := range source.jobs(ctx, func() error { return nil }) {
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, group := range f.groups(servers) {
			err := f.one(ctx, job, group)
			if isReaderGone(err) {
				return errorf("submit to queue %s: %w: %s done until then", job.Function, errReaderGone, output.Plural(int64(f.done), "job was", "jobs were"))
			}
			if err != nil {
				errs = append(errs, err)
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	return someFailed(errs, f.done > 0)
}

// groups returns the servers of which the first that accepts gets a job: all of them, or with --all each alone.
func (f *foreground) groups(servers []string) [][]string {
	if !f.o.all {
		return [][]string{servers}
	}
	var groups [][]string
	for _, s := range servers {
		groups = append(groups, []string{s})
	}
	return groups
}

// one submits a job and waits for its outcome. The error says why it was not done.
func (f *foreground) one(ctx context.Context, job *wire.Submission, servers []string) error {
	c, handle, err := f.pool.submit(ctx, job, servers)
	if err != nil {
		return err
	}
	row := submitRow{Server: c.Server(), Queue: job.Function, Handle: handle, Unique: job.Unique}
	f.env.Verbose("%s: job %s created", c.Server(), handle)
	err = f.await(ctx, c, &row)
	if row.State != stateComplete {
		f.pool.drop(c)
	} else {
		f.done++
	}
	return errors.Join(err, f.print(row))
}

// await waits for the job of row and sets its state and result.
func (f *foreground) await(ctx context.Context, c *wire.Conn, row *submitRow) error {
	if f.o.wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, f.o.wait, errWaitedEnough)
		defer cancel()
	}
	f.result.Reset()
	err := c.Await(ctx, row.Handle, func(u wire.Update) error { return f.update(u, row) })
	row.Result = f.result.String()
	switch {
	case errors.Is(err, errWaitedEnough):
		row.State = stateTimeout
		return &failure{errorf("job %s in queue %s on %s: no result within %v", row.Handle, row.Queue, c.Server(), f.o.wait), []hint{
			{"are there workers? %s", []any{try("status").queues(row.Queue).on(c.Server())}},
			{"the abandoned job still counts as waiting; remove it with: %s", []any{try("queue", "gc").queues(row.Queue).on(c.Server())}},
		}}
	case err != nil && ctx.Err() == nil && row.State == "":
		row.State = stateLost
		return err
	case err != nil:
		if errors.Is(context.Cause(ctx), errInterrupted) {
			f.env.Info("job %s in queue %s on %s: no longer waited for; cancelled unless a worker has it", row.Handle, row.Queue, c.Server())
		}
		return err
	case row.State != stateComplete:
		return errorf("job %s in queue %s on %s: %s", row.Handle, row.Queue, c.Server(), row.State)
	}
	return nil
}

func (f *foreground) update(u wire.Update, row *submitRow) error {
	switch u.Type {
	case wire.WorkStatus:
		if u.Denominator > 0 {
			f.env.Info("%s: %d/%d (%d %%)", row.Handle, u.Numerator, u.Denominator, 100*u.Numerator/u.Denominator)
		}
		return nil
	case wire.WorkWarning:
		return f.warning(u.Data)
	case wire.WorkFail:
		row.State = stateFailed
		return nil
	case wire.WorkException:
		row.State = stateException
		f.env.Warn("job %s: exception: %s", row.Handle, u.Data)
		return nil
	case wire.WorkComplete:
		row.State = stateComplete
	}
	return f.data(u.Data, u.Final())
}

// warning passes on what a worker says on the side, as it is when stderr is no terminal.
func (f *foreground) warning(text []byte) error {
	if !f.env.Terminal.Stderr {
		_, err := f.env.Stderr.Write(text)
		return err
	}
	_, err := fmt.Fprintln(f.env.Stderr, output.Escape(string(bytes.TrimRight(text, "\n"))))
	return err
}

// data keeps a result for its row, or writes it as it comes. A terminal gets a line end behind it.
func (f *foreground) data(b []byte, final bool) error {
	if f.rows != nil {
		f.result.Write(b)
		return nil
	}
	if len(b) > 0 {
		f.last = b[len(b)-1]
	}
	if final && f.env.Terminal.Stdout && f.last != '\n' && f.last != 0 {
		b = append(b, '\n')
	}
	if final {
		f.last = 0
	}
	_, err := f.env.exactStdout().Write(b)
	return err
}

func (f *foreground) print(row submitRow) error {
	if f.rows == nil || row.State == "" {
		return nil
	}
	return errors.Join(f.rows.Print(row), f.rows.Flush())
}
