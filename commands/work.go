package commands

import (
	"context"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/wire"
)

type workOptions struct {
	queues   []string
	command  []string
	parallel int
	count    int64
	timeout  time.Duration
	stream   bool
	print    bool
	print0   bool
	create   bool

	maxConnections int
	serverTimeout  bool
}

func newWork(env *Env) *Command {
	var o workOptions
	return &Command{
		Name: "work", Group: GroupAct, Args: "QUEUE… [-- COMMAND ARG…]", Short: "do the jobs of queues with a command, or print them", Changes: true, Destroys: true, Daemon: true,
		Examples: []Example{
			{"gearctl work reverse -- rev", "payload on stdin, stdout is the result"},
			{"gearctl work thumbnails --parallel 4 --job-timeout 1m -- ./thumbnail.sh", "four at a time, a minute each"},
			{"gearctl work events --print", "no command: print payloads, a line each, and complete the jobs"},
			{"gearctl work events --count 10 -o jsonl", "ten jobs with queue, handle and unique key"},
		},
		Long: `The command gets the payload on stdin; what it writes to stdout is the job's result. When it exits with another code
than 0, is killed or takes longer than --job-timeout, the job fails, and what it wrote to stderr goes to the waiting
client as a warning. It finds GEARMAN_FUNCTION, GEARMAN_HANDLE and GEARMAN_UNIQUE in its environment, but not
GEARCTL_KEY, and is started without a shell: for a pipe write -- sh -c 'a | b'.

Without a command payloads are printed and the jobs completed, which is the end of them; on a terminal control characters
are escaped. Such a line needs a terminal or one
of --print, --count and -o, and queues that exist; --create waits for others. With a command any queue is served, also one
that comes later. At its start work says which queues it serves, and with what.

All servers listed are served at once; one that goes away is tried again. At SIGTERM or ctrl-C the jobs in hand are
finished, then gearctl exits with 0, or with 130 when --count jobs were not reached.`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "parallel", Aliases: []string{"p"}, Destination: &o.parallel, Value: 1, Usage: "run up to `N` commands at a time"},
			&cli.Int64Flag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Usage: "stop after `N` jobs"},
			durationFlag("job-timeout", &o.timeout, 0, "kill a command that runs longer than `DURATION`, with all that it started; the job fails"),
			&cli.BoolFlag{Name: "server-timeout", Destination: &o.serverTimeout, Usage: "with --job-timeout: the server requeues a job of a gearctl that hangs or is lost, too; do not ask such a server for prioritystatus, which can stop it"},
			&cli.BoolFlag{Name: "stream", Destination: &o.stream, Usage: "send stdout on as it comes, not at the end"},
			&cli.BoolFlag{Name: "print", Destination: &o.print, Usage: "without a command print payloads and complete the jobs, also when stdout is no terminal"},
			&cli.BoolFlag{Name: "create", Destination: &o.create, Usage: "without a command also wait for queues that do not exist yet"},
			&cli.BoolFlag{Name: "print0", Aliases: []string{"0"}, Destination: &o.print0, Usage: "as --print, with a NUL byte after each payload, not a newline"},
			maxConnectionsFlag(&o.maxConnections),
		},
		Formats: []string{"raw"},
		Columns: keysOf[takenRow](),
		Min:     1, Max: anyNumber,
		Trailing: true,
		Complete: env.completeQueues,
		Run: func(ctx context.Context, w Words) error {
			o.queues, o.command = distinct(w.Args), w.Trailing
			if w.Dashes && len(w.Trailing) == 0 {
				return usagef("work: no command behind --")
			}
			return runWork(ctx, env, o)
		},
	}
}

func (o *workOptions) check() error {
	for _, q := range o.queues {
		if err := checkServed(q); err != nil {
			return err
		}
	}
	switch {
	case o.parallel < 1:
		return usagef("--parallel %d: must be at least 1", o.parallel)
	case o.count < 0:
		return usagef("--count %d: must not be negative", o.count)
	case len(o.command) > 0 && (o.print || o.print0):
		return usagef("--print and --print0 go without a command")
	case len(o.command) == 0 && (o.timeout > 0 || o.stream || o.parallel > 1):
		err := usagef("--parallel, --job-timeout and --stream go with a command, which follows --")
		if len(o.queues) > 1 {
			err.hint("did you mean: %v", workWith(o.queues, 1))
		}
		return err
	case o.serverTimeout && o.timeout == 0:
		return usagef("--server-timeout goes with --job-timeout")
	}
	return o.limits().valid()
}

func runWork(ctx context.Context, env *Env, o workOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	d, servers, err := env.network()
	if err != nil {
		return err
	}
	env.finite = o.count > 0
	s := newSupervisor(env, d)
	if len(o.command) == 0 {
		return printJobs(ctx, env, &o, s, servers)
	}
	do, err := newJobCommand(env, &o)
	if err != nil {
		return err
	}
	if err := s.reachable(ctx, servers); err != nil {
		return err
	}
	if err := o.limits().check(ctx, env, d, servers); err != nil {
		return err
	}
	o.announce(env, servers)
	k := o.crew(env, s)
	k.slots, k.do = wire.NewLimiter(o.parallel, o.count), do.run
	if o.serverTimeout {
		env.Info("--server-timeout: while this runs, ask %s for no prioritystatus (gearadmin --priority-status): it can stop a server whose workers use job time-outs", strings.Join(servers, ", "))
		k.timeout = o.timeout + killGrace + serverGrace
	}
	return k.work(ctx, servers)
}

// serverGrace is how much longer than we a server waits before it gives a job to another worker: we must have answered
// by then.
const serverGrace = 3 * time.Second

// crew returns workers that have no job to do yet.
func (o *workOptions) crew(env *Env, s *supervisor) *crew {
	k := &crew{client: env.client(s.d), queues: o.queues, s: s, limits: o.limits()}
	if o.stream {
		k.prepare = canStream
	}
	return k
}

func (o *workOptions) limits() *connLimits {
	return &connLimits{max: o.maxConnections, queues: len(o.queues), parallel: o.parallel}
}

// canStream refuses --stream before a job is taken from a server that knows no parts of a result.
func canStream(ctx context.Context, c *wire.Conn) error {
	r, err := askVersion(ctx, c)
	if err == nil && r.perl {
		err = withHint(r.unsupported(c.Server(), "parts of a result (WORK_DATA)", ""), "work without --stream: the result is sent at the end")
	}
	return err
}
