// Package work is the command work: it processes jobs with a command, or prints and completes them.
package work

import (
	"context"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/process"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/workerpool"
	"gearctl/wire"
)

type options struct {
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

	requeue      attemptsFlag
	requeueDelay time.Duration
}

func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "work", Group: cli.GroupAct, Args: "QUEUE… [-- COMMAND ARG…]", Short: "process jobs with a command, or print them", Changes: true, Destroys: true, Daemon: true, Finite: func() bool { return o.count > 0 },
		Examples: []cli.Example{
			{Line: "gearctl work reverse -- rev", What: "payload on stdin, result on stdout"},
			{Line: "gearctl work thumbnails --parallel 4 --job-timeout 1m -- ./thumbnail.sh", What: "four in parallel, at most a minute each"},
			{Line: "gearctl work mails --requeue=5 --requeue-delay 1m -- ./send", What: "try a failed background job up to five times, a minute apart"},
			{Line: "gearctl work events --print", What: "without a command: print payloads and complete the jobs"},
			{Line: "gearctl work events --count 10 -o jsonl", What: "ten jobs, with queue, handle and unique key"},
		},
		Long: `The command gets the payload on stdin, and its stdout is the job's result. If it exits with a non-zero code, is killed
or exceeds --job-timeout, the job fails, and its stderr goes to the waiting client as a warning. Its environment has
GEARMAN_FUNCTION, GEARMAN_HANDLE and GEARMAN_UNIQUE, but not GEARCTL_KEY. It runs without a shell: for a pipe use --
sh -c 'a | b'.

With --requeue a background job that fails is put back by the server, at the end of its queue, with its unique key,
priority and payload, until it has failed N times; then it is gone, as without --requeue. A job that a client waits
for is not put back. During --requeue-delay a failed job counts as running, and other jobs are processed. If gearctl
ends or is killed meanwhile, the job is put back at once: it is in the server all the time, and never there twice. The
attempts are the server's own count of how often it put the job back (RETRIES in jobs), shared by all workers; peek and
workers that died count too. A server that restarts with its jobs begins anew. Another worker may have failed the same
job a moment ago without being counted, so that it is tried once more than N times. Servers with --job-retries below N
are refused.

Without a command payloads are printed and the jobs completed, so they are gone; on a terminal control characters are
escaped. This needs a terminal or one of --print, --count and -o, and existing queues; --create also waits for others.
With a command any queue is served, even one created later. work prints at the start which queues it serves and how.

All listed servers are served at once; lost connections are re-established. On SIGTERM or ctrl-C running jobs are
finished, then gearctl exits with 0, or with 130 if --count jobs were not reached.`,
		Flags: []urfave.Flag{
			&urfave.IntFlag{Name: "parallel", Aliases: []string{"p"}, Destination: &o.parallel, Value: 1, Usage: "run up to `N` commands at a time"},
			&urfave.Int64Flag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Usage: "stop after `N` jobs"},
			cli.DurationFlag("job-timeout", &o.timeout, 0, "kill a command that runs longer than `DURATION`, with all its children; the job fails"),
			&urfave.BoolFlag{Name: "server-timeout", Destination: &o.serverTimeout, Usage: "with --job-timeout: let the server also requeue jobs of a hung or lost gearctl; such a server can crash on prioritystatus"},
			&urfave.GenericFlag{Name: "requeue", Value: &o.requeue, Usage: "put a failed background job back into its queue, until it has failed `N` times (3)"},
			cli.DurationFlag("requeue-delay", &o.requeueDelay, requeueDelay, "with --requeue: keep a failed job for `DURATION` before it is put back"),
			&urfave.BoolFlag{Name: "stream", Destination: &o.stream, Usage: "send stdout as it is written, not at the end"},
			&urfave.BoolFlag{Name: "print", Destination: &o.print, Usage: "without a command: print payloads and complete the jobs even if stdout is not a terminal"},
			&urfave.BoolFlag{Name: "create", Destination: &o.create, Usage: "without a command: also wait for queues that do not exist yet"},
			&urfave.BoolFlag{Name: "print0", Aliases: []string{"0"}, Destination: &o.print0, Usage: "like --print, with a NUL byte after each payload, not a newline"},
			cli.MaxConnectionsFlag(&o.maxConnections),
		},
		Formats: []string{"raw"},
		Columns: cli.KeysOf[takenRow](),
		Min:     1, Max: cli.AnyNumber,
		Trailing: true,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			o.queues, o.command = workerpool.Distinct(w.Args), w.Trailing
			if w.Dashes && len(w.Trailing) == 0 {
				return cmderr.Usagef("work: no command given after --")
			}
			return run(ctx, env, o)
		},
	}
}

