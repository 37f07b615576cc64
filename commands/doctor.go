package commands

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"
)

// doctorOptions are the flags of doctor.
type doctorOptions struct {
	root          string
	core          string
	workerConfigs cli.StringSlice
	objects       string
	readOnly      bool
	offline       bool
	problems      bool
	wait          time.Duration
	interval      time.Duration
}

const doctorLong = `Goes through what an operator would look at by hand. Each look is a row: ok, a finding (an error or a warning) with its
cure, or "cannot tell" with the reason. Files that no flag names are looked for where the distributions and OMD put them:
the configuration of Icinga 1, Nagios or Naemon, of the module and of the worker, the core's objects.cache, units and
init scripts. Run it as root: another user may not see all files, nor what the core has loaded.

The looks: module (loaded by the core's configuration), process (the core runs and has loaded it), configuration (all of
config lint, hints left out), rights (of the core's and the worker's user, computed from mode, owner and groups), boot
(services enabled in systemd, SysV or OMD), clock, server (reachable, known faults of its version, --ssl), queue (filled
and without worker, served and never filled), results (read by result_workers), perfdata, workers (connected, and they
tell their state), jobs (that nobody will take, phantoms), load (the server's hash chains), returns, store and roundtrip.

It asks every server= and dupserver= of the configurations, and those of --server. All that is only reading, but for
four looks, which --read-only leaves out: workers asks each in its queue worker_NAME; returns puts a job into a queue
of its own, takes it and releases it five times, to prove that the server keeps such jobs (gearmand --job-retries);
store puts a background job into a queue of its own and completes it, to prove that the server's store works;
roundtrip sends an encrypted check with the command "/bin/echo gearctl doctor" through each queue of the module that
has workers, which run it, and waits for its result in a queue of its own. The queues of the last three are removed
afterwards, which gearmand before 0.25 cannot do.

With --root every path, found or given by a flag, is one inside DIR, a mounted disk or a container's tree; servers are
reached from here.

The exit code is 1 when there are findings; else 4 when something could not be told; else 0.`

func newDoctor(env *Env) *Command {
	var o doctorOptions
	return &Command{
		Name: "doctor", Group: GroupModGearman, Short: "go through a monitoring host: what is wrong, and its cure", Changes: true, ReadsConfig: true,
		Examples: []Example{
			{"gearctl doctor", "on the monitoring host, as root"},
			{"gearctl doctor --read-only --problems", "send no job, and show only what is not ok"},
			{"gearctl doctor --root /mnt/host --offline -o json", "the files of another machine"},
		},
		Long: doctorLong,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "root", Destination: &o.root, Usage: "look at the tree in `DIR` instead of this host"},
			&cli.StringFlag{Name: "core", Destination: &o.core, Usage: "the core's main configuration, `FILE` icinga.cfg, nagios.cfg or naemon.cfg"},
			&cli.StringSliceFlag{Name: "worker-config", Destination: &o.workerConfigs, Usage: "configuration `FILE` of a worker; repeatable (that of the module: --config)"},
			&cli.StringFlag{Name: "objects", Destination: &o.objects, Usage: "the core's objects.cache `FILE` (default: the one that its configuration names)"},
			&cli.BoolFlag{Name: "read-only", Destination: &o.readOnly, Usage: "send no job: leave out returns, store and roundtrip, and do not ask workers"},
			&cli.BoolFlag{Name: "offline", Destination: &o.offline, Usage: "ask no server at all"},
			&cli.BoolFlag{Name: "problems", Destination: &o.problems, Usage: "leave out the rows that are ok"},
			durationFlag("wait", &o.wait, 10*time.Second, "wait up to `DURATION` for each result of roundtrip"),
			durationFlag("interval", &o.interval, 2*time.Second, "re-check non-empty result and perfdata queues after `DURATION`"),
		},
		Columns: keysOf[doctorRow](),
		Run:     func(ctx context.Context, _ Words) error { return runDoctor(ctx, env, o) },
	}
}

func runDoctor(ctx context.Context, env *Env, o doctorOptions) error {
	print, err := doctorPrinter(env, o.problems)
	if err != nil {
		return err
	}
	d, err := newDoctorVisit(env, o)
	if err != nil {
		return err
	}
	d.lookAtHost()
	if !o.offline {
		if err := d.lookAtServers(ctx); ctx.Err() != nil {
			return mergeErrors(print(d.rows), err)
		} else if err != nil {
			return err
		}
	}
	return mergeErrors(print(d.rows), verdict(d.rows))
}
