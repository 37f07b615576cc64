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

// recorder prints rounds without a screen.
type recorder struct {
	env     *cli.Env
	o       options
	m       *servers.Matcher
	pollers []*poller
	servers []*serverState
	print   func(now time.Time, servers []*serverState) error
	rounds  int
	missed  []int  // rounds in which a server did not answer
	down    []bool // its outage was reported
	first   error  // lines that cannot be read and queues that nobody has, in the first round
}

// runBatch prints o.batch.n times, or until ctx ends.
func runBatch(ctx context.Context, env *cli.Env, m *servers.Matcher, o options) (err error) {
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	r := &recorder{
		env: env, o: o, m: m, pollers: newPollers(env, d, servers), servers: newServerStates(servers),
		missed: make([]int, len(servers)), down: make([]bool, len(servers)),
	}
	done, err := r.printer()
	if err != nil {
		return err
	}
	defer func() {
		for _, e := range r.pollers {
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
func (r *recorder) printer() (done func() error, err error) {
	format, err := r.env.Format()
	if err != nil {
		return nil, err
	}
	opts := output.Options{Sort: r.o.sort, HideInTable: r.env.ServerColumn(), Also: []string{"high", "normal", "low"}}
	p, err := cli.NewPrinter[record](r.env, opts)
	if err != nil {
		return nil, err
	}
	switch {
	case format.Kind == output.Table && r.env.Globals.Columns == "" && r.o.sort == "":
		r.print = r.printClassic
	case format.Kind == output.JSON: // one array of all rounds
		if opts.Sort != "" {
			opts.Sort = "time," + opts.Sort
			if p, err = cli.NewPrinter[record](r.env, opts); err != nil {
				return nil, err
			}
		}
		r.print = func(now time.Time, servers []*serverState) error {
			_ = p.Print(r.records(now, servers)...) // Flush returns its error
			return p.Flush()
		}
		return p.Close, nil
	default:
		r.print = func(now time.Time, servers []*serverState) error {
			err := cli.PrintRows(r.env, opts, r.records(now, servers))
			opts.NoHeader = format.Kind != output.Table // the stream goes on
			return err
		}
	}
	return func() error { return nil }, nil
}

// run prints round after round.
func (r *recorder) run(ctx context.Context) error {
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

// round polls all servers and prints what they answered.
func (r *recorder) round(ctx context.Context) error {
	now := r.env.Now()
	results := r.poll(ctx)
	if ctx.Err() != nil {
		return nil
	}
	var answered []*serverState
	for i, l := range results {
		if l.err != nil {
			r.servers[i].failed(now, l.err)
			r.missed[i]++
		} else {
			r.servers[i].answered(l, true)
			answered = append(answered, r.servers[i])
		}
		r.reportOutage(i, l.err)
	}
	if r.rounds++; r.rounds == 1 {
		r.first = r.answerErrors(results, answered)
	}
	return r.print(now, answered)
}

// poll polls all servers concurrently and waits for all.
func (r *recorder) poll(ctx context.Context) []*pollResult {
	results := make([]*pollResult, len(r.pollers))
	var wg sync.WaitGroup
	for i, e := range r.pollers {
		wg.Go(func() { results[i] = e.poll(ctx, r.o.priorities) })
	}
	wg.Wait()
	return results
}

// tell warns when an outage begins and reports its end. A single round reports it as its error instead.
func (r *recorder) reportOutage(i int, err error) {
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

// answerErrors returns what is wrong with answers: lines, and queues that nobody has when all servers answered.
func (r *recorder) answerErrors(results []*pollResult, answered []*serverState) error {
	var bad []*wire.LineError
	for _, l := range results {
		bad = append(bad, l.snap.Bad()...)
	}
	var known []string
	for _, s := range answered {
		for _, q := range s.queues {
			known = append(known, q.Function)
		}
	}
	if len(answered) < len(results) {
		return cmderr.BadLines(bad)
	}
	return cmderr.MergeErrors(cmderr.BadLines(bad), cmderr.SomeFailed(r.m.Missing(known), slices.ContainsFunc(known, r.m.Match)))
}

// outcome is the error of a recording that came to its end.
func (r *recorder) outcome() error {
	if r.rounds == 0 {
		return nil
	}
	var errs []error
	answered := false
	for i, s := range r.servers {
		n := r.missed[i]
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
func (r *recorder) wanted(q *queueState) bool {
	return r.m.Match(q.Function) && (!r.o.hideEmpty || q.Total > 0 || q.Workers > 0)
}
