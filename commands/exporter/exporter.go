// Package exporter has the command exporter: it queries servers and Mod-Gearman workers when Prometheus asks, and serves or
// writes the result as metrics. It only reads, except for the status requests of --probe.
package exporter

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/exporter/statuspage"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
)

// defaultListen uses the port that Prometheus' list of exporters assigns to Gearman.
const defaultListen = "127.0.0.1:9418"

type options struct {
	listen       urfave.StringSlice
	socket       bool
	webConfig    string
	include      urfave.StringSlice
	exclude      urfave.StringSlice
	probe        urfave.StringSlice
	wait         time.Duration
	maxQueues    int
	priorities   bool
	noPriorities bool
	textfile     string
	sdFile       string
	allow        urfave.StringSlice
	interval     time.Duration
	page         bool
	pageInterval time.Duration
}

// New returns the command exporter.
func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "exporter", Group: cli.GroupMonitor, OnlyReads: true, Short: "export queue, server and worker metrics for Prometheus", Daemon: true,
		Examples: []cli.Example{
			{Line: "gearctl exporter -s gm1,gm2", What: "on http://127.0.0.1:9418/metrics until stopped"},
			{Line: "gearctl exporter -s gm1 --listen :9418 --web-config web.yml", What: "for other hosts, with TLS and a password"},
			{Line: "gearctl exporter -s gm1 --probe '*' --exclude 'hostgroup_test*'", What: "with the state of every Mod-Gearman worker"},
			{Line: "gearctl exporter -s gm1,gm2 --page", What: "and a status page on http://127.0.0.1:9418/"},
			{Line: "gearctl exporter --context all", What: "also for /probe?target=CONTEXT|HOST:PORT, each with its labels, TLS and time-out"},
			{Line: "gearctl exporter --context all --sd-file -", What: "the targets of /probe, as /sd has them for Prometheus"},
			{Line: "gearctl exporter -s gm1 --textfile /var/lib/node_exporter/gearman.prom", What: "once, for node_exporter; - prints to stdout"},
		},
		Long: `Every scrape queries all servers in parallel; --timeout, or the scrape timeout sent by Prometheus if shorter, bounds
the whole scrape. gearman_up is 1 if a server answered every request, else 0; metrics from partial answers are
exported anyway. Metrics use the names of gearman-exporter where it has them, and all carry the label server and the
labels of the server's context.

/probe?target=CONTEXT|HOST:PORT queries that target alone: a server of -s, --context and so on, or that context and those
in it; if nothing names a server, any context. --allow-target adds others, such as '*.example.org:4730'; all else is
refused unasked. module=server, queues (the default), priorities, workers or some with commas says which metrics; the
last two need --priorities and --probe. /sd lists the targets for http_sd_configs of Prometheus, --sd-file writes them to
a file, which is replaced only if they have changed. Contexts are read again when their files change.

/healthz reports that the exporter runs, /readyz that at least one server answers. --web-config takes the web
configuration file of Prometheus exporters: TLS, client certificates, basic authentication. It is read again for every
request; while it is broken, nothing passes.

--probe queries Mod-Gearman workers by NAME with a job in their queue worker_NAME at every scrape. --max-queues drops
the queues that sort last by name; gearman_queues_left_out counts them. gearctl's own result queues have random names
and are never exported.

With --page / is a status page: what is wrong, servers, queues and the trend of the last 15 minutes. For it every server
is asked for version and status every --page-interval, whether or not somebody looks.

On SIGTERM or ctrl-C running scrapes are finished, then gearctl exits with 0. --textfile without --interval writes
once and exits with 3 or 4 if servers did not answer; the file is written anyway.`,
		Flags:    o.flags(),
		Formerly: map[string]string{"gearmand": "-s HOST:PORT", "addr": "--listen ADDRESS"},
		Run:      func(ctx context.Context, _ cli.Words) error { return run(ctx, env, o) },
	}
}

