// Package drain is the command drain. A drainer drains the queues of a jobs.Plan, servers side by side; the taker of a queue
// passes the jobs that a jobs.Filter selects to a sink, which discards them, writes their payloads to stdout, or saves
// them to an archive. No job is acknowledged before its sink has it safe, and all others are released.
package drain

import (
	"context"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/pieces"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

type options struct {
	queues   []string
	complete bool
	max      int64
	duration time.Duration
	follow   bool
	dryRun   bool
	yes      bool
	all      bool
	ifExists bool
	print0   bool
	window   int

	to             string
	append         bool
	rotate         pieces.Rotation
	command        string
	commandTimeout time.Duration
	acceptRisk     bool
	priorities     cli.KeptPriorities
	filter         cli.FilterFlags
}

func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "drain", Group: cli.GroupAct, Args: "QUEUE|GLOB…", Short: "remove waiting jobs from queues", Changes: true, Destroys: true,
		Examples: []cli.Example{
			{Line: "gearctl drain perfdata", What: "asks for confirmation, then empties the queue"},
			{Line: "gearctl drain 'hostgroup_*' --dry-run", What: "what would be drained"},
			{Line: "gearctl drain perfdata --yes -o json", What: "for scripts: the result as JSON, and an exit code"},
			{Line: "gearctl drain perfdata --to perfdata.jsonl.gz", What: "into a file, to be restored with gearctl replay"},
			{Line: "gearctl drain perfdata --follow --yes --to 'perfdata-%Y%m%d-%H.jsonl.gz' --rotate 1h", What: "a file per hour, until interrupted"},
			{Line: `gearctl drain perfdata --yes --to-command 'gzip | aws s3 cp - "s3://backup/$GEARCTL_ARCHIVE_NAME.jsonl.gz"'`, What: "into object storage"},
			{Line: "gearctl drain service --match 'host=web*' --older-than 10m --key-file key.txt --to old.jsonl", What: "only matching jobs; the others keep their order"},
			{Line: "gearctl drain perfdata --max 100 -o raw > jobs.txt", What: "the first hundred payloads into a file"},
		},
		Long: `Takes every waiting job and answers it with WORK_FAIL, so that waiting clients learn that it was not done. Jobs that
workers are running are left alone; cancelled and abandoned jobs are removed along the way. At the end the server is
queried again: REMAINING counts jobs that arrived in the meantime or are scheduled, RUNNING counts jobs held by
workers.

Jobs are taken first and acknowledged at the end, newest first, which is fastest for gearmand. Until then the server
owns them: if gearctl is killed they are requeued. --max, --for and --follow acknowledge as they go. With -o
raw a job is acknowledged after its payload was written; payloads are verbatim in files and pipes, and have control
characters escaped on a terminal.

--follow and --for also take jobs that arrive later. They ask for confirmation on an empty queue too, and QUEUE need
not exist yet. A glob that matches every queue needs --all. Globs never match gearctl's own queues.

--to FILE saves the jobs as JSON lines, compressed if the name ends in .zst or .gz; - is stdout. A job is acknowledged
once it is on disk, so that after a crash the file and the queue together hold every job. An existing file is refused
without --append. Jobs written to stdout count as saved once written, whatever the reader does with them: between
servers use gearctl move. gearctl replay restores the jobs with their unique keys and, where known, their priority.

--rotate ends the file and begins another at a size, at a time, or both. Each is a complete archive. A size is about
that of the file, compressed or not; times count from midnight, local time: 15m means every quarter of an hour. A %
in the name of the file becomes the time at which the file begins, by the
letters of strftime: %Y %m %d %H %M %S, %y %j %F, %G %V %u (ISO week and day), %s, %z, and %% for a %. A name that
exists gets a number: jobs-2.jsonl.gz.

--to-command runs COMMAND with sh -c for each queue, with an archive as its stdin; with --rotate it is run again at each size or
time. The jobs are held until it has read all and exited with 0, and are acknowledged then. Otherwise they are
released, and the drain of that queue ends. It has the variables GEARCTL_ARCHIVE_QUEUE, _SERVER, _TIME and _PIECE, and
_NAME, which is made of these and differs in every run. What it writes to stderr is shown, what it writes to stdout with
--verbose. After an interrupt it has 30 seconds, after a second one none. At most 2,000,000 jobs are held; then it is run again.

--match and --older-than select jobs. To find them the whole queue is held for a moment, and jobs that do not match
are released twice, which keeps their order. A job that cannot be decoded does not match. --dry-run does not hold the
queue: with --match, --older-than or --for it reports the most that could be drained.

A server that runs with --job-retries destroys jobs that are released too often. Before --to, --match and --older-than
gearctl checks for this with a test job, and refuses to drain from such a server. --accept-risk overrides this for --to
only, since --match and --older-than always release jobs.`,
		Flags: append([]urfave.Flag{
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "show what would be drained, change nothing"},
			&urfave.BoolFlag{Name: "all", Destination: &o.all, Usage: "allow a glob that matches every queue"},
			&urfave.BoolFlag{Name: "if-exists", Destination: &o.ifExists, Usage: "a queue that no server has is not an error"},
			&urfave.Int64Flag{Name: "max", Aliases: []string{"m"}, Destination: &o.max, Usage: "stop after `N` jobs of each queue"},
			cli.DurationFlag("for", &o.duration, 0, "stop after `DURATION`"),
			&urfave.BoolFlag{Name: "follow", Aliases: []string{"f"}, Destination: &o.follow, Usage: "keep waiting for more jobs, until interrupted"},
			&urfave.BoolFlag{Name: "complete", Destination: &o.complete, Usage: "answer WORK_COMPLETE, as if the jobs had been done"},
			&urfave.BoolFlag{Name: "print0", Aliases: []string{"0"}, Destination: &o.print0, Usage: "with -o raw end each payload with a NUL byte, not a newline"},
			&urfave.IntFlag{Name: "window", Destination: &o.window, Value: wire.DefaultWindow, Usage: "keep `N` grabs in flight"},
			cli.TextFlag("to", &o.to, "save the jobs to `FILE` as JSON lines, zstd for .zst, gzip for .gz, - for stdout"),
			&urfave.BoolFlag{Name: "append", Destination: &o.append, Usage: "append to an existing --to file"},
			cli.RotationFlag("rotate", &o.rotate, "begin another --to file at a `SIZE|DURATION`: 500M, 1h, or 500M,1h for both; % in its name is the time"),
			cli.TextFlag("to-command", &o.command, "save the jobs by running `COMMAND` in a shell, with an archive as its stdin"),
			cli.DurationFlag("command-timeout", &o.commandTimeout, 5*time.Minute, "kill a command that reads nothing, or does not end, for `DURATION`"),
			&urfave.BoolFlag{Name: "accept-risk", Destination: &o.acceptRisk, Usage: "proceed even if the server may destroy released jobs"},
			o.priorities.Flag(),
		}, o.filter.Flags()...),
		Formats: []string{cli.FormatRaw},
		Columns: cli.KeysOf[row](),
		Choices: map[string][]string{"key-rule": cli.KeyRules, "priorities": {cli.PrioritiesKeep, cli.PrioritiesLose}},
		Min:     1, Max: cli.AnyNumber,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			o.queues = w.Args
			return run(ctx, env, o)
		},
	}
}

