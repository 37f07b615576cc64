package cli

import (
	"context"
	"errors"

	"gearctl/commands/internal/bulk"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// SubmitBackground submits the jobs of source with many in flight, and prints a row for each. A table has a row for each
// server instead when there are many: it is kept until it is complete.
func SubmitBackground(ctx context.Context, env *Env, jobs bulk.Request, source bulk.Source) error {
	b := &bulk.Batch{Request: jobs, Log: env, Now: env.Now, Start: env.Now()}
	format, err := env.Format()
	if err != nil {
		return err
	}
	if format.Kind == output.Table && jobs.Many {
		b.Totals, err = NewPrinter[bulk.TotalRow](env, output.Options{HideInTable: env.ServerColumn()})
	} else {
		opts := output.Options{HideInTable: append(env.ServerColumn(), "result")}
		if !jobs.At.IsZero() {
			opts.Also = []string{"at"}
		}
		b.Rows, err = NewPrinter[bulk.JobRow](env, opts)
	}
	if err != nil {
		return err
	}
	conns, err := dialTargets(ctx, env, jobs.All)
	if len(conns) == 0 {
		return err
	}
	b.Errs = cmderr.Flatten(err)
	return b.Run(ctx, conns, source)
}

// dialTargets connects to the first server that accepts, or to all. The error joins those of servers that did not.
func dialTargets(ctx context.Context, env *Env, all bool) ([]*wire.Conn, error) {
	d, servers, err := env.Network()
	if err != nil {
		return nil, err
	}
	if !all {
		c, skipped, err := d.DialFirst(ctx, servers)
		if err != nil {
			return nil, err
		}
		env.NoteSkipped(skipped, c.Server())
		return []*wire.Conn{c}, nil
	}
	var conns []*wire.Conn
	var errs []error
	for _, server := range servers {
		c, err := d.Dial(ctx, server)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		conns = append(conns, c)
	}
	return conns, errors.Join(errs...)
}
