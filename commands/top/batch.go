package top

import (
	"context"
	"slices"
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
	results chan answerMsg
	asked   []bool  // an answer is due
	slow    []bool  // its answers are not waited for
	missed  []int   // rounds in which a server did not answer
	why     []error // the last time
	down    []bool  // its outage was reported
	first   error   // lines that cannot be read and queues that nobody has, in the first round
}

// runBatch prints o.batch.n times, or until ctx ends.
func runBatch(ctx context.Context, env *cli.Env, m *servers.Matcher, o options) (err error) {
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	r := &recorder{
		env: env, o: o, m: m, pollers: newPollers(env, d, servers), servers: newServerStates(servers),
		results: make(chan answerMsg, len(servers)), asked: make([]bool, len(servers)), slow: make([]bool, len(servers)),
		missed: make([]int, len(servers)), why: make([]error, len(servers)), down: make([]bool, len(servers)),
	}
	done, err := r.printer()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer func() {
		stop() // ends the polls in progress
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
	if r.o.servers {
		opts.HideInTable, opts.Also = nil, nil
		return printerOf(r, opts, r.serverRecords)
	}
	done, err = printerOf(r, opts, r.records)
	if format.Kind == output.Table && r.env.Globals.Columns == "" && r.o.sort == "" {
		r.print = r.printClassic
	}
	return done, err
}

// printerOf sets print for rows of a type, and returns what ends the output.
func printerOf[T any](r *recorder, opts output.Options, rows func(now time.Time, answered []*serverState) []T) (done func() error, err error) {
	format, err := r.env.Format()
	if err != nil {
		return nil, err
	}
	if format.Kind == output.JSON && opts.Sort != "" { // one array of all rounds
		opts.Sort = "time," + opts.Sort
	}
	p, err := cli.NewPrinter[T](r.env, opts)
	if err != nil {
		return nil, err
	}
	if format.Kind == output.JSON {
		r.print = func(now time.Time, answered []*serverState) error {
			_ = p.Print(rows(now, answered)...) // Flush returns its error
			return p.Flush()
		}
		return p.Close, nil
	}
	r.print = func(now time.Time, answered []*serverState) error {
		err := cli.PrintRows(r.env, opts, rows(now, answered))
		opts.NoHeader = format.Kind != output.Table // the stream goes on
		return err
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
		server := r.servers[i]
		switch {
		case l == nil:
			r.why[i] = cmderr.Errorf("%s: no answer in time", server.name)
		case l.err != nil:
			r.why[i] = l.err
			server.failed(now, l.err)
		default:
			r.why[i] = nil
			server.answered(l, true)
			answered = append(answered, server)
		}
		if r.why[i] != nil {
			r.missed[i]++
		}
		r.reportOutage(i, r.why[i])
	}
	if r.rounds++; r.rounds == 1 {
		r.first = r.answerErrors(results, answered)
	}
	return r.print(now, answered)
}

// poll polls all servers that do not owe an answer yet, and returns the results that are there when all these have answered.
// Where others have, it waits once for a slow one, as long as the screen does, and then no more until it is fast again: its
// answer counts in the round in which it comes. A single round has all answers.
func (r *recorder) poll(ctx context.Context) []*pollResult {
	results := make([]*pollResult, len(r.pollers))
	awaited := map[int]bool{}
	for i, e := range r.pollers {
		if r.asked[i] {
			continue
		}
		r.asked[i], r.servers[i].askedAt = true, r.env.Now()
		if !r.slow[i] {
			awaited[i] = true
		}
		go func() { r.results <- answerMsg{i, e.poll(ctx, r.o.priorities)} }()
	}
	patience := latestAnswer(r.o.interval)
	over := time.NewTimer(patience)
	defer over.Stop()
	got, some, late := 0, false, false // some: a server has answered
	for (len(awaited) > 0 || got == 0) && !(late && some) {
		select {
		case a := <-r.results:
			results[a.i], r.asked[a.i] = a.result, false
			r.slow[a.i] = r.env.Now().Sub(r.servers[a.i].askedAt) > patience/2 && !awaited[a.i]
			delete(awaited, a.i)
			got++
			some = some || a.result.err == nil
		case <-over.C:
			late = r.o.batch.n != 1
		case <-ctx.Done():
			return results
		}
	}
	for i := range awaited {
		r.slow[i] = true
	}
	return results
}

// reportOutage warns when an outage begins and reports its end. A single round reports it as its error instead.
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
		if l != nil {
			bad = append(bad, l.snap.Bad()...)
		}
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
			errs = append(errs, r.why[i])
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
