// Package doctor has the command doctor, which diagnoses a monitoring host: it finds the configurations of core, module and
// workers, checks files, processes, services and servers, and suggests a fix for each finding. It changes nothing, except
// for the test jobs that --read-only skips.
package doctor

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// options are the flags.
type options struct {
	root          string
	core          string
	workerConfigs urfave.StringSlice
	objects       string
	readOnly      bool
	offline       bool
	problems      bool
	wait          time.Duration
	interval      time.Duration
}

const longHelp = `Runs the checks an operator would make by hand. Each result is a row: ok, a finding (error or warning) with its fix,
unknown with the reason, or an advisory: a fault that a program has in this version. Files not given by flags are
searched where the distributions and OMD install them: the configuration of Icinga 1, Nagios or Naemon, of the module
and of the worker, the core's objects.cache, systemd units and init scripts. Run it as root: other users may not see all
files or what the core has loaded.

The checks: module (loaded by the core's configuration), process (the core runs and has loaded it), configuration
(config lint without hints), rights (of the core's and the worker's user, computed from mode, owner and groups), boot
(services enabled in systemd, SysV or OMD), gearmand (options, descriptors and stores of those on this host), clock,
server (reachable, known faults of its version, --ssl), queue (filled but unserved, served but never filled), results
(read by result_workers), perfdata, workers (connected and responding), jobs (unserved or phantom jobs), load (the
server's hash chains), returns, store (the server's, named on its host) and roundtrip.

It queries every server= and dupserver= of the configurations, and those of --server; on a host that has only gearmand,
the one that its service starts. All checks only read, except four, which --read-only skips. workers sends a status
request to each queue worker_NAME. returns takes a test job from a temporary queue and releases it five times, to
verify that the server keeps released jobs (gearmand --job-retries). store completes a background job in a temporary
queue, to verify that the server's store works. roundtrip sends an encrypted check with the command "/bin/echo gearctl
doctor" through each queue of the module that has workers, and waits for the result in a temporary queue. The temporary
queues are removed afterwards, which gearmand before 0.25 cannot do.

With --root every path, found or given by a flag, is inside DIR, such as a mounted disk or a container's root; servers
are contacted from this host.

The exit code is 1 if there are findings, else 4 if a check was inconclusive, else 0.`

// New returns the command doctor.
func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "doctor", Group: cli.GroupModGearman, OnlyReads: true, Short: "diagnose a monitoring host and suggest fixes", Changes: true, ReadsConfig: true,
		Examples: []cli.Example{
			{Line: "gearctl doctor", What: "on the monitoring host, as root"},
			{Line: "gearctl doctor --read-only --problems", What: "send no jobs and show only problems"},
			{Line: "gearctl doctor --root /mnt/host --offline -o json", What: "the files of another machine"},
		},
		Long: longHelp,
		Flags: []urfave.Flag{
			&urfave.StringFlag{Name: "root", Destination: &o.root, Usage: "inspect the file system under `DIR` instead of this host"},
			&urfave.StringFlag{Name: "core", Destination: &o.core, Usage: "the core's main configuration, `FILE` icinga.cfg, nagios.cfg or naemon.cfg"},
			&urfave.StringSliceFlag{Name: "worker-config", Destination: &o.workerConfigs, Usage: "configuration `FILE` of a worker; repeatable; for the module's use --config"},
			&urfave.StringFlag{Name: "objects", Destination: &o.objects, Usage: "the core's objects.cache `FILE` (default: from its configuration)"},
			&urfave.BoolFlag{Name: "read-only", Destination: &o.readOnly, Usage: "send no jobs: skip workers, returns, store and roundtrip"},
			&urfave.BoolFlag{Name: "offline", Destination: &o.offline, Usage: "contact no server"},
			&urfave.BoolFlag{Name: "problems", Destination: &o.problems, Usage: "show only findings and inconclusive checks"},
			cli.DurationFlag("wait", &o.wait, 10*time.Second, "wait up to `DURATION` for each result of roundtrip"),
			cli.DurationFlag("interval", &o.interval, 2*time.Second, "re-check non-empty result and perfdata queues after `DURATION`"),
		},
		Columns: cli.KeysOf[row](),
		Run:     func(ctx context.Context, _ cli.Words) error { return run(ctx, env, o) },
	}
}

func run(ctx context.Context, env *cli.Env, o options) error {
	print, err := newPrinter(env, o.problems)
	if err != nil {
		return err
	}
	d, err := newInspection(env, o)
	if err != nil {
		return err
	}
	d.checkHost()
	if !o.offline {
		if err := d.checkServers(ctx); ctx.Err() != nil {
			return cmderr.MergeErrors(print(d.rows), err)
		} else if err != nil {
			return err
		}
	}
	return cmderr.MergeErrors(print(d.rows), verdict(d.rows))
}
