package commands

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/wire"
)

// defaultExporterListen is the port that Prometheus' list of exporters gives to Gearman.
const defaultExporterListen = "127.0.0.1:9418"

type exporterOptions struct {
	listen       cli.StringSlice
	socket       bool
	webConfig    string
	include      cli.StringSlice
	exclude      cli.StringSlice
	probe        cli.StringSlice
	wait         time.Duration
	maxQueues    int
	priorities   bool
	noPriorities bool
	textfile     string
	interval     time.Duration
}

func newExporter(env *Env) *Command {
	var o exporterOptions
	return &Command{
		Name: "exporter", Group: GroupMonitor, Short: "queues, servers and workers as metrics for Prometheus", Daemon: true,
		Examples: []Example{
			{"gearctl exporter -s gm1,gm2", "on http://127.0.0.1:9418/metrics until stopped"},
			{"gearctl exporter -s gm1 --listen :9418 --web-config web.yml", "for other hosts, with TLS and a password"},
			{"gearctl exporter -s gm1 --probe '*' --exclude 'hostgroup_test*'", "with the state of every Mod-Gearman worker"},
			{"gearctl exporter -s gm1 --textfile /var/lib/node_exporter/gearman.prom", "once, for node_exporter; say - to read it"},
		},
		Long: `All servers are asked at once, afresh for each scrape, and --timeout bounds the whole of it; the scrape timeout that
Prometheus sends counts when it is shorter. gearman_up is 1 when a server answered all that it was asked, 0 in every other
case; what it did answer is shown all the same. Metrics are named as those of gearman-exporter where that has them, and
all carry the label server.

/healthz says that the exporter runs, /readyz that at least one server answers. --web-config takes the web
configuration file of Prometheus exporters: TLS, client certificates, basic authentication. It is read again for every
request; while it is broken, nothing passes.

--probe asks workers of Mod-Gearman for their state, by the name behind worker_: that is a job in their queue
worker_NAME at every scrape. --max-queues leaves out the queues that come last by name, and gearman_queues_left_out tells
how many. The queues in which gearctl waits for results have random names and are never shown.

At SIGTERM or ctrl-C running scrapes are finished, then gearctl exits with 0. --textfile without --interval writes once and
exits with 3 or 4 when servers did not answer; the file is written all the same.`,
		Flags:    o.flags(),
		Formerly: map[string]string{"gearmand": "-s HOST:PORT", "addr": "--listen ADDRESS"},
		Run:      func(ctx context.Context, _ Words) error { return runExporter(ctx, env, o) },
	}
}

func (o *exporterOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "listen", Aliases: []string{"l"}, Destination: &o.listen, Usage: "`ADDRESS` to listen on; repeatable, port 0 picks a free one (default: " + defaultExporterListen + ")"},
		&cli.BoolFlag{Name: "systemd-socket", Destination: &o.socket, Usage: "take the sockets that systemd opened instead"},
		textFlag("web-config", &o.webConfig, "`FILE` with TLS and basic authentication, as for all exporters"),
		&cli.StringSliceFlag{Name: "include", Destination: &o.include, Usage: "only queues that match `GLOB`; repeatable"},
		&cli.StringSliceFlag{Name: "exclude", Destination: &o.exclude, Usage: "no queue that matches `GLOB`; repeatable"},
		&cli.IntFlag{Name: "max-queues", Destination: &o.maxQueues, Value: 2000, Usage: "at most `N` queues of each server; 0: any number"},
		prioritiesFlag(&o.priorities),
		&cli.BoolFlag{Name: "no-priorities", Hidden: true, Destination: &o.noPriorities, Usage: "what is now the default: do not ask for waiting jobs by priority"},
		&cli.StringSliceFlag{Name: "probe", Destination: &o.probe, Usage: "ask the Mod-Gearman workers whose name matches `GLOB`; repeatable"},
		durationFlag("wait", &o.wait, 2*time.Second, "wait up to `DURATION` for a worker"),
		textFlag("textfile", &o.textfile, "write `FILE` for node_exporter instead of listening; - for stdout"),
		durationFlag("interval", &o.interval, 0, "with --textfile: write it again and again, with so much `TIME` in between"),
	}
}

func (o *exporterOptions) check() error {
	listens := len(o.listen.Value()) > 0 || o.socket || o.webConfig != ""
	switch {
	case o.priorities && o.noPriorities:
		return usagef("--priorities and --no-priorities contradict each other")
	case o.textfile != "" && listens:
		return usagef("--textfile writes a file and does not listen: no --listen, --systemd-socket or --web-config then")
	case o.textfile == "" && o.interval > 0:
		return usagef("--interval goes with --textfile: Prometheus says itself when it scrapes")
	case len(o.listen.Value()) > 0 && o.socket:
		return usagef("--listen or --systemd-socket, not both")
	case slices.Contains(o.listen.Value(), ""):
		return usagef("--listen is empty").hint("--listen " + defaultExporterListen)
	case o.maxQueues < 0:
		return usagef("--max-queues %d: must not be negative", o.maxQueues)
	case o.wait <= 0:
		return usagef("--wait must be over 0")
	}
	return nil
}

func runExporter(ctx context.Context, env *Env, o exporterOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	x, err := o.exporter(env)
	switch {
	case err != nil:
		return err
	case o.textfile != "":
		return x.writeTextfile(ctx, o.textfile, o.interval)
	}
	web, err := o.web(x)
	if err != nil {
		return err
	}
	return x.serve(ctx, &o, web)
}

// exporter returns what the flags ask for.
func (o *exporterOptions) exporter(env *Env) (*exporter, error) {
	d, servers, err := env.network()
	if err != nil {
		return nil, err
	}
	x := &exporter{
		env: env, dialer: d, servers: servers, timeout: d.Timeout, wait: o.wait, priorities: o.priorities,
		filter: queueFilter{most: math.MaxInt}, errors: newScrapeErrors(servers),
	}
	if o.maxQueues > 0 {
		x.filter.most = o.maxQueues
	}
	for _, m := range []struct {
		globs   cli.StringSlice
		matcher **queueMatcher
	}{{o.include, &x.filter.include}, {o.exclude, &x.filter.exclude}, {o.probe, &x.probe}} {
		if len(m.globs.Value()) == 0 {
			continue
		}
		if *m.matcher, err = newQueueMatcher(m.globs.Value()); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// exporter answers scrapes, any number at the same time.
type exporter struct {
	env        *Env
	dialer     *wire.Dialer
	servers    []string
	timeout    time.Duration // of a scrape
	filter     queueFilter
	probe      *queueMatcher // names of workers; nil: none
	wait       time.Duration // for the answer of a worker
	priorities bool
	errors     *scrapeErrors
}
