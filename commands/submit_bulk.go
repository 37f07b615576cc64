package commands

import (
	"context"
	"errors"

	"gearctl/output"
	"gearctl/wire"
)

// submitBackground submits the jobs of source with many in flight, and prints a row for each. A table has a row for each
// server instead when there are many: it is kept until it is complete.
func submitBackground(ctx context.Context, env *Env, jobs bulkJobs, source jobYielder) error {
	b := &bulk{jobs: jobs, log: env, now: env.Now, start: env.Now()}
	format, err := env.format()
	if err != nil {
		return err
	}
	if format.Kind == output.Table && jobs.many {
		b.totals, err = newPrinter[bulkRow](env, output.Options{HideInTable: env.serverColumn()})
	} else {
		b.rows, err = newPrinter[submitRow](env, output.Options{HideInTable: append(env.serverColumn(), "result")})
	}
	if err != nil {
		return err
	}
	conns, err := dialTargets(ctx, env, jobs.all)
	if len(conns) == 0 {
		return err
	}
	b.errs = flatten(err)
	return b.run(ctx, conns, source)
}

// dialTargets connects to the first server that accepts, or to all. The error joins those of servers that did not.
func dialTargets(ctx context.Context, env *Env, all bool) ([]*wire.Conn, error) {
	d, servers, err := env.network()
	if err != nil {
		return nil, err
	}
	if !all {
		c, skipped, err := d.DialFirst(ctx, servers)
		if err != nil {
			return nil, err
		}
		env.noteSkipped(skipped, c.Server())
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
