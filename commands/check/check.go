// Package check has the commands check host, check service, check work and check exec: it sends checks as the NEB module
// does and waits for their results, and runs plugins as a worker does. It never runs a command from a server unless asked to
// work.
package check

import (
	"context"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/roundtrip"
	"gearctl/wire/modgearman"
)

// New returns the command check.
func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "check", Group: cli.GroupModGearman, Short: "send Mod-Gearman checks, or run them as a worker",
		Sub: cli.Below(env,
			cli.Subcommand{Name: "host", New: func(env *cli.Env) *cli.Command { return newSend(env, modgearman.KindHost) }},
			cli.Subcommand{Name: "service", New: func(env *cli.Env) *cli.Command { return newSend(env, modgearman.KindService) }},
			cli.Subcommand{Name: "work", New: newWork},
			cli.Subcommand{Name: "exec", New: newExec},
		),
	}
}

// sendOptions are those of check host and check service.
type sendOptions struct {
	kind          modgearman.Kind
	host, service string
	command       string
	target        queueFlags
	keys          cli.KeyFlags
	resultQueue   string
	unique        string
	forced        bool
	count         int64
	parallel      int
	wait          time.Duration
	jobTimeout    time.Duration
}

// The choices of --unique.
const (
	uniqueModule = "module"
	uniqueRandom = "random"
)

const sendHelp = `Sends the same packet that the NEB module sends. The queue is --queue, or the one the module with --config would
choose for an object with these groups and variables, or else host or service.

With --wait the worker sends its result to a private queue, where gearctl waits on every listed server. gearctl then
exits like a plugin: it prints the plugin's output and a line with timings, and exits with the plugin's code. Failures
are one line on stdout and exit code 3: no worker on the queue, no worker took the check, the worker died, the result
is late, or a worker took the check and discarded it, usually because the keys differ. A check that no worker has
taken is withdrawn. A queue that does not exist is not created: the check is sent once a worker serves it.

Without --wait the check is queued and its result goes to the core. It has the module's unique key, so the server
merges it with a check of the same object that is already waiting; with --wait or --count it has a unique key of its
own.`

// newSend returns check host or check service.
func newSend(env *cli.Env, kind modgearman.Kind) *cli.Command {
	o := sendOptions{kind: kind}
	c := &cli.Command{
		Name: kind.String(), Group: cli.GroupModGearman, Changes: true, Long: sendHelp,
		Columns: cli.KeysOf[roundtrip.Report](),
		Choices: map[string][]string{"unique": {uniqueModule, uniqueRandom}},
		Flags:   o.flags(),
		Plugin:  func(argv []string) bool { return hasFlag(argv, "wait") },
		Run: func(ctx context.Context, w cli.Words) error {
			o.host = w.Args[0]
			if kind == modgearman.KindService {
				o.service = w.Args[1]
			}
			return runSend(ctx, env, o)
		},
	}
	if kind == modgearman.KindHost {
		c.Args, c.Min, c.Max = "HOST", 1, 1
		c.Short = "send a host check through a queue and wait for the result"
		c.Examples = []cli.Example{
			{Line: "gearctl check host web01 --key-file key.txt --wait 10s --command '/usr/lib/nagios/plugins/check_ping -H 10.0.0.1 -w 100,20% -c 500,60%'", What: "through queue host to a worker and back"},
			{Line: "gearctl check host web01 --config neb.conf --hostgroup dmz --wait 10s --command /bin/true", What: "through the queue that the module would choose"},
		}
		return c
	}
	c.Args, c.Min, c.Max = "HOST SERVICE", 2, 2
	c.Short = "send a service check through a queue and wait for the result"
	c.Examples = []cli.Example{
		{Line: "gearctl check service web01 disk --key-file key.txt --wait 10s --command '/usr/lib/nagios/plugins/check_disk -w 10% -c 5%'", What: "through queue service to a worker and back; exits with the plugin's code"},
		{Line: "gearctl check service web01 disk --config neb.conf --command '/usr/lib/nagios/plugins/check_disk -w 10%'", What: "to the module's queue; the core gets the result"},
		{Line: "gearctl check service web01 load --queue hostgroup_dmz --key-file key.txt --count 100 --parallel 4 --wait 10s --command /bin/true", What: "a hundred round trips, four at a time"},
	}
	return c
}

func (o *sendOptions) flags() []urfave.Flag {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "command", Aliases: []string{"c"}, Destination: &o.command, Usage: "command `LINE` for the worker to run"},
		cli.DurationFlag("wait", &o.wait, 0, "wait up to `DURATION` for the result, then exit like a plugin"),
	}
	flags = append(flags, o.target.flags()...)
	flags = append(flags, o.keys.Flags(false)...)
	return append(flags,
		cli.DurationFlag("job-timeout", &o.jobTimeout, time.Minute, "plugin timeout: `DURATION` in whole seconds"),
		&urfave.BoolFlag{Name: "forced", Destination: &o.forced, Usage: "mark the check as forced by hand: service checks get high priority"},
		&urfave.StringFlag{Name: "result-queue", Destination: &o.resultQueue, Usage: "`QUEUE` for the result, without --wait (default: that of --config, or check_results)"},
		&urfave.StringFlag{Name: "unique", Destination: &o.unique, Usage: "unique `KEY`: module, of host and service, or random (default: module for one check without --wait)"},
		&urfave.Int64Flag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Value: 1, Usage: "send the check `N` times"},
		&urfave.IntFlag{Name: "parallel", Aliases: []string{"p"}, Destination: &o.parallel, Value: 1, Usage: "with --wait: keep `N` checks in flight"},
	)
}

func (o *sendOptions) validate() error {
	switch {
	case o.command == "":
		return cmderr.Usagef("check %v: no --command given", o.kind).Hint("give the command line for the worker: --command '/usr/lib/nagios/plugins/check_dummy 0'")
	case o.count < 1:
		return cmderr.Usagef("--count %d: must be at least 1", o.count)
	case o.parallel < 1:
		return cmderr.Usagef("--parallel %d: must be at least 1", o.parallel)
	case o.parallel > 1 && o.wait == 0:
		return cmderr.Usagef("--parallel needs --wait: without it checks are sent as fast as the server accepts them")
	case o.wait > 0 && o.resultQueue != "":
		return cmderr.Usagef("--wait uses a private result queue and excludes --result-queue")
	case o.wait > 0 && o.unique == uniqueModule:
		return cmderr.Usagef("--wait excludes --unique module: the server could merge the check with one from the core").
			Hint("omit --unique: the check gets a key of its own")
	case o.unique != "" && o.unique != uniqueModule && o.unique != uniqueRandom:
		return cmderr.Usagef("--unique %.60q: must be %s or %s", o.unique, uniqueModule, uniqueRandom)
	case o.jobTimeout > 0 && o.jobTimeout < time.Second:
		return cmderr.Usagef("--job-timeout %v: must be at least 1s", o.jobTimeout)
	}
	return nil
}

func runSend(ctx context.Context, env *cli.Env, o sendOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	m, err := newTemplate(env, &o)
	if err != nil {
		return err
	}
	if o.wait > 0 {
		return sendAndWait(ctx, env, &o, m)
	}
	return enqueue(ctx, env, &o, m)
}

// hasFlag reports whether a line holds a flag before its first --.
func hasFlag(argv []string, name string) bool {
	for _, word := range argv {
		if word == "--" {
			return false
		}
		flag, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if strings.HasPrefix(word, "-") && flag == name {
			return true
		}
	}
	return false
}
