package check

import (
	"cmp"
	"context"
	"os"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/plugin"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/workerpool"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// workOptions are the flags of check work.
type workOptions struct {
	plugins       pluginOptions
	keys          cli.KeyFlags
	hosts         bool
	services      bool
	eventhandlers bool
	notifications bool
	hostgroups    urfave.StringSlice
	servicegroups urfave.StringSlice
	queues        urfave.StringSlice
	parallel      int
	count         int64
	maxAge        time.Duration
	dupservers    urfave.StringSlice
	dupActive     bool
	allowRoot     bool

	maxConnections int
	maxUndecodable int
	undecodable    string
}

// defaultParallel is how many plugins run at a time without --config.
const defaultParallel = 4

func newWork(env *cli.Env) *cli.Command {
	var o workOptions
	return &cli.Command{
		Name: "work", Group: cli.GroupModGearman, Short: "run as a Mod-Gearman worker: execute checks and send results", Changes: true, Daemon: true, Finite: func() bool { return o.count > 0 },
		Examples: []cli.Example{
			{Line: "gearctl check work --config mod_gearman_worker.conf", What: "servers, queues, key and limits from that file"},
			{Line: "gearctl check work -s gm1 --key-file key.txt --hostgroup dmz --parallel 8", What: "one host group, eight plugins at a time"},
			{Line: "gearctl check work --no-encryption --services --restrict-path /usr/lib/nagios/plugins", What: "unencrypted, and only plugins under that directory"},
		},
		Long: `For demonstrations, tests and single remote hosts; large sites should run mod-gearman-worker-go. Unless flags or
--config select queues it serves host, service, eventhandler and notification.

A plugin that times out gets SIGTERM and two seconds later SIGKILL, together with its process group, its descendants,
and daemons it started, which are identified by GEARCTL_RUN in their environment. Processes left running by a plugin
that ends in time are not touched. Plugins do not see GEARCTL_KEY. A shell is used only for command lines that need
one. Unencrypted jobs are run only with --no-encryption (or encryption=no), and as root only with --allow-root: anyone
who can submit jobs to the server can run commands here.

A job is completed after its result was accepted; if gearctl is killed before that, the server gives it to another
worker. After --max-undecodable jobs in a row that cannot be decoded, usually because the keys differ, a queue is
paused: its jobs wait, other queues are served, and it is retried after 1, 2, 4 and at most 60 minutes. If no job at
all could be decoded since the start, the exit code is 1. --undecodable FILE saves the discarded jobs.

On SIGHUP the configuration, the key file and the TLS files are read again: what has changed is printed, new checks
follow the new settings, and checks in progress are finished with the old ones. Settings that cannot be used are
reported, and the old ones stay. If gearctl was started from a terminal SIGHUP ends it.

Status requests in the queue worker_NAME are answered. All listed servers are served at once; lost connections are
re-established. On SIGTERM or ctrl-C running checks are finished, then gearctl exits with 0, or with 130 if --count
checks were not reached.`,
		Flags:   o.flags(),
		Choices: map[string][]string{"timeout-return": timeoutReturns()},
		Run:     func(ctx context.Context, _ cli.Words) error { return runWork(ctx, env, o) },
	}
}

func (o *workOptions) flags() []urfave.Flag {
	flags := []urfave.Flag{
		&urfave.BoolFlag{Name: "hosts", Destination: &o.hosts, Usage: "serve the queue host"},
		&urfave.BoolFlag{Name: "services", Destination: &o.services, Usage: "serve the queue service"},
		&urfave.BoolFlag{Name: "eventhandlers", Destination: &o.eventhandlers, Usage: "serve the queue eventhandler"},
		&urfave.BoolFlag{Name: "notifications", Destination: &o.notifications, Usage: "serve the queue notification"},
		&urfave.StringSliceFlag{Name: "hostgroup", Destination: &o.hostgroups, Usage: "serve the queue of host `GROUP`; repeatable, comma separated"},
		&urfave.StringSliceFlag{Name: "servicegroup", Destination: &o.servicegroups, Usage: "serve the queue of service `GROUP`; repeatable, comma separated"},
		&urfave.StringSliceFlag{Name: "queue", Destination: &o.queues, Usage: "serve `QUEUE`; repeatable"},
		&urfave.IntFlag{Name: "parallel", Aliases: []string{"p"}, Destination: &o.parallel, Usage: "run up to `N` plugins at a time (default: max-worker, else 4)"},
		&urfave.Int64Flag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Usage: "stop after `N` checks"},
		cli.DurationFlag("max-age", &o.maxAge, 0, "do not run checks older than `DURATION`, return UNKNOWN instead (default: max-age, else never)"),
		&urfave.StringSliceFlag{Name: "dupserver", Destination: &o.dupservers, Usage: "send a copy of every result to `HOST[:PORT]`; repeatable (default: dupserver)"},
		&urfave.BoolFlag{Name: "dup-active", Destination: &o.dupActive, Usage: "send copies as active, not passive results (dup_results_are_passive=no)"},
		&urfave.BoolFlag{Name: "allow-root", Destination: &o.allowRoot, Usage: "run commands as root"},
		cli.MaxConnectionsFlag(&o.maxConnections),
		&urfave.IntFlag{Name: "max-undecodable", Destination: &o.maxUndecodable, Value: 20, Usage: "pause a queue after `N` undecodable jobs in a row; 0: never"},
		cli.TextFlag("undecodable", &o.undecodable, "save undecodable jobs to `FILE`, for replay, before discarding them"),
	}
	return append(append(flags, o.plugins.flags()...), o.keys.Flags(false)...)
}

