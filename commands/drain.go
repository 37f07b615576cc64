package commands

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/output"
	"gearctl/wire"
)

// drainRow is what was taken out of a queue of a server.
type drainRow struct {
	Server     string  `json:"server"`
	Queue      string  `json:"queue" out:"wide"`
	Drained    int64   `json:"drained"`
	WouldDrain *int64  `json:"would_drain" out:"optional"` // with --dry-run, at most
	Bytes      int64   `json:"bytes" out:"bytes"`
	Remaining  *int64  `json:"remaining"`
	Running    *int64  `json:"running"`
	Archive    *string `json:"archive"`
	Duration   float64 `json:"duration_seconds" out:"seconds"`

	failed bool // it was not drained to its end
}

// Style marks what was left behind.
func (r drainRow) Style(key string) output.Style {
	if key == "remaining" && r.Remaining != nil && *r.Remaining > 0 {
		return output.Warn
	}
	return output.Plain
}

type drainOptions struct {
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

	to         string
	append     bool
	acceptRisk bool
	priorities keptPriorities
	filter     filterFlags
}

func newDrain(env *Env) *Command {
	var o drainOptions
	return &Command{
		Name: "drain", Group: GroupAct, Args: "QUEUE|GLOB…", Short: "remove waiting jobs from queues", Changes: true, Destroys: true,
		Examples: []Example{
			{"gearctl drain perfdata", "asks for confirmation, then empties the queue"},
			{"gearctl drain 'hostgroup_*' --dry-run", "what would be drained"},
			{"gearctl drain perfdata --yes -o json", "for scripts: the result as JSON, and an exit code"},
			{"gearctl drain perfdata --to perfdata.jsonl.gz", "into a file, to be restored with gearctl replay"},
			{"gearctl drain service --match 'host=web*' --older-than 10m --key-file key.txt --to old.jsonl", "only matching jobs; the others keep their order"},
			{"gearctl drain perfdata --max 100 -o raw > jobs.txt", "the first hundred payloads into a file"},
		},
		Long: `Takes every waiting job and answers it with WORK_FAIL, so that waiting clients learn that it was not done. Jobs that
workers are running are left alone; cancelled and abandoned jobs are removed along the way. At the end the server is
queried again: REMAINING counts jobs that arrived meanwhile or are scheduled for later, RUNNING those that workers
hold.

Jobs are taken first and acknowledged at the end, newest first, the order in which gearmand is fast. Until then the
server owns them: if gearctl is killed they are requeued. --max, --for and --follow acknowledge as they go. With -o
raw a job is acknowledged after its payload was written; payloads are verbatim in files and pipes, and have control
characters escaped on a terminal.

--follow and --for also take jobs that arrive later. They ask for confirmation on an empty queue too, and QUEUE need
not exist yet. A glob that matches every queue needs --all. Globs never match gearctl's own queues.

--to FILE saves the jobs as JSON lines, compressed if the name ends in .gz; - is stdout. A job is acknowledged once it
is on disk, so that after a crash the file and the queue together hold every job. An existing file is refused without
--append. Jobs written to stdout count as saved once written, whatever the reader does with them: between servers use
gearctl move. gearctl replay restores the jobs with their unique keys and, where known, their priority.

--match and --older-than select jobs. To find them the whole queue is held for a moment, and jobs that do not match
are released twice, which keeps their order. A job that cannot be decoded does not match.

A server that runs with --job-retries destroys jobs that are released too often. Before --to, --match and --older-than
this is tested with a job of gearctl's own, and such a server is refused. --accept-risk overrides this for --to only,
since --match and --older-than always release jobs.`,
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "show what would be drained, change nothing"},
			&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "allow a glob that matches every queue"},
			&cli.BoolFlag{Name: "if-exists", Destination: &o.ifExists, Usage: "a queue that no server has is not an error"},
			&cli.Int64Flag{Name: "max", Aliases: []string{"m"}, Destination: &o.max, Usage: "stop after `N` jobs of each queue"},
			durationFlag("for", &o.duration, 0, "stop after `DURATION`"),
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Destination: &o.follow, Usage: "keep waiting for more jobs, until interrupted"},
			&cli.BoolFlag{Name: "complete", Destination: &o.complete, Usage: "answer WORK_COMPLETE, as if the jobs had been done"},
			&cli.BoolFlag{Name: "print0", Aliases: []string{"0"}, Destination: &o.print0, Usage: "with -o raw end each payload with a NUL byte, not a newline"},
			&cli.IntFlag{Name: "window", Destination: &o.window, Value: wire.DefaultWindow, Usage: "keep `N` grabs in flight"},
			textFlag("to", &o.to, "save the jobs to `FILE` as JSON lines, gzip for .gz, - for stdout"),
			&cli.BoolFlag{Name: "append", Destination: &o.append, Usage: "append to an existing --to file"},
			&cli.BoolFlag{Name: "accept-risk", Destination: &o.acceptRisk, Usage: "even from a server that destroys released jobs"},
			o.priorities.flag(),
		}, o.filter.flags()...),
		Formats: []string{formatRaw},
		Columns: keysOf[drainRow](),
		Choices: map[string][]string{"key-rule": keyRules, "priorities": {prioritiesKeep, prioritiesLose}},
		Min:     1, Max: anyNumber,
		Complete: env.completeQueues,
		Run: func(ctx context.Context, w Words) error {
			o.queues = w.Args
			return runDrain(ctx, env, o)
		},
	}
}

