package doctor

import (
	"context"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/probe"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// workerTimeout is how long to wait for the status of a worker.
const workerTimeout = 2 * time.Second

// reportWorkerFaults asks every Mod-Gearman worker of the servers for its state: one that hangs keeps its connections, and the
// queues look as if they were served.
func (v *serverInspection) checkWorkers(ctx context.Context, s *section) {
	for _, f := range v.facts {
		if !v.host.o.readOnly && !f.readOnly {
			v.queryWorkers(ctx, s, f)
		}
		v.checkLocalWorkers(s, f)
	}
}

func (v *serverInspection) queryWorkers(ctx context.Context, s *section, f *serverFacts) {
	var queues []string
	for _, q := range f.snap.Queues.Rows {
		if strings.HasPrefix(q.Function, modgearman.PrefixWorker) && q.Workers > 0 {
			queues = append(queues, q.Function)
		}
	}
	answers := make([]probe.StatusReply, len(queues))
	probe.Parallel(len(queues), probe.MaxParallel, func(i int) {
		answers[i] = probe.QueryStatus(ctx, v.host.env.Now, v.dialer, f.server, queues[i], workerTimeout)
	})
	well := 0
	for i := range answers {
		name := strings.TrimPrefix(queues[i], modgearman.PrefixWorker)
		if answers[i].Err == nil {
			well++
			reportAdvisory(s, name+" on "+f.server, answers[i].Status)
			continue
		}
		reportWorker(v.host.env, s, name+" on "+f.server, f.server, &answers[i])
	}
	if well > 0 {
		s.ok(f.server, "%s", output.Plural(int64(well), "worker responded", "workers responded"))
	}
}

// reportWorker reports a worker that sent no status.
func reportWorker(env *cli.Env, s *section, object, server string, a *probe.StatusReply) {
	_, silent := a.NoStatus()
	switch {
	case silent:
		s.fail(object, env.ToType(cmderr.Try("workers", "--wide").On(server)),
			"connected, but no status reply within %s: it hangs, or its host is down", cmderr.ShortDuration(workerTimeout))
	case a.NoWorker(): // it disconnected meanwhile
	default:
		s.unknown(object, "", "cannot query its status: %s", cmderr.OneLine(a.Err))
	}
}

// checkLocalWorkers checks for workers that are configured on this host but not connected.
func (v *serverInspection) checkLocalWorkers(s *section, f *serverFacts) {
	for _, w := range v.host.workers {
		name := w.Option("identifier")
		if name == "" || !f.role.worker {
			continue
		}
		if q := modgearman.PrefixWorker + name; f.queue(q).Workers == 0 {
			s.fail(name+" on "+f.server, v.host.root.ServiceCommand("restart", workerServices), "%s names this worker, but it is not connected", w.Path)
		}
	}
}
