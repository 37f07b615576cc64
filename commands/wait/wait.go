// Package wait has the command wait: it polls queues until their numbers are as wanted, for scripts. It changes nothing.
package wait

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

type options struct {
	queues   []string
	texts    [3]string // ranges of waiting, running and workers, as typed
	limits   [3]nagios.Range
	exists   bool
	timeout  time.Duration
	interval time.Duration
}

// metrics are what can be waited for, in the order of options.limits.
var metrics = [3]string{"waiting", "running", "workers"}

// minInterval is the shortest time between two polls: a server answers nobody else while it lists its queues.
const minInterval = 50 * time.Millisecond

// New returns the command wait.
func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "wait", Group: cli.GroupInspect, OnlyReads: true, Args: "QUEUE|GLOB…", Short: "wait until queues have few jobs, or enough workers",
		Examples: []cli.Example{
			{Line: "gearctl wait perfdata --waiting 0 --running 0 --timeout 5m && systemctl stop gearmand", What: "until all jobs are done, for five minutes at most"},
			{Line: "gearctl wait 'hostgroup_*' --exists --workers 1: --timeout 30", What: "after a start: until each has a worker"},
			{Line: "gearctl wait check_results --waiting 100 -v", What: "until at most 100 wait, with every change on stderr"},
		},
		Long: `Asks for the status of all servers every --interval, and ends when every QUEUE on every server that has it is as the
flags say. A RANGE is one of the Monitoring Plugins guidelines, in which the number has to be: "0" is none, "10" at most
10, "1:" at least 1, "5:10" from 5 to 10, "@5:10" anything else.

An unknown QUEUE is an error at the start, also a GLOB that matches none; with --exists they are waited for. A queue that
goes away later has no jobs and no workers.

Then the numbers are printed, as rows with -o json. On a terminal, and with --verbose, each change is reported on stderr.
The exit code is 5 when --timeout is over before; the rows and an error tell what is missing. A server that fails at the
start is an error, as elsewhere; later it is asked again until it answers.`,
		Flags: []urfave.Flag{
			cli.TextFlag("waiting", &o.texts[0], "until the number of waiting jobs is in `RANGE`"),
			cli.TextFlag("running", &o.texts[1], "until the number of running jobs is in `RANGE`"),
			cli.TextFlag("workers", &o.texts[2], "until the number of workers is in `RANGE`"),
			&urfave.BoolFlag{Name: "exists", Destination: &o.exists, Usage: "wait for queues that do not exist yet"},
			cli.DurationFlag("timeout", &o.timeout, 0, "wait for `DURATION` at most, then exit with 5; 0: forever. Network steps have the limit of GEARCTL_TIMEOUT, else 5s"),
			cli.DurationFlag("interval", &o.interval, time.Second, "ask every `DURATION`"),
		},
		Columns: cli.KeysOf[row](),
		Exits:   "5 not reached within --timeout",
		Min:     1, Max: cli.AnyNumber,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			o.queues = w.Args
			return run(ctx, env, o)
		},
	}
}

// parse reads the ranges. A line that says nothing to wait for is refused.
func (o *options) parse() (err error) {
	none := !o.exists
	for i, text := range o.texts {
		if text == "" {
			continue
		}
		none = false
		if o.limits[i], err = nagios.ParseRange(text); err != nil {
			return cmderr.Usagef("--%s %.60q: %v", metrics[i], text, err)
		}
	}
	switch {
	case none:
		return cmderr.Usagef("wait: nothing to wait for").
			Hint("until no job is left: %v", cmderr.Again("--waiting", "0", "--running", "0"))
	case o.interval < minInterval:
		return cmderr.Usagef("--interval %s: must be at least %v", cmderr.ShortDuration(o.interval), minInterval)
	}
	return nil
}

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.parse(); err != nil {
		return err
	}
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	p, err := cli.NewPrinter[row](env, output.Options{HideInTable: env.ServerColumn(), Empty: "no queues"})
	if err != nil {
		return err
	}
	w := &waiter{env: env, o: &o, matcher: m, start: env.Now(), seen: map[key]bool{}}
	rows, err := w.wait(ctx)
	for i := range rows {
		rows[i].Waited = env.Now().Sub(w.start).Seconds()
	}
	if len(rows) == 0 && err != nil {
		return err
	}
	return cmderr.MergeErrors(p.PrintAll(rows), err)
}
