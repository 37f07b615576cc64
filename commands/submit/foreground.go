package submit

import (
	"bytes"
	"context"
	"errors"
	"io"

	"gearctl/commands/internal/bulk"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/output"
	"gearctl/wire"
)

// submitForeground submits jobs one at a time and waits for each.
func submitForeground(ctx context.Context, env *cli.Env, o *options, source *jobSource) error {
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	format, err := env.Format()
	if err != nil {
		return err
	}
	f := &foreground{env: env, o: o, pool: &connect.Pool{Client: env.Client(d)}}
	defer f.pool.Close()
	f.results.several = o.several() || o.all && len(servers) > 1
	if o.separator.Given {
		text := separatorText(o.separator.Text)
		f.results.separator = &text
	}
	if format.Kind != "table" {
		if o.separator.Given {
			return cmderr.Usagef("--separator is for results as they are: not with -o %s", format.Kind)
		}
		if f.rows, err = cli.NewPrinter[bulk.JobRow](env, output.Options{}); err != nil {
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
	env     *cli.Env
	o       *options
	pool    *connect.Pool
	rows    *output.Printer[bulk.JobRow] // nil: data goes to stdout as it arrives
	result  bytes.Buffer                 // of the current job, for its row
	last    byte                         // last byte of data on stdout; 0: none since a line ended
	results resultWriter
	warned  byte // last byte of a warning on stderr; 0: none since a line ended
	done    int
}

func (f *foreground) run(ctx context.Context, source *jobSource, servers []string) error {
	var errs []error
	for job, err := range source.Jobs(ctx, func() error { return nil }) {
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, group := range f.groups(servers) {
			err := f.one(ctx, job, group)
			if cmderr.IsReaderGone(err) {
				return cmderr.Errorf("submit to queue %s: %w: %s done until then", job.Function, cmderr.ErrReaderGone, output.Plural(int64(f.done), "job was", "jobs were"))
			}
			if err != nil {
				errs = append(errs, err)
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	return cmderr.SomeFailed(errs, f.done > 0)
}

// groups returns groups of servers; in each, the first server that accepts gets the job. With --all every server is a
// group.
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

// one submits a job and waits for its outcome; the error describes why the job was not completed.
func (f *foreground) one(ctx context.Context, job *wire.Submission, servers []string) error {
	c, handle, err := f.pool.Submit(ctx, job, servers, nil)
	if err != nil {
		return err
	}
	row := bulk.JobRow{Server: c.Server(), Queue: job.Function, Handle: handle, Unique: job.Unique}
	f.env.Verbose("%s: job %s created", c.Server(), handle)
	f.results.next()
	err = f.await(ctx, c, &row)
	err = errors.Join(err, f.write(f.results.after(row.State == bulk.StateComplete)), f.endLines())
	if row.State != bulk.StateComplete {
		f.pool.Drop(c)
	} else {
		f.done++
	}
	return errors.Join(err, f.print(row))
}

// await waits for the row's job and sets its state and result.
func (f *foreground) await(ctx context.Context, c *wire.Conn, row *bulk.JobRow) error {
	if f.o.wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, f.o.wait, cmderr.ErrWaitedEnough)
		defer cancel()
	}
	f.result.Reset()
	err := c.Await(ctx, row.Handle, func(u wire.Update) error { return f.update(u, row) })
	row.Result = f.result.String()
	switch {
	case errors.Is(err, cmderr.ErrWaitedEnough):
		row.State = bulk.StateTimeout
		return &cmderr.Failure{Err: cmderr.Errorf("job %s in queue %s on %s: no result within %v", row.Handle, row.Queue, c.Server(), f.o.wait), Hints: []cmderr.Hint{
			{Format: "are there workers? %s", Args: []any{cmderr.Try("status").Queues(row.Queue).On(c.Server())}},
			{Format: "the job is still counted as waiting; remove it with: %s", Args: []any{cmderr.Try("queue", "gc").Queues(row.Queue).On(c.Server())}},
		}}
	case err != nil && ctx.Err() == nil && row.State == "":
		row.State = bulk.StateLost
		return err
	case err != nil:
		if errors.Is(context.Cause(ctx), cmderr.ErrInterrupted) {
			f.env.Info("job %s in queue %s on %s: stopped waiting; the job is cancelled unless a worker already has it", row.Handle, row.Queue, c.Server())
		}
		return err
	case row.State != bulk.StateComplete:
		return cmderr.Errorf("job %s in queue %s on %s: %s", row.Handle, row.Queue, c.Server(), row.State)
	}
	return nil
}

func (f *foreground) update(u wire.Update, row *bulk.JobRow) error {
	switch u.Type {
	case wire.WorkStatus:
		if u.Denominator > 0 {
			if err := f.endLines(); err != nil {
				return err
			}
			f.env.Info("%s: %d/%d (%d %%)", row.Handle, u.Numerator, u.Denominator, 100*u.Numerator/u.Denominator)
		}
		return nil
	case wire.WorkWarning:
		return f.warning(u.Data)
	case wire.WorkFail:
		row.State = bulk.StateFailed
		return nil
	case wire.WorkException:
		row.State = bulk.StateException
		if err := f.endLines(); err != nil {
			return err
		}
		f.env.Warn("job %s: exception: %s", row.Handle, u.Data)
		return nil
	case wire.WorkComplete:
		row.State = bulk.StateComplete
	}
	return f.data(u.Data)
}

// warning prints a worker's warning, unchanged unless stderr is a terminal: there it is on lines of its own.
func (f *foreground) warning(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	w := f.env.Stderr
	if f.env.Terminal.Stderr {
		if err := f.endLines(); err != nil {
			return err
		}
		w = output.TerminalWriter(w, f.env.ASCII())
	}
	f.warned = text[len(text)-1]
	if _, err := w.Write(text); err != nil || !f.env.Terminal.Stderr {
		return err
	}
	return f.endLines()
}

// data stores a part of a result for its row, or writes it as it arrives.
func (f *foreground) data(b []byte) error {
	if f.rows != nil {
		f.result.Write(b)
		return nil
	}
	if len(b) == 0 {
		return nil
	}
	if err := f.write(f.results.before()); err != nil {
		return err
	}
	f.last = b[len(b)-1]
	f.results.last = f.last
	_, err := f.env.ExactStdout().Write(b)
	return err
}

// write writes what separates results, if they go to stdout.
func (f *foreground) write(separator string) error {
	if separator == "" || f.rows != nil {
		return nil
	}
	f.last = separator[len(separator)-1]
	_, err := io.WriteString(f.env.Stdout, separator)
	return err
}

// endLines ends the lines that data, on a terminal, and warnings have begun, so that what follows is not taken for a part of
// them.
func (f *foreground) endLines() error {
	var errs []error
	if f.warned != 0 && f.warned != '\n' {
		_, err := f.env.Stderr.Write([]byte("\n"))
		errs = append(errs, err)
	}
	if f.env.Terminal.Stdout && f.last != 0 && f.last != '\n' {
		_, err := f.env.Stdout.Write([]byte("\n"))
		errs = append(errs, err)
		f.results.last = '\n'
	}
	f.warned, f.last = 0, 0
	return errors.Join(errs...)
}

func (f *foreground) print(row bulk.JobRow) error {
	if f.rows == nil || row.State == "" {
		return nil
	}
	return errors.Join(f.rows.Print(row), f.rows.Flush())
}
