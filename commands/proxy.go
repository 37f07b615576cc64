package commands

import (
	"context"

	"github.com/urfave/cli/v2"

	"gearctl/wire"
)

// proxyOptions are the flags of proxy. Those about jobs are for the routes that say nothing else.
type proxyOptions struct {
	routes      cli.StringSlice
	file        string
	sync        bool
	parallel    int
	decrypt     cli.StringSlice
	encrypt     string
	clear       bool
	keyRule     string
	resultQueue string
	priority    string
	spool       string
	spoolMax    string
	statusQueue string
	acceptRisk  bool
	servers     map[string]*serverSpec // of the file
}

func newProxy(env *Env) *Command {
	var o proxyOptions
	return &Command{
		Name: "proxy", Group: GroupAct, Short: "carry jobs from queues to queues of other servers, for as long as it runs", Changes: true, Daemon: true,
		Examples: []Example{
			{"gearctl proxy --route gm1/hostgroup_dmz=gm2/hostgroup_dmz --route gm2/check_results=gm1/check_results", "checks out to a network that only lets us push, results back"},
			{"gearctl proxy --routes proxy.yaml", "routes from a file, each with keys, queues and a priority of its own"},
			{"gearctl proxy --route gm1/thumbnails=gm2/thumbnails --sync --parallel 4", "clients at gm1 wait for the result from gm2"},
			{"gearctl proxy --routes proxy.yaml --status-queue gm1/proxy_status", "and check_gearman -H gm1 -q proxy_status -s check asks how it is"},
		},
		Long: `A job is written to the spool, a directory on disk, and acknowledged at its source only then; it leaves the spool when
the target has accepted it. So whatever is killed or cut off, and whenever, the queues and the spool hold every job. A
job may then arrive twice, unless the target still has the first one waiting: unique keys are kept, and a job without
one gets one. While a target is away its jobs gather in the spool, and with --spool-max, or a full disk, they stay at
the source.

With --sync a job stays at its source while a job of the same kind runs at the target, and its data, warnings, status
and result come back; for clients that wait.

--decrypt-key-file and --encrypt-key-file carry Mod-Gearman jobs from one key to another, and --result-queue tells the
workers there where to send results. Jobs that cannot be decrypted are put aside, in the file rejected.jsonl of their
route in the spool. The priority is that of --priority, else what Mod-Gearman gives such a job, where it can be decoded,
else normal.

A server whose name stands alone is reached on port 4730; a queue without a server is on that of --server. A queue whose
own name holds a slash is written with its server, one with an = only in a file. Routes in a circle are refused, also
when a server stands there under two names.

The --tls flags are for all servers, but for those that a file describes under servers: with keys such as tls: false or
tls_ca: FILE.

At SIGTERM or ctrl-C it takes no more, keeps what it has, and exits with 0.`,
		Flags:   o.flags(),
		Choices: map[string][]string{"key-rule": keyRules, "priority": priorityNames()},
		Run:     func(ctx context.Context, _ Words) error { return runProxy(ctx, env, &o) },
	}
}

func (o *proxyOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "route", Destination: &o.routes, Usage: "carry jobs along `[SERVER/]QUEUE=[SERVER/]QUEUE`; repeatable"},
		textFlag("routes", &o.file, "routes and more from a YAML `FILE`"),
		&cli.BoolFlag{Name: "sync", Destination: &o.sync, Usage: "bring the result back to the client that waits"},
		&cli.IntFlag{Name: "parallel", Aliases: []string{"p"}, Destination: &o.parallel, Usage: "with --sync, up to `N` jobs of a route at a time (default: 1)"},
		&cli.StringSliceFlag{Name: "decrypt-key-file", Destination: &o.decrypt, Usage: "`FILE` with the Mod-Gearman key of the source; repeatable, all are tried"},
		textFlag("encrypt-key-file", &o.encrypt, "`FILE` with the key of the target"),
		&cli.BoolFlag{Name: "no-encryption", Destination: &o.clear, Usage: "send decrypted jobs on in clear"},
		textFlag("key-rule", &o.keyRule, "read key files as the programs in `RULE` do: c, or go, which take the whole file (default: c)"),
		textFlag("result-queue", &o.resultQueue, "have the results of checks sent to `QUEUE`"),
		textFlag("priority", &o.priority, "`PRIORITY` at the target: high, normal or low (default: by the kind of job)"),
		textFlag("spool", &o.spool, "`DIR` that keeps jobs on their way (default: gearctl/proxy in $XDG_STATE_HOME, ~/.local/state, or for root /var/lib)"),
		textFlag("spool-max", &o.spoolMax, "leave jobs at the source when the spool holds `SIZE`, such as 2GiB"),
		textFlag("status-queue", &o.statusQueue, "answer in `[SERVER/]QUEUE` how it is, as gearman_proxy does"),
		&cli.BoolFlag{Name: "accept-risk", Destination: &o.acceptRisk, Usage: "also from a server that destroys jobs which are handed back"},
	}
}

// priorityNames are what --priority takes.
func priorityNames() []string {
	return []string{wire.PriorityHigh.String(), wire.PriorityNormal.String(), wire.PriorityLow.String()}
}