// maxWindow bounds what is in flight.
const maxWindow = 1_000_000

func (o *drainOptions) check() error {
	switch {
	case o.max < 0:
		return usagef("--max %d: must not be negative", o.max)
	case o.window < 1 || o.window > maxWindow:
		return usagef("--window %d: must be from 1 to %d", o.window, maxWindow)
	case !o.filter.none() && (o.follow || o.duration > 0):
		return usagef("--match and --older-than hold a whole queue: not with --follow or --for")
	}
	if err := o.priorities.check(); err != nil {
		return err
	}
	return o.checkArchive()
}

// returns reports whether jobs may have to be handed back that the user wants.
func (o *drainOptions) returns() bool { return o.to != "" || !o.filter.none() }

// takesLater says what is drained besides the jobs that wait now, or nothing.
func (o *drainOptions) takesLater() string {
	switch {
	case o.follow && o.duration > 0:
		return " and all that arrive within " + shortDuration(o.duration)
	case o.follow:
		return " and all that arrive until interrupted"
	case o.duration > 0:
		return " and those that arrive within " + shortDuration(o.duration)
	}
	return ""
}

// wouldDrain is how many of the jobs that wait in q are drained at most.
func (o *drainOptions) wouldDrain(q Queue) int64 {
	if o.max > 0 {
		return min(q.Waiting(), o.max)
	}
	return q.Waiting()
}

// wholeQueue reports whether nothing should be left.
func (o *drainOptions) wholeQueue() bool { return o.max == 0 && o.duration == 0 && o.filter.none() }

// asTheyCome reports whether jobs are acknowledged while taking goes on.
func (o *drainOptions) asTheyCome() bool { return o.max > 0 || o.duration > 0 || o.follow }

func runDrain(ctx context.Context, env *Env, o drainOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	m, err := newQueueMatcher(o.queues)
	if err != nil {
		return err
	}
	d, err := newDrainer(env, &o)
	if err != nil {
		return err
	}
	p, err := planDrain(ctx, env, m, planRules{o.all, o.ifExists, o.takesLater() != ""})
	if p == nil {
		return err
	}
	if o.dryRun {
		return mergeErrors(d.dryRun(p), err)
	}
	if ask := o.confirm(ctx, env, p); ask != nil {
		return ask
	}
	return mergeErrors(d.drain(ctx, p), err)
}
