package doctor

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// checkResults checks who reads the results of each module.
func (v *serverInspection) checkResults(ctx context.Context, s *section) {
	for _, f := range v.moduleServers() {
		for i := range v.plans {
			v.checkReaders(s, f, &v.plans[i])
		}
	}
	var queues []string
	for _, p := range v.plans {
		queues = append(queues, p.settings.ResultQueue)
	}
	v.checkGrowth(ctx, s, queues, "results arrive faster than the core reads them: check its load, or raise result_workers")
}

// checkReaders compares the workers of the result queue with result_workers: each of its threads connects to every server.
func (v *serverInspection) checkReaders(s *section, f *serverFacts, p *modulePlan) {
	queue := p.settings.ResultQueue
	q := f.queue(queue)
	readers := cmderr.Try("workers").Queues(queue).On(f.server)
	want, err := strconv.ParseInt(p.config.Option("result_workers"), 10, 64)
	switch {
	case err != nil || want < 1: // a finding of config lint
		if q.Workers > 0 {
			s.warn(f.on(queue), "give each core a result_queue of its own", "result_workers=%s, but %s: another core takes the results", p.config.Option("result_workers"), output.Plural(q.Workers, "reader", "readers"))
		}
	case q.Workers == 0:
		s.fail(f.on(queue), v.coreRestart(p.config.Path)+": it reads the queue once the module is loaded", "no consumer for the results%s", alsoWaiting(q))
	case q.Workers > want:
		s.fail(f.on(queue), "give each core a result_queue of its own; see the readers: "+v.host.env.ToType(readers),
			"%d readers, but the module has %d (result_workers): two cores share the queue and each gets half of the results", q.Workers, want)
	case q.Workers < want:
		s.warn(f.on(queue), v.coreRestart(p.config.Path)+"; see the readers: "+v.host.env.ToType(readers), "%s, but the module should have %d (result_workers)", output.Plural(q.Workers, "reader", "readers"), want)
	default:
		s.ok(f.on(queue), "read by %d, as set by result_workers; %s", q.Workers, waitingText(q))
	}
}

// coreRestart is the command that restarts the core that loads a configuration.
func (v *serverInspection) coreRestart(config string) string {
	for _, c := range v.host.cores {
		if c.loads(config) {
			return v.host.coreServiceCommand(c, "restart")
		}
	}
	return "restart the core"
}

// checkPerfdata checks the queues of performance data, which something other than Mod-Gearman must empty.
func (v *serverInspection) checkPerfdata(ctx context.Context, s *section) {
	var queues []string
	for i := range v.plans {
		p := &v.plans[i]
		queues = append(queues, p.settings.PerfdataQueues...)
		for _, f := range v.moduleServers() {
			for _, queue := range p.settings.PerfdataQueues {
				checkPerfdataQueue(s, f, p, queue)
			}
		}
		if len(p.settings.PerfdataQueues) == 0 {
			s.ok(p.config.Path, "perfdata is off: nothing is sent")
		}
	}
	v.checkGrowth(ctx, s, queues, "performance data arrives faster than it is read: check the reader")
}

func checkPerfdataQueue(s *section, f *serverFacts, p *modulePlan, queue string) {
	const fix = "start its reader (pnp_gearman_worker, nagflux), or set perfdata=no"
	q := f.queue(queue)
	switch {
	case q.Workers > 0:
		s.ok(f.on(queue), "read by %d; %s", q.Workers, waitingText(q))
	case p.settings.PerfdataMode == 1:
		s.warn(f.on(queue), fix, "no consumer for the performance data%s, at most one job per host and service (perfdata_mode=1)", alsoWaiting(q))
	default:
		s.fail(f.on(queue), fix+"; set perfdata_mode=1, or the queue grows until memory is exhausted", "no consumer for the performance data%s, and the queue grows without limit (perfdata_mode=%d)", alsoWaiting(q), p.settings.PerfdataMode)
	}
}

// checkGrowth queries queues with workers and waiting jobs a second time.
func (v *serverInspection) checkGrowth(ctx context.Context, s *section, queues []string, fix string) {
	before := map[string]int64{}
	slices.Sort(queues)
	queues = slices.Compact(queues)
	var servers []string
	for _, f := range v.moduleServers() {
		for _, queue := range queues {
			if q := f.queue(queue); q.Workers > 0 && q.Waiting() > 0 {
				before[f.on(queue)] = q.Waiting()
				servers = append(servers, f.server)
			}
		}
	}
	if len(servers) == 0 || !cmderr.Pause(ctx, v.host.o.interval) {
		return
	}
	for _, r := range wire.FanOut(ctx, v.dialer, slices.Compact(servers), queryServer(v.host.env.Now)) {
		for _, queue := range queues {
			if r.Err != nil {
				s.unknown(r.Server, "", "no answer to the second query: %s", cmderr.OneLine(r.Err))
				break
			}
			was, checked := before[r.Value.on(queue)]
			if now := r.Value.queue(queue).Waiting(); checked && now > was {
				s.warn(r.Value.on(queue), fix, "it grows: %s waiting, %s later", fmt.Sprintf("%s, then %s", output.Count(was), output.Count(now)), cmderr.ShortDuration(v.host.o.interval))
			}
		}
	}
}
