// Package proxy implements the command proxy, which forwards jobs between queues of different servers: through a spool on
// disk, or with --sync while the client waits. It is given routes by flags or a YAML file. It acknowledges no job at its
// source before that is in the spool or done at the target, and refuses routes that form a loop.
package proxy

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/wire"
)

// options are the flags of proxy. Those about jobs apply to routes that do not set them.
type options struct {
	routes      urfave.StringSlice
	file        string
	sync        bool
	parallel    int
	decrypt     urfave.StringSlice
	encrypt     string
	clear       bool
	keyRule     string
	resultQueue string
	priority    string
	spool       string
	spoolMax    string
	statusQueue string
	acceptRisk  bool
	importFile  string
	servers     map[string]*serverSpec // from the file
}

func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "proxy", Group: cli.GroupAct, Short: "forward jobs from queues to queues on other servers", Changes: true, Daemon: true,
		Examples: []cli.Example{
			{Line: "gearctl proxy --route gm1/hostgroup_dmz=gm2/hostgroup_dmz --route gm2/check_results=gm1/check_results", What: "checks to a DMZ that must not connect to gm1, and their results back"},
			{Line: "gearctl proxy --routes proxy.yaml", What: "routes from a file, each with its own keys, queues and priority"},
			{Line: "gearctl proxy --route gm1/thumbnails=gm2/thumbnails --sync --parallel 4", What: "clients at gm1 wait for the result from gm2"},
			{Line: "gearctl proxy --import gearman_proxy.cfg > proxy.yaml", What: "the routes of a configuration of gearman_proxy.pl; exit 4 if lines of it were left out"},
			{Line: "gearctl proxy --routes proxy.yaml --status-queue gm1/proxy_status", What: "monitor it with check_gearman -H gm1 -q proxy_status -s check"},
		},
		Long: `A job is written to the spool, a directory on disk, before it is acknowledged at its source,
and leaves the spool when the target has accepted it. So no job is lost if any part is killed or disconnected. A job
may then arrive twice, unless the first copy is still waiting at the target: unique keys are kept, and jobs without
one get one. While a target is down its jobs collect in the spool; at --spool-max, or when the disk is full, they stay
at the source.

With --sync a job stays at its source while a copy runs at the target, and data, warnings, status and result are
passed back to the waiting client.

--decrypt-key-file and --encrypt-key-file re-encrypt Mod-Gearman jobs, and --result-queue sets where workers send
results. Jobs that cannot be decrypted are set aside in rejected.jsonl of their route in the spool. The priority is
--priority, else the one Mod-Gearman gives such a job if it can be decoded, else normal.

The default port is 4730; a queue without a server is on --server. Write a queue name that contains a slash with its
server, one that contains = only in a file. Routing loops are refused, even if a server appears under two names.

The --tls flags apply to all servers except those that a file lists under servers: with keys such as tls: false or
tls_ca: FILE.

On SIGHUP the file of routes, key files and TLS files are read again: what has changed is printed, new and changed
routes are started, and removed ones are stopped when their synchronous jobs in progress are finished. Settings that
cannot be used are reported, and the old ones stay. If gearctl was started from a terminal SIGHUP ends it.

On SIGTERM or ctrl-C it stops taking jobs, keeps the spool, and exits with 0.`,
		Flags:   o.flags(),
		Choices: map[string][]string{"key-rule": cli.KeyRules, "priority": priorityNames()},
		Run: func(ctx context.Context, _ cli.Words) error {
			if o.importFile != "" {
				return runImport(env, o.importFile)
			}
			return run(ctx, env, &o)
		},
	}
}

func (o *options) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "route", Destination: &o.routes, Usage: "forward jobs along `[SERVER/]QUEUE=[SERVER/]QUEUE`; repeatable"},
		cli.TextFlag("routes", &o.file, "routes and more from a YAML `FILE`"),
		cli.TextFlag("import", &o.importFile, "print a file for --routes with the plain entries of gearman_proxy.pl's `FILE`, and stop"),
		&urfave.BoolFlag{Name: "sync", Destination: &o.sync, Usage: "pass the result back to the waiting client"},
		&urfave.IntFlag{Name: "parallel", Aliases: []string{"p"}, Destination: &o.parallel, Usage: "with --sync, up to `N` jobs of a route at a time (default: 1)"},
		&urfave.StringSliceFlag{Name: "decrypt-key-file", Destination: &o.decrypt, Usage: "`FILE` with the Mod-Gearman key of the source; repeatable, all are tried"},
		cli.TextFlag("encrypt-key-file", &o.encrypt, "`FILE` with the key of the target"),
		&urfave.BoolFlag{Name: "no-encryption", Destination: &o.clear, Usage: "forward decrypted jobs unencrypted"},
		cli.TextFlag("key-rule", &o.keyRule, "read key files by `RULE`: c (first line) or go (whole file) (default: c)"),
		cli.TextFlag("result-queue", &o.resultQueue, "have workers send check results to `QUEUE`"),
		cli.TextFlag("priority", &o.priority, "`PRIORITY` at the target: high, normal or low (default: by the kind of job)"),
		cli.TextFlag("spool", &o.spool, "spool `DIR` (default: gearctl/proxy in $XDG_STATE_HOME, ~/.local/state, or for root /var/lib)"),
		cli.TextFlag("spool-max", &o.spoolMax, "leave jobs at the source once the spool holds `SIZE`, such as 2GiB"),
		cli.TextFlag("status-queue", &o.statusQueue, "answer status requests in `[SERVER/]QUEUE`, like gearman_proxy"),
		&urfave.BoolFlag{Name: "accept-risk", Destination: &o.acceptRisk, Usage: "proceed even if the server may destroy released jobs"},
	}
}

// priorityNames are what --priority takes.
func priorityNames() []string {
	return []string{wire.PriorityHigh.String(), wire.PriorityNormal.String(), wire.PriorityLow.String()}
}
