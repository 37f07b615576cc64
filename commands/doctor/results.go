package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// checkResults checks who reads the results of each module.
func (v *serverInspection) checkResults(ctx context.Context, s *section) {
	for _, f := range v.moduleServers() {
		for i := range v.plans {
			if p := &v.plans[i]; v.firstOnQueue(p) == p {
				v.checkReaders(s, f, p)
			}
		}
	}
	var queues []string
	for _, p := range v.plans {
		queues = append(queues, p.settings.ResultQueue)
	}
	v.checkGrowth(ctx, s, queues, "results arrive faster than the core reads them")
}

// checkReaders compares the workers of the result queue with result_workers: each of its threads connects to every server.
func (v *serverInspection) checkReaders(s *section, f *serverFacts, p *modulePlan) {
	queue := p.settings.ResultQueue
	q := f.queue(queue)
	want, err := v.resultWorkers(p)
	switch {
	case err != nil || want < 1: // a finding of config lint
		if q.Workers > 0 {
			s.warn(f.on(queue), v.ownResultQueue(p), "result_workers=%s, but %s: another core takes the results", p.config.Option("result_workers"), output.Plural(q.Workers, "reader", "readers"))
		}
	case q.Workers == 0:
		s.fail(f.on(queue), v.host.coreRestart(p.config.Path), "no consumer for the results%s", alsoWaiting(q))
	case q.Workers > want:
		s.fail(f.on(queue), v.ownResultQueue(p),
			"%d readers, but the module has %d (result_workers): two cores share the queue and each gets half of the results", q.Workers, want)
	case q.Workers < want:
		s.warn(f.on(queue), v.host.coreRestart(p.config.Path), "%s, but the module should have %d (result_workers)", output.Plural(q.Workers, "reader", "readers"), want)
	default:
		s.ok(f.on(queue), "read by %d, as set by result_workers; %s", q.Workers, waitingText(q))
	}
}

// firstOnQueue returns the first module of a module's core that takes results from the same queue.
func (v *serverInspection) firstOnQueue(p *modulePlan) *modulePlan {
	for i := range v.plans {
		if v.plans[i].sharesResults(p) {
			return &v.plans[i]
		}
	}
	return p
}

// sharesResults reports whether two modules of a core take results from one queue.
func (p *modulePlan) sharesResults(other *modulePlan) bool {
	return p == other || p.config.Core != "" && p.config.Core == other.config.Core && p.settings.ResultQueue == other.settings.ResultQueue
}

// resultWorkers returns how many threads of a core take results from a module's queue.
func (v *serverInspection) resultWorkers(p *modulePlan) (n int64, err error) {
	for i := range v.plans {
		if other := &v.plans[i]; other.sharesResults(p) {
			threads, failed := strconv.ParseInt(other.config.Option("result_workers"), 10, 64)
			n, err = n+threads, errors.Join(err, failed)
		}
	}
	return n, err
}

// checkPerfdata checks the queues of performance data, which something other than Mod-Gearman must empty.
func (v *serverInspection) checkPerfdata(ctx context.Context, s *section) {
	var queues []string
	for i := range v.plans {
		p := &v.plans[i]
		queues = append(queues, p.settings.PerfdataQueues...)
		for _, f := range v.moduleServers() {
			for _, queue := range p.settings.PerfdataQueues {
				v.checkPerfdataQueue(s, f, p, queue)
			}
		}
		if len(p.settings.PerfdataQueues) == 0 {
			s.ok(p.config.Name(), "perfdata is off: nothing is sent")
		}
	}
	v.checkGrowth(ctx, s, queues, "performance data arrives faster than it is read")
}

func (v *serverInspection) checkPerfdataQueue(s *section, f *serverFacts, p *modulePlan, queue string) {
	q := f.queue(queue)
	switch {
	case q.Workers > 0:
		s.ok(f.on(queue), "read by %d; %s", q.Workers, waitingText(q))
	case p.settings.PerfdataMode == 1:
		s.warn(f.on(queue), v.readerFix(p), "no consumer for the performance data%s, at most one job per host and service (perfdata_mode=1)", alsoWaiting(q))
	default:
		s.fail(f.on(queue), v.host.setOption(p.config, "perfdata_mode", "1"), "no consumer for the performance data%s, and the queue grows without limit, until memory is exhausted (perfdata_mode=%d)", alsoWaiting(q), p.settings.PerfdataMode)
	}
}

// checkGrowth queries queues with workers and waiting jobs a second time.
func (v *serverInspection) checkGrowth(ctx context.Context, s *section, queues []string, what string) {
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
				s.warn(r.Value.on(queue), v.host.env.ToType(cmderr.Try("workers").Queues(queue).On(r.Server)), "%s: it grows: %s waiting, %s later", what, fmt.Sprintf("%s, then %s", output.Count(was), output.Count(now)), cmderr.ShortDuration(v.host.o.interval))
			}
		}
	}
}

// ownResultQueue is the command that gives a core a result queue of its own.
func (v *serverInspection) ownResultQueue(p *modulePlan) string {
	name := strings.TrimSpace(v.host.root.Text("/etc/hostname"))
	for _, c := range v.host.cores {
		if name == "" && c.loads(p.config.Path) {
			name = c.name
		}
	}
	return v.host.setOption(p.config, "result_queue", "check_results_"+cmp.Or(name, "2"))
}

// readerServices are the readers of performance data.
var readerServices = []string{"pnp_gearman_worker", "pnp-gearman-worker", "nagflux"}

// readerFix is the command that starts the reader of performance data; without one nothing should be sent.
func (v *serverInspection) readerFix(p *modulePlan) string {
	for _, name := range readerServices {
		if i, ok := v.host.root.FindService(name); ok {
			return i.Command("restart")
		}
	}
	return v.host.setOption(p.config, "perfdata", "no")
}