func (o *options) check() error {
	for _, q := range o.queues {
		if err := checkServed(q); err != nil {
			return err
		}
	}
	switch {
	case o.parallel < 1:
		return cmderr.Usagef("--parallel %d: must be at least 1", o.parallel)
	case o.count < 0:
		return cmderr.Usagef("--count %d: must not be negative", o.count)
	case len(o.command) > 0 && (o.print || o.print0):
		return cmderr.Usagef("--print and --print0 exclude a command")
	case len(o.command) == 0 && (o.timeout > 0 || o.stream || o.parallel > 1):
		err := cmderr.Usagef("--parallel, --job-timeout and --stream need a command after --")
		if len(o.queues) > 1 {
			err.Hint("did you mean: %v", withCommand(o.queues, 1))
		}
		return err
	case o.requeue > 0 && len(o.command) == 0:
		return cmderr.Usagef("--requeue needs a command after --")
	case o.requeueDelay != requeueDelay && o.requeue == 0:
		return cmderr.Usagef("--requeue-delay needs --requeue")
	case o.serverTimeout && o.timeout == 0:
		return cmderr.Usagef("--server-timeout needs --job-timeout")
	}
	return o.limits().Validate()
}

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	s := connect.NewSupervisor(env, d)
	if len(o.command) == 0 {
		return printJobs(ctx, env, &o, s, servers)
	}
	do, err := newJobCommand(env, &o)
	if err != nil {
		return err
	}
	if err := s.CheckReachable(ctx, servers); err != nil {
		return err
	}
	if err := o.limits().CheckServers(ctx, env, d, servers); err != nil {
		return err
	}
	if o.requeue > 0 {
		do.requeue = newRequeuer(env, d, &o)
		if err := do.requeue.checkServers(ctx, servers); err != nil {
			return err
		}
	}
	o.announce(env, servers)
	pool := o.newPool(env, s)
	pool.Limiter, pool.Do, pool.Prepare = wire.NewLimiter(o.parallel, o.count), do.run, do.prepare
	if o.serverTimeout {
		env.Info("--server-timeout: while this runs, do not send prioritystatus (gearadmin --priority-status) to %s: it can crash a server whose workers use job timeouts", strings.Join(servers, ", "))
		pool.Timeout = o.timeout + process.KillGrace + serverGrace
	}
	defer env.Serving()()
	return pool.Run(ctx, servers)
}

// requeueDelay is the default of --requeue-delay.
const requeueDelay = 10 * time.Second

// serverGrace is how much longer than gearctl the server waits before it requeues a job, so that gearctl always answers
// first.
const serverGrace = 3 * time.Second

// newPool returns a worker pool without Limiter and Do.
func (o *options) newPool(env *cli.Env, s *connect.Supervisor) *workerpool.Pool {
	return &workerpool.Pool{Client: env.Client(s.Dialer), Queues: o.queues, Supervisor: s, Limits: o.limits()}
}

func (o *options) limits() *workerpool.ConnLimits {
	return &workerpool.ConnLimits{Max: o.maxConnections, Queues: len(o.queues), Parallel: o.parallel}
}

// canStream rejects a server that does not support partial results before a job is taken from it.
func canStream(ctx context.Context, c *wire.Conn) error {
	r, err := servers.AskVersion(ctx, c)
	if err == nil && r.Perl {
		err = cmderr.WithHint(r.Unsupported(c.Server(), "parts of a result (WORK_DATA)", ""), "work without --stream: the result is sent at the end")
	}
	return err
}
