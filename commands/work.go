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
		Name: "work", Group: GroupAct, Args: "QUEUE… [-- COMMAND ARG…]", Short: "process jobs with a command, or print them", Changes: true, Destroys: true, Daemon: true,
		Examples: []Example{
			{"gearctl work reverse -- rev", "payload on stdin, result on stdout"},
			{"gearctl work thumbnails --parallel 4 --job-timeout 1m -- ./thumbnail.sh", "four in parallel, at most a minute each"},
			{"gearctl work events --print", "without a command: print payloads and complete the jobs"},
			{"gearctl work events --count 10 -o jsonl", "ten jobs, with queue, handle and unique key"},
		},
		Long: `The command gets the payload on stdin, and its stdout is the job's result. If it exits with a non-zero code, is killed
or exceeds --job-timeout, the job fails, and its stderr goes to the waiting client as a warning. Its environment has
GEARMAN_FUNCTION, GEARMAN_HANDLE and GEARMAN_UNIQUE, but not GEARCTL_KEY. It runs without a shell: for a pipe use --
sh -c 'a | b'.

Without a command payloads are printed and the jobs completed, so they are gone; on a terminal control characters are
escaped. This needs a terminal or one of --print, --count and -o, and existing queues; --create also waits for others.
With a command any queue is served, even one created later. work prints at the start which queues it serves and how.

All listed servers are served at once; lost connections are re-established. On SIGTERM or ctrl-C running jobs are
finished, then gearctl exits with 0, or with 130 if --count jobs were not reached.`,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "parallel", Aliases: []string{"p"}, Destination: &o.parallel, Value: 1, Usage: "run up to `N` commands at a time"},
			&cli.Int64Flag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Usage: "stop after `N` jobs"},
			durationFlag("job-timeout", &o.timeout, 0, "kill a command that runs longer than `DURATION`, with all its children; the job fails"),
			&cli.BoolFlag{Name: "server-timeout", Destination: &o.serverTimeout, Usage: "with --job-timeout: let the server also requeue jobs of a hung or lost gearctl; such a server can crash on prioritystatus"},
			&cli.BoolFlag{Name: "stream", Destination: &o.stream, Usage: "send stdout as it is written, not at the end"},
			&cli.BoolFlag{Name: "print", Destination: &o.print, Usage: "without a command: print payloads and complete the jobs even if stdout is not a terminal"},
			&cli.BoolFlag{Name: "create", Destination: &o.create, Usage: "without a command: also wait for queues that do not exist yet"},
			&cli.BoolFlag{Name: "print0", Aliases: []string{"0"}, Destination: &o.print0, Usage: "like --print, with a NUL byte after each payload, not a newline"},
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
				return usagef("work: no command given after --")
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
		return usagef("--print and --print0 exclude a command")
	case len(o.command) == 0 && (o.timeout > 0 || o.stream || o.parallel > 1):
		err := usagef("--parallel, --job-timeout and --stream need a command after --")
		if len(o.queues) > 1 {
			err.hint("did you mean: %v", workWith(o.queues, 1))
		}
		return err
	case o.serverTimeout && o.timeout == 0:
		return usagef("--server-timeout needs --job-timeout")
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
		env.Info("--server-timeout: while this runs, do not send prioritystatus (gearadmin --priority-status) to %s: it can crash a server whose workers use job timeouts", strings.Join(servers, ", "))
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