// workPlan combines flags and configuration of check work.
type workPlan struct {
	runner      *plugin.Runner
	key         modgearman.Key
	queues      []string // each once
	status      string   // the queue that answers probes
	limits      *workerpool.ConnLimits
	parallel    int
	maxAge      time.Duration
	resultQueue string // for checks that name none
	dupservers  []string
	dupPassive  bool
}

func (o *workOptions) plan(env *cli.Env) (*workPlan, error) {
	if os.Geteuid() == 0 && !o.allowRoot {
		return nil, cmderr.Usagef("check work: refusing to run commands from the network as root").
			Hint("run as the user that runs plugins, or add --allow-root")
	}
	if o.parallel < 0 || o.count < 0 || o.maxUndecodable < 0 {
		return nil, cmderr.Usagef("--parallel, --count and --max-undecodable must not be negative")
	}
	set, err := env.WorkerSettings()
	if err != nil {
		return nil, err
	}
	p := &workPlan{
		queues: set.Queues(), parallel: set.MaxWorker, maxAge: set.MaxAge, resultQueue: set.ResultQueue,
		dupPassive: set.DupResultsArePassive && !o.dupActive,
	}
	if p.runner, err = o.plugins.runner(env, &set); err != nil {
		return nil, err
	}
	if p.key, err = o.keys.Encoding(env); err != nil {
		return nil, err
	}
	p.status = modgearman.PrefixWorker + p.runner.Identifier
	o.override(env, p)
	p.queues = workerpool.Distinct(p.queues)
	p.limits = &workerpool.ConnLimits{Max: o.maxConnections, Reserved: 1, Queues: len(p.queues), Parallel: p.parallel}
	if err := p.limits.Validate(); err != nil {
		return nil, err
	}
	for _, q := range append(p.queues, p.status, p.resultQueue) {
		if err := servers.CheckQueueName(q); err != nil {
			return nil, err
		}
	}
	if copies := o.dupservers.Value(); len(copies) > 0 {
		set.Dupservers = copies
	}
	if p.dupservers, err = wire.ParseServers(set.Dupservers...); err != nil {
		return nil, cmderr.Usagef("dupserver: %v", err)
	}
	return p, nil
}

// override applies the flags that take precedence over the configuration.
func (o *workOptions) override(env *cli.Env, p *workPlan) {
	byFlag := modgearman.Settings{
		Hosts: o.hosts, Services: o.services, Eventhandlers: o.eventhandlers, Notifications: o.notifications,
		Hostgroups: cli.Listed(o.hostgroups), Servicegroups: cli.Listed(o.servicegroups),
	}.Queues()
	if byFlag = append(byFlag, o.queues.Value()...); len(byFlag) > 0 {
		p.queues = byFlag
	}
	switch {
	case o.parallel > 0:
		p.parallel = o.parallel
	case env.Globals.Config.Path == "":
		p.parallel = defaultParallel
	}
	p.parallel = max(p.parallel, 1)
	p.maxAge = cmp.Or(o.maxAge, p.maxAge)
}

func runWork(ctx context.Context, env *cli.Env, o workOptions) error {
	r := &workRun{o: &o, env: env, totals: new(workTotals), ended: make(chan workEnd)}
	if env.Hangups != nil {
		hangups, stop := env.Hangups()
		defer stop()
		r.hangups = hangups
	}
	w, err := r.prepare(ctx, env)
	if err != nil {
		return err
	}
	r.totals.limiter = wire.NewLimiter(w.parallel, o.count)
	u := &undecodableJobs{env: env, limit: o.maxUndecodable, path: o.undecodable, queues: map[servers.Endpoint]*failingQueue{}}
	r.totals.undecodable = u
	env.Info("worker %s (%s): %s from %s on %s", w.runner.Identifier, roundtrip.KeyName(w.key),
		output.Plural(int64(w.parallel), "check at a time", "checks at a time"), strings.Join(w.queues, ", "), strings.Join(w.addrs, ", "))
	if err := u.open(); err != nil {
		return err
	}
	defer env.Serving()()
	return cmderr.MergeErrors(r.run(ctx, w), u.close())
}

// prepare reads the settings and checks them with the servers.
func (r *workRun) prepare(ctx context.Context, env *cli.Env) (*worker, error) {
	p, err := r.o.plan(env)
	if err != nil {
		return nil, err
	}
	if len(p.queues) == 0 {
		return nil, cmderr.Usagef("check work: --config %s names no queue to serve", env.Globals.Config.Path).Hint("add --services, --hosts or --hostgroup GROUP")
	}
	d, addrs, err := env.Network()
	if err != nil {
		return nil, err
	}
	w := newWorker(env, p, d, addrs, r.totals)
	if err := w.supervisor.CheckReachable(ctx, addrs); err != nil {
		return nil, err
	}
	return w, p.limits.CheckServers(ctx, env, d, addrs)
}
