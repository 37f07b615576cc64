package jobs

import (
	"context"
	"errors"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// ReleaseCheck tests, before jobs are taken, whether a server keeps jobs that are released as often as they may be.
type ReleaseCheck struct {
	Log            cmderr.Log
	Action         string // what the caller does with the server, for errors
	AcceptRisk     bool   // --accept-risk: warn instead of refusing
	AlwaysReleases bool   // jobs are released in any case, so that --accept-risk does not apply

	Priorities bool            // also read the waiting jobs by priority
	Version    servers.Version // of the server, for Priorities
	HoldFirst  string          // the queue for which the caller calls Source.HoldFirst; empty: none

	perl servers.Version // of the server if it is the Perl server and failed
}

// Source is what is known of a server before jobs are taken from it. The zero value knows nothing and has no connection.
type Source struct {
	totals     wire.JobTotals
	priorities serverPriorities
	conn       *wire.Conn    // of the check; nil: none
	free       chan struct{} // closed when conn is free again
}

// Conn waits until the connection of the check is free, and returns it, or nil if there is none.
func (s *Source) Conn() *wire.Conn {
	if s.conn != nil {
		<-s.free
	}
	return s.conn
}

// Close closes the connection of the check.
func (s *Source) Close() {
	if c := s.Conn(); c != nil {
		c.Close()
	}
}

// Ask calls f with the connection of the check, and again with a new one if there is none or it is broken.
func (s *Source) Ask(ctx context.Context, d *wire.Dialer, server string, f func(context.Context, *wire.Conn) error) error {
	if c := s.Conn(); c != nil {
		if err := f(ctx, c); !connect.IsOutage(err) {
			return err
		}
	}
	_, err := wire.WithConn(ctx, d, server, func(ctx context.Context, c *wire.Conn) (struct{}, error) {
		return struct{}{}, f(ctx, c)
	})
	return err
}

// Run tests it with a job in a queue of gearctl's own: a server that runs with --job-retries destroys jobs that are
// released too often. A server that fails is refused, or with AcceptRisk warned about. jobs is how many are at risk.
// Totals are those of show jobs, zero if the server has no such command.
//
// It takes one round trip, unless jobs were released before. The test job is removed in the background: c belongs to the
// returned Source until that is closed, also after an error.
func (r *ReleaseCheck) Run(ctx context.Context, c *wire.Conn, jobs int64) (*Source, error) {
	src := &Source{conn: c, free: make(chan struct{})}
	check, err := r.ask(ctx, src)
	if check == nil {
		close(src.free)
		return src, err
	}
	go func() {
		defer close(src.free)
		if err := check.End(wire.Outlast(ctx)); err != nil {
			r.Log.Verbose("%v", err)
		}
	}()
	return src, r.explain(c, src, jobs, err)
}

// ask sends all requests ahead and reads the answers. It returns the check to be ended, nil if the connection failed.
func (r *ReleaseCheck) ask(ctx context.Context, src *Source) (*wire.ReleaseCheck, error) {
	c, releases := src.conn, servers.ExtraReleases
	if r.AlwaysReleases {
		releases++
	}
	c.Pipeline(wire.CommandShowJobs)
	if r.Priorities {
		c.Pipeline(wire.CommandPriorityStatus)
	}
	check := c.BeginReleaseCheck(releases)
	if r.Priorities {
		c.Pipeline(wire.CommandStatus)
	}
	var err error
	if src.totals, err = c.JobTotals(ctx); err != nil && !servers.IsUnknownCommand(err) {
		check.Abandon(ctx)
		return nil, err
	}
	snap := &servers.Snapshot{Server: c.Server()}
	if r.Priorities {
		if err = snap.Ask(ctx, c, servers.PartPriorities); err != nil {
			check.Abandon(ctx)
			return nil, err
		}
	}
	err = check.Survives(ctx, releases)
	if !wire.Endable(err) {
		return nil, err
	}
	if r.Priorities {
		if serr := snap.Ask(ctx, c, servers.PartQueues); serr != nil {
			check.Abandon(ctx)
			return nil, serr
		}
		src.priorities = readPriorities(r.Log, check, r.Version, snap, src.totals)
	}
	holds := r.holdsFirst(src)
	if holds {
		releases += restoreReleases
	}
	if err == nil && (holds || src.totals.MaxRetries > 0) {
		if err = check.Survives(ctx, src.totals.Releases(releases)); !wire.Endable(err) {
			return nil, err
		}
	}
	if errors.Is(err, wire.ErrDestroysJobs) {
		if v, verr := servers.AskVersion(ctx, c); verr == nil && v.Perl {
			r.perl = v
		}
	}
	return check, err
}

// holdsFirst reports whether Source.HoldFirst will release all jobs.
func (r *ReleaseCheck) holdsFirst(src *Source) bool {
	return r.HoldFirst != "" && src.priorities[r.HoldFirst].needsHold()
}

// explain returns what the result of the check means for the caller: an error, or nil.
func (r *ReleaseCheck) explain(c *wire.Conn, src *Source, jobs int64, err error) error {
	risk := RiskOf(err)
	switch {
	case risk == nil:
		return err
	case r.perl.Perl:
		return r.explainPerl(c, jobs)
	case r.holdsFirst(src) && !r.AlwaysReleases:
		return cmderr.WithHint(cmderr.Errorf("%s %s: %w, and up to %s: the queue must be held to find out the priority of its jobs", r.Action, c.Server(), risk,
			output.Plural(jobs, "job would be lost", "jobs would be lost")), "nothing was changed on %s; with --priorities=lose the queue is not held, and all jobs become normal", c.Server())
	case r.AlwaysReleases:
		return cmderr.WithHint(cmderr.Errorf("%s %s: %w, and up to %s", r.Action, c.Server(), risk, output.Plural(jobs, "job would be lost", "jobs would be lost")),
			"nothing was changed on %s; start gearmand without --job-retries, or drain everything: %s",
			c.Server(), cmderr.Try("drain", "QUEUE", "--to", "FILE", "--accept-risk").On(c.Server()))
	case r.AcceptRisk:
		r.Log.Warn("%s: %v: %s at risk should this be interrupted", c.Server(), risk, output.Plural(jobs, "job is", "jobs are"))
		return nil
	}
	return cmderr.WithHint(cmderr.Errorf("%s %s: %w: %s at risk", r.Action, c.Server(), risk, output.Plural(jobs, "job would be", "jobs would be")),
		"nothing was changed on %s; override with --accept-risk, or start gearmand without --job-retries", c.Server())
}

// explainPerl is explain for the Perl server, which no setting can make keep released jobs. Without AlwaysReleases one job at a
// time is taken from it: see wire.Conn.Take.
func (r *ReleaseCheck) explainPerl(c *wire.Conn, jobs int64) error {
	switch {
	case r.AlwaysReleases:
		return cmderr.WithHint(cmderr.Errorf("%s %s: %s never requeues a job, and up to %s", r.Action, c.Server(), r.perl, output.Plural(jobs, "job would be lost", "jobs would be lost")),
			"nothing was changed on %s; drain everything instead, one job at a time: %s", c.Server(), cmderr.Try("drain", "QUEUE", "--to", "FILE", "--accept-risk").On(c.Server()))
	case r.AcceptRisk:
		r.Log.Warn("%s: %s never requeues a job: one at a time is taken, and lost should this be interrupted then", c.Server(), r.perl)
		return nil
	}
	return cmderr.WithHint(cmderr.Errorf("%s %s: %s never requeues a job: one at a time would be at risk", r.Action, c.Server(), r.perl),
		"nothing was changed on %s; override with --accept-risk", c.Server())
}

// RiskOf returns why released jobs are at risk if a release check failed with err; nil for any other error.
func RiskOf(err error) error {
	for _, risk := range []error{wire.ErrDestroysJobs, wire.ErrTooManyReleases} {
		if errors.Is(err, risk) {
			return risk
		}
	}
	return nil
}

// Dial runs the check on a new connection. After an error there is nothing to close.
func (r *ReleaseCheck) Dial(ctx context.Context, d *wire.Dialer, server string, jobs int64) (*Source, error) {
	c, err := d.Dial(ctx, server)
	if err != nil {
		return nil, err
	}
	src, err := r.Run(ctx, c, jobs)
	if err != nil {
		src.Close()
		return nil, err
	}
	return src, nil
}
