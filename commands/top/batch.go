package top

import (
	"context"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// topRecorder prints again and again without a screen.
type topRecorder struct {
	env     *cli.Env
	o       topOptions
	m       *servers.Matcher
	eyes    []*topEye
	servers []*topServer
	print   func(now time.Time, servers []*topServer) error
	rounds  int
	silent  []int  // rounds in which a server did not answer
	down    []bool // its outage was told
	first   error  // lines that cannot be read and queues that nobody has, in the first round
}

// runTopBatch prints o.batch.n times, or until ctx ends.
func runTopBatch(ctx context.Context, env *cli.Env, m *servers.Matcher, o topOptions) (err error) {
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	r := &topRecorder{env: env, o: o, m: m, eyes: newTopEyes(env, d, servers), silent: make([]int, len(servers)), down: make([]bool, len(servers))}
	for _, s := range servers {
		r.servers = append(r.servers, newTopServer(s))
	}
	done, err := r.printer()
	if err != nil {
		return err
	}
	defer func() {
		for _, e := range r.eyes {
			e.close()
		}
	}()
	err = r.run(ctx)
	if perr := done(); perr != nil {
		return perr
	}
	return err
}

// printer sets print by the format, and returns what ends the output.
func (r *topRecorder) printer() (done func() error, err error) {
	format, err := r.env.Format()
	if err != nil {
		return nil, err
	}
	opts := output.Options{Sort: r.o.sort, HideInTable: r.env.ServerColumn(), Also: []string{"high", "normal", "low"}}
	p, err := cli.NewPrinter[topRecord](r.env, opts)
	if err != nil {
		return nil, err
	}
	switch {
	case format.Kind == output.Table && r.env.Globals.Columns == "" && r.o.sort == "":
		r.print = r.printTop
	case format.Kind == output.JSON: // one array of all rounds
		if opts.Sort != "" {
			opts.Sort = "time," + opts.Sort
			if p, err = cli.NewPrinter[topRecord](r.env, opts); err != nil {
				return nil, err
			}
		}
		r.print = func(now time.Time, servers []*topServer) error {
			_ = p.Print(r.records(now, servers)...) // Flush returns its error
			return p.Flush()
		}
		return p.Close, nil
	default:
		r.print = func(now time.Time, servers []*topServer) error {
			err := cli.PrintRows(r.env, opts, r.records(now, servers))
			opts.NoHeader = format.Kind != output.Table // the stream goes on
			return err
		}
	}
	return func() error { return nil }, nil
}

// run prints round after round.
func (r *topRecorder) run(ctx context.Context) error {
	tick := time.NewTicker(r.o.interval)
	defer tick.Stop()
	for {
		if err := r.round(ctx); err != nil {
			return err
		}
		if r.rounds == r.o.batch.n {
			return r.outcome()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		if ctx.Err() != nil && r.o.batch.n > 0 {
			return context.Cause(ctx)
		}
		if ctx.Err() != nil {
			return r.outcome()
		}
	}
}

// round looks at all servers and prints what those that answered said.
func (r *topRecorder) round(ctx context.Context) error {
	now := r.env.Now()
	looks := r.look(ctx)
	if ctx.Err() != nil {
		return nil
	}
	var answered []*topServer
	for i, l := range looks {
		if l.err != nil {
			r.servers[i].failed(now, l.err)
			r.silent[i]++
		} else {
			r.servers[i].answered(l, true)
			answered = append(answered, r.servers[i])
		}
		r.tell(i, l.err)
	}
	if r.rounds++; r.rounds == 1 {
		r.first = r.flaws(looks, answered)
	}
	return r.print(now, answered)
}

// look looks at all servers at once and waits for all.
func (r *topRecorder) look(ctx context.Context) []*topLook {
	looks := make([]*topLook, len(r.eyes))
	var wg sync.WaitGroup
	for i, e := range r.eyes {
		wg.Go(func() { looks[i] = e.look(ctx, r.o.priorities) })
	}
	wg.Wait()
	return looks
}

// tell warns of an outage when it begins, and notes its end. A single round says it at its end.
func (r *topRecorder) tell(i int, err error) {
	switch {
	case r.o.batch.n == 1 || r.down[i] == (err != nil):
		return
	case err != nil:
		r.env.Warn("%v; retrying", err)
	default:
		r.env.Info("%s is back", r.servers[i].name)
	}
	r.down[i] = err != nil
}

// flaws returns what is wrong with answers: lines, and queues that nobody has when all servers answered.
func (r *topRecorder) flaws(looks []*topLook, answered []*topServer) error {
	var bad []*wire.LineError
	for _, l := range looks {
		bad = append(bad, l.snap.Bad()...)
	}
	var known []string
	for _, s := range answered {
		for _, q := range s.queues {
			known = append(known, q.Function)
		}
	}
	if len(answered) < len(looks) {
		return cmderr.BadLines(bad)
	}
	return cmderr.MergeErrors(cmderr.BadLines(bad), cmderr.SomeFailed(r.m.Missing(known), slices.ContainsFunc(known, r.m.Match)))
}

// outcome is the error of a recording that came to its end.
func (r *topRecorder) outcome() error {
	if r.rounds == 0 {
		return nil
	}
	var errs []error
	answered := false
	for i, s := range r.servers {
		n := r.silent[i]
		answered = answered || n < r.rounds
		switch {
		case n == r.rounds:
			errs = append(errs, s.err)
		case n > 0:
			errs = append(errs, cmderr.Errorf("%s: no answer %d of %d times", s.name, n, r.rounds))
		}
	}
	return cmderr.MergeErrors(cmderr.SomeFailed(errs, answered), r.first)
}

// wanted reports whether a queue is to be printed.
func (r *topRecorder) wanted(q *topQueue) bool {
	return r.m.Match(q.Function) && (!r.o.hideEmpty || q.Total > 0 || q.Workers > 0)
}
