package doctor

import (
	"context"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// hashChains is the number of hash chains of gearmand without --hashtable-buckets.
const hashChains = 991

const (
	longChain = 200       // jobs per chain from which on lookups slow the server down
	maxListed = 1_000_000 // jobs up to which they are listed: the server blocks meanwhile, 0.07 s per 100,000
)

// checkJobs checks for jobs that no worker will take: in queues without workers and running jobs.
func (v *serverInspection) checkJobs(ctx context.Context, s *section) {
	for _, f := range v.facts {
		stuck, elsewhere := v.stuckQueues(f)
		switch {
		case len(stuck) > 0:
		case len(elsewhere) > 0:
			s.ok(f.server, "jobs wait in queues without workers only in those that are reported above: %s", cmderr.Quoted(elsewhere))
			continue
		default:
			s.ok(f.server, "no jobs wait in queues without workers")
			continue
		}
		v.countIgnored(ctx, f)
		for _, q := range stuck {
			v.reportStuck(s, f, q)
		}
	}
}

// stuckQueues returns the queues with waiting jobs and without workers that no other check reports, and the names of the rest.
func (v *serverInspection) stuckQueues(f *serverFacts) (stuck []wire.FunctionStatus, elsewhere []string) {
	for _, q := range f.snap.Queues.Rows {
		reported := func(p modulePlan) bool {
			return f.role.module && (p.settings.ResultQueue == q.Function || slices.Contains(p.settings.PerfdataQueues, q.Function) || slices.Contains(p.queues(), q.Function))
		}
		switch {
		case q.Workers > 0 || q.Waiting() == 0:
		case slices.ContainsFunc(v.plans, reported):
			elsewhere = append(elsewhere, q.Function)
		default:
			stuck = append(stuck, q)
		}
	}
	return stuck, elsewhere
}

// countIgnored counts the cancelled and abandoned jobs of a server.
func (v *serverInspection) countIgnored(ctx context.Context, f *serverFacts) {
	if total := f.total(); total > maxListed {
		f.ignoredErr = cmderr.Errorf("%s: listing them would block the server for seconds", output.Plural(total, "job", "jobs"))
		return
	}
	totals, err := wire.WithConn(ctx, v.dialer, f.server, func(ctx context.Context, c *wire.Conn) (wire.JobTotals, error) { return c.JobTotals(ctx) })
	f.ignoredErr, f.ignored = err, totals.Ignored
}

func (f *serverFacts) total() int64 { return servers.TotalJobs(f.snap.Queues.Rows) }

// reportStuck distinguishes phantoms, which are only counted, from waiting jobs.
func (v *serverInspection) reportStuck(s *section, f *serverFacts, q wire.FunctionStatus) {
	object := f.on(q.Function)
	wait := output.Plural(q.Waiting(), "job waits", "jobs wait")
	save := v.host.env.ToType(cmderr.Try("drain", "--to", archiveName(q.Function)).Queues(q.Function).On(f.server))
	switch prefixed := modgearman.PrefixHostgroup + q.Function; {
	case servers.IsUnknownCommand(f.ignoredErr):
		s.unknown(object, save, "%s but no worker serves it; %s cannot list jobs, so they may be phantoms", wait, f.snap.Version)
	case f.ignoredErr != nil:
		s.unknown(object, v.host.env.ToType(cmderr.Try("jobs").On(f.server)), "%s but no worker serves it; unknown whether they are phantoms: %s", wait, cmderr.OneLine(f.ignoredErr))
	case q.Waiting() <= f.ignored:
		s.warn(object, v.host.env.ToType(cmderr.Try("queue", "gc").On(f.server)), "%s but no worker serves it: apparently phantoms of cancelled or abandoned jobs (the server ignores %s)", wait, output.Count(f.ignored))
	case f.queue(prefixed).Workers > 0:
		s.fail(object, "set the custom variable to "+prefixed, "%s but no worker serves it; workers serve %s: the prefix is missing", wait, prefixed)
	default:
		s.fail(object, save, "%s but no worker serves it", wait)
	}
}

// archiveName is a name for the archive of a queue's jobs.
func archiveName(queue string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r < ' ' {
			return '_'
		}
		return r
	}, strings.TrimLeft(queue, "-.")) + ".jobs"
}

// checkLoad checks the load of the server's hash chains.
func (v *serverInspection) checkLoad(_ context.Context, s *section) {
	for _, f := range v.facts {
		total := f.total()
		buckets, given := v.host.gearmandAt(f.server).Options().Get("hashtable-buckets")
		switch {
		case total/hashChains <= longChain:
			s.ok(f.server, "%s in %d hash chains", output.Plural(total, "job", "jobs"), hashChains)
		case given:
			s.ok(f.server, "%s, and it runs with %s", output.Plural(total, "job", "jobs"), buckets)
		default:
			s.warn(f.server, "restart gearmand with --hashtable-buckets=1000003",
				"%s, %d in each of its %d hash chains: every submission with a unique key and every answer searches one (unless gearmand runs with --hashtable-buckets already)", output.Plural(total, "job", "jobs"), total/hashChains, hashChains)
		}
	}
}