func (o *options) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "listen", Aliases: []string{"l"}, Destination: &o.listen, Usage: "`ADDRESS` to listen on; repeatable, port 0 picks a free one (default: " + defaultListen + ")"},
		&urfave.BoolFlag{Name: "systemd-socket", Destination: &o.socket, Usage: "use sockets passed by systemd instead"},
		cli.TextFlag("web-config", &o.webConfig, "Prometheus web configuration `FILE` with TLS and basic authentication"),
		&urfave.StringSliceFlag{Name: "include", Destination: &o.include, Usage: "only queues that match `GLOB`; repeatable"},
		&urfave.StringSliceFlag{Name: "exclude", Destination: &o.exclude, Usage: "skip queues that match `GLOB`; repeatable"},
		&urfave.IntFlag{Name: "max-queues", Destination: &o.maxQueues, Value: 2000, Usage: "at most `N` queues of each server; 0: any number"},
		cli.PrioritiesFlag(&o.priorities),
		&urfave.BoolFlag{Name: "no-priorities", Hidden: true, Destination: &o.noPriorities, Usage: "do not query waiting jobs by priority (now the default)"},
		&urfave.StringSliceFlag{Name: "probe", Destination: &o.probe, Usage: "query Mod-Gearman workers whose name matches `GLOB`; repeatable"},
		cli.DurationFlag("wait", &o.wait, 2*time.Second, "wait up to `DURATION` for each worker"),
		cli.TextFlag("textfile", &o.textfile, "write `FILE` for node_exporter instead of listening; - for stdout"),
		cli.DurationFlag("interval", &o.interval, 0, "with --textfile or --sd-file: rewrite the file every `DURATION`"),
		&urfave.StringSliceFlag{Name: "allow-target", Destination: &o.allow, Usage: "let /probe query `HOST[:PORT]|GLOB` as well; repeatable"},
		cli.TextFlag("sd-file", &o.sdFile, "write the targets of /probe to `FILE` for file_sd_configs of Prometheus instead of listening; - for stdout"),
		&urfave.BoolFlag{Name: "page", Destination: &o.page, Usage: "serve a status page for people at /"},
		cli.DurationFlag("page-interval", &o.pageInterval, 0, "with --page: ask every server every `DURATION` (default: 10s)"),
	}
}

func (o *options) check() error {
	listens := len(o.listen.Value()) > 0 || o.socket || o.webConfig != ""
	switch {
	case o.priorities && o.noPriorities:
		return cmderr.Usagef("--priorities and --no-priorities contradict each other")
	case o.textfile != "" && o.sdFile != "":
		return cmderr.Usagef("--textfile or --sd-file, not both")
	case o.textfile != "" && listens:
		return cmderr.Usagef("--textfile excludes --listen, --systemd-socket and --web-config")
	case o.sdFile != "" && listens:
		return cmderr.Usagef("--sd-file excludes --listen, --systemd-socket and --web-config: /sd has the targets")
	case o.textfile+o.sdFile == "" && o.interval > 0:
		return cmderr.Usagef("--interval needs --textfile or --sd-file: Prometheus sets its own scrape interval")
	case slices.Contains(o.allow.Value(), ""):
		return cmderr.Usagef("--allow-target is empty")
	case len(o.listen.Value()) > 0 && o.socket:
		return cmderr.Usagef("--listen or --systemd-socket, not both")
	case slices.Contains(o.listen.Value(), ""):
		return cmderr.Usagef("--listen is empty").Hint("--listen " + defaultListen)
	case o.maxQueues < 0:
		return cmderr.Usagef("--max-queues %d: must not be negative", o.maxQueues)
	case o.wait <= 0:
		return cmderr.Usagef("--wait must be over 0")
	}
	return o.checkPage()
}

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	x, err := o.newExporter(env)
	switch {
	case err != nil:
		return err
	case o.textfile != "":
		return x.writeTextfile(ctx, o.textfile, o.interval)
	case o.sdFile != "":
		return x.writeTargets(ctx, o.sdFile, o.interval)
	}
	x.addPage(&o)
	web, err := o.newWebServer(x)
	if err != nil {
		return err
	}
	return x.serve(ctx, &o, web)
}

// newExporter makes an exporter from the flags.
func (o *options) newExporter(env *cli.Env) (*exporter, error) {
	from, err := newSource(env, o.allow.Value())
	if err != nil {
		return nil, err
	}
	x := &exporter{
		env: env, source: from, wait: o.wait, parts: parts{queues: true, priorities: o.priorities},
		filter: queueFilter{maxQueues: math.MaxInt}, errors: newScrapeErrors(),
	}
	for _, s := range from.now.all.servers {
		x.longest = max(x.longest, from.now.all.timeout(s.address))
	}
	for _, t := range from.now.targets {
		for _, s := range t.servers {
			x.longest = max(x.longest, t.timeout(s.address))
		}
	}
	if len(o.probe.Value()) > 0 {
		if err := env.RefuseReadOnly("--probe"); err != nil {
			return nil, err
		}
	}
	if o.maxQueues > 0 {
		x.filter.maxQueues = o.maxQueues
	}
	for _, m := range []struct {
		globs   urfave.StringSlice
		matcher **servers.Matcher
	}{{o.include, &x.filter.include}, {o.exclude, &x.filter.exclude}, {o.probe, &x.probe}} {
		if len(m.globs.Value()) == 0 {
			continue
		}
		if *m.matcher, err = servers.NewMatcher(m.globs.Value()); err != nil {
			return nil, err
		}
	}
	x.parts.workers = x.probe != nil
	return x, nil
}

// newExporter answers scrapes, any number at the same time.
type exporter struct {
	env     *cli.Env
	source  *source
	longest time.Duration // that a scrape may take
	filter  queueFilter
	parts   parts            // of /metrics
	probe   *servers.Matcher // names of workers; nil: none
	wait    time.Duration    // for the answer of a worker
	errors  *scrapeErrors
	queues  atomic.Int64     // of the last response to /metrics
	page    *statuspage.Page // nil: none
}
