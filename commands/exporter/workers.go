package exporter

import (
	"context"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/probe"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// workerState is the outcome of a status request.
type workerState int

const (
	workerNotQueried workerState = iota // no time was left, or the server failed
	workerSilent                        // gone, or no valid reply
	workerResponded
)

// workerScrape is a status queue of a Mod-Gearman worker, with its reply.
type workerScrape struct {
	queue     string
	hasWorker bool
	state     workerState
	probe.StatusReply
}

// statusQueues returns the status queues that --probe selects, each once.
func (x *exporter) statusQueues(rows []wire.FunctionStatus) []workerScrape {
	var list []workerScrape
	seen := map[string]bool{}
	for _, q := range rows {
		name, ok := strings.CutPrefix(q.Function, modgearman.PrefixWorker)
		if !ok || seen[name] || !x.probe.Match(name) {
			continue
		}
		seen[name] = true
		list = append(list, workerScrape{queue: q.Function, hasWorker: q.Workers > 0})
	}
	return list
}

// responding returns the workers that sent their status.
func (s *serverScrape) responding() []*workerScrape {
	var list []*workerScrape
	for i := range s.workers {
		if s.workers[i].state == workerResponded {
			list = append(list, &s.workers[i])
		}
	}
	return list
}

// queryWorkers queries the workers of a server, each for at most wait. If less time is left, a worker is not queried: it
// counts as silent only if it had its time.
func (x *exporter) queryWorkers(ctx context.Context, d *wire.Dialer, s *serverScrape, wait time.Duration) {
	errs := make([]error, len(s.workers))
	probe.Parallel(len(s.workers), probe.MaxParallel, func(i int) {
		errs[i] = x.queryWorker(ctx, d, s.address, &s.workers[i], wait)
	})
	for _, err := range errs {
		s.fail(stepProbe, err)
	}
}

// queryWorker queries a worker and sets its state. It returns an error if the worker could not be queried.
func (x *exporter) queryWorker(ctx context.Context, d *wire.Dialer, server string, w *workerScrape, wait time.Duration) error {
	if !w.hasWorker {
		w.state = workerSilent
		return nil
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < probe.MaxTime(wait) {
		return cmderr.Errorf("%s %s of %s: the scrape timeout was reached", stepProbe, w.queue, server)
	}
	w.StatusReply = probe.QueryStatus(ctx, x.env.Now, d, server, w.queue, wait)
	switch {
	case w.NotSent():
		return w.Err
	case w.Err == nil:
		w.state = workerResponded
	default:
		w.state = workerSilent
	}
	return nil
}