func (o *options) check() error {
	switch {
	case o.max < 0:
		return cmderr.Usagef("--max %d: must not be negative", o.max)
	case o.window < 1 || o.window > cli.MaxWindow:
		return cmderr.Usagef("--window %d: must be from 1 to %d", o.window, cli.MaxWindow)
	case o.append && (o.to == "" || o.to == "-"):
		return cmderr.Usagef("--append needs --to FILE")
	case o.to != "" && o.command != "":
		return cmderr.Usagef("--to and --to-command exclude each other")
	case !o.rotate.None() && o.command == "" && (o.to == "" || o.to == "-"):
		return cmderr.Usagef("--rotate needs --to FILE or --to-command")
	case o.command != "" && o.commandTimeout <= 0:
		return cmderr.Usagef("--command-timeout %v: must be over 0", o.commandTimeout)
	case o.command != "" && o.follow && o.duration == 0 && o.rotate.None():
		return cmderr.Usagef("--to-command with --follow needs --rotate: the jobs are held until the command ends")
	case !o.rotate.None() && o.append:
		return cmderr.Usagef("--rotate makes new files and leaves those that exist alone: omit --append")
	case o.acceptRisk && !o.saves() && o.filter.None():
		return cmderr.Usagef("--accept-risk is for --to, --to-command, --match and --older-than")
	case !o.filter.None() && o.waits():
		return cmderr.Usagef("--match and --older-than hold a whole queue: not with --follow or --for")
	}
	if err := pieces.CheckPattern(o.to); err != nil && !o.rotate.None() {
		return cmderr.Usagef("--to %.100q: %v", o.to, err)
	}
	return o.priorities.Check()
}

// laterJobs describes which jobs that arrive later are drained too; "" for none.
func (o *options) laterJobs() string {
	most := ""
	if o.max > 0 {
		most = ", " + output.Count(o.max) + " of each queue at most"
	}
	switch {
	case o.follow && o.duration > 0:
		return " and all that arrive within " + cmderr.ShortDuration(o.duration) + most
	case o.follow:
		return " and all that arrive until interrupted" + most
	case o.duration > 0:
		return " and those that arrive within " + cmderr.ShortDuration(o.duration) + most
	}
	return ""
}

// saves reports whether the jobs are wanted.
func (o *options) saves() bool { return o.to != "" || o.command != "" }

// where names what has the jobs.
func (o *options) where() string {
	if o.command != "" {
		return "the command's storage"
	}
	return o.to
}

// waits reports whether jobs that arrive later are drained too.
func (o *options) waits() bool { return o.follow || o.duration > 0 }

// wouldDrain returns how many of the jobs that wait in q are drained at most.
func (o *options) wouldDrain(q servers.Queue) int64 {
	if o.max > 0 {
		return min(q.Waiting(), o.max)
	}
	return q.Waiting()
}

// takesAll reports whether nothing should remain in the queues.
func (o *options) takesAll() bool { return o.max == 0 && o.duration == 0 && o.filter.None() }

// acksImmediately reports whether jobs are acknowledged while more are taken.
func (o *options) acksImmediately() bool { return o.max > 0 || o.waits() }

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	d, err := newDrainer(env, &o)
	if err != nil {
		return err
	}
	if o.rotate.None() && pieces.LooksLikePattern(o.to) {
		env.Info("--to %s: %% is a character of the name; --rotate makes it the time", o.to)
	}
	p, err := cli.PlanDrain(ctx, env, m, jobs.PlanRules{All: o.all, IfExists: o.ifExists, Future: o.waits()})
	if p == nil {
		return err
	}
	if o.dryRun {
		return cmderr.MergeErrors(d.dryRun(p), err)
	}
	if ask := o.confirm(ctx, env, p, err); ask != nil {
		return ask
	}
	return cmderr.MergeErrors(d.drain(ctx, p), err)
}
