package check

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/plugin"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/workerpool"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// worker is check work with one set of settings; after a reload there is another.
type worker struct {
	*workPlan
	*workTotals
	env        *cli.Env
	dialer     *wire.Dialer
	addrs      []string
	supervisor *connect.Supervisor
	results    *resultPool
	copies     []*copySender
}

// workTotals is what all workers of a check work command share.
type workTotals struct {
	limiter     *wire.Limiter
	undecodable *undecodableJobs
	running     atomic.Int64 // checks in progress
	done        atomic.Int64 // checks completed
}

func newWorker(env *cli.Env, p *workPlan, d *wire.Dialer, addrs []string, t *workTotals) *worker {
	w := &worker{workPlan: p, workTotals: t, env: env, dialer: d, addrs: addrs, supervisor: connect.NewSupervisor(env, d), results: newResultPool(d)}
	for _, server := range p.dupservers {
		w.copies = append(w.copies, newCopySender(env, d, server))
	}
	return w
}

// work serves the queues, answers probes and sends copies, until ctx ends or the limiter has no more room.
func (w *worker) work(ctx context.Context) error {
	defer w.results.close()
	var wg sync.WaitGroup
	pctx, stopProbes := context.WithCancel(ctx)
	wg.Go(func() { w.answerProbes(pctx, w.addrs) })
	copied := w.startCopies()
	pool := &workerpool.Pool{
		Client: w.env.Client(w.supervisor.Dialer), Queues: w.queues, Supervisor: w.supervisor, Limits: w.limits,
		Limiter: w.limiter, Do: w.runJob,
	}
	err := pool.Run(ctx, w.addrs)
	stopProbes()
	wg.Wait()
	copied()
	return err
}

// answerProbes serves the status queue outside the limit for checks, so it answers even if all plugins are busy.
func (w *worker) answerProbes(ctx context.Context, servers []string) {
	pool := &workerpool.Pool{
		Client: w.env.Client(w.supervisor.Dialer), Queues: []string{w.status}, Supervisor: w.supervisor, Limiter: wire.NewLimiter(len(servers), 0),
		Limits: &workerpool.ConnLimits{Max: 1, Queues: 1, Parallel: 1},
		Do: func(ctx context.Context, j *wire.ActiveJob) error {
			probe.LetListen(ctx)
			return j.Complete([]byte(w.state().Answer()))
		},
	}
	if err := pool.Run(ctx, servers); err != nil {
		w.env.Warn("queue %s: %v", w.status, err)
	}
}

func (w *worker) state() modgearman.Status {
	return modgearman.Status{
		Name: w.runner.Identifier, Version: "gearctl-" + w.env.Version, Workers: w.parallel, Min: w.parallel, Max: w.parallel,
		Running: int(w.running.Load()), Jobs: w.done.Load(), Note: w.undecodable.paused(),
	}
}

// runJob runs the check of a job, sends its result and completes the job. After a network error the server gives the job to
// a worker again.
func (w *worker) runJob(ctx context.Context, j *wire.ActiveJob) error {
	w.running.Add(1)
	defer w.running.Add(-1)
	check, err := w.read(j.Workload)
	if err != nil {
		return w.undecodable.reject(j, err)
	}
	w.undecodable.accept(servers.Endpoint{Server: j.Server, Queue: string(j.Function)})
	out := w.run(ctx, &check)
	if ctx.Err() != nil { // it was killed
		return context.Cause(ctx)
	}
	w.env.Verbose("job %s of %s on %s: %v check of %s: state %d", j.Handle, j.Function, j.Server, check.Kind, objectName(&check), out.Code)
	if check.Kind == modgearman.KindHost || check.Kind == modgearman.KindService {
		if sent, err := w.deliver(ctx, j.Server, &check, out); err != nil {
			return err
		} else if !sent {
			return j.Fail()
		}
	}
	w.done.Add(1)
	return j.Complete(nil)
}

// read decodes the check in a workload, and refuses what must not be run.
func (w *worker) read(workload []byte) (modgearman.Check, error) {
	p, err := modgearman.Decode(workload, w.key)
	switch {
	case err != nil:
		return modgearman.Check{}, cmderr.Errorf("%w: check the encryption settings (%s here)", err, roundtrip.KeyName(w.key))
	case p.Form == modgearman.FormClear && !w.key.IsZero():
		return modgearman.Check{}, cmderr.Errorf("not encrypted, but %s is required (--no-encryption runs such jobs)", roundtrip.KeyName(w.key))
	case !p.Kind.IsCheck():
		return modgearman.Check{}, cmderr.Errorf("not a check but a job of kind %v", p.Kind)
	}
	return p.Check()
}

// run runs a check's plugin, unless the check is too old.
func (w *worker) run(ctx context.Context, check *modgearman.Check) plugin.Result {
	if now := w.env.Now(); w.maxAge > 0 && ageInSeconds(now, check.CoreTime) > int64(w.maxAge/time.Second) {
		return plugin.Result{Code: nagios.StateUnknown, Output: "(Could Not Start Check In Time)", Start: now, Finish: now}
	}
	return w.runner.Run(ctx, plugin.Command{
		Line: check.CommandLine, Kind: check.Kind, Timeout: time.Duration(check.Timeout) * time.Second, Env: notificationEnv(check),
	})
}

// ageInSeconds is the age as the C worker computes it, ignoring fractions.
func ageInSeconds(now, then time.Time) int64 {
	if then.IsZero() {
		return now.Unix()
	}
	return now.Unix() - then.Unix()
}

// notificationEnv returns the variables that the C worker sets for notifications. A notification does not name the type of
// its object, so those of both types are set.
func notificationEnv(check *modgearman.Check) []string {
	if check.Kind != modgearman.KindNotification {
		return nil
	}
	long := check.LongPluginOutput
	if long == "(null)" {
		long = ""
	}
	var env []string
	for _, object := range []string{"HOST", "SERVICE"} {
		env = append(env, "NAGIOS_"+object+"OUTPUT="+check.PluginOutput, "NAGIOS_LONG"+object+"OUTPUT="+long)
	}
	return env
}

// objectName names the object of a check, for messages.
func objectName(check *modgearman.Check) string {
	switch {
	case check.Service != "":
		return check.Host + " / " + check.Service
	case check.Host != "":
		return check.Host
	}
	return "the core"
}
