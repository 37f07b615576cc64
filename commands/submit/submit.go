// Package submit is the command submit: it submits jobs and waits for the results of foreground jobs.
package submit

import (
	"context"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/bulk"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/timespec"
	"gearctl/wire"
)

type options struct {
	queue      string
	data       []string
	lines      bool
	skipEmpty  bool
	background bool
	priority   string
	unique     string
	noUnique   bool
	at         string
	count      int64
	template   bool
	wait       time.Duration
	all        bool
	window     int
	separator  cli.OptionalText

	prio wire.Priority
	due  time.Time // a whole second, as the server takes it, and not before what was asked for
}

func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "submit", Group: cli.GroupAct, Args: "QUEUE [DATA…]", Short: "submit jobs to a queue and wait for their results", Changes: true,
		Examples: []cli.Example{
			{Line: "gearctl submit reverse hello", What: "one job: print its result and exit by its outcome"},
			{Line: "gearctl submit reverse hello world | sort", What: "several jobs: a line for each result"},
			{Line: "gearctl submit --background --lines perfdata < perfdata.txt", What: "one background job per line"},
			{Line: "gearctl submit -b --count 1000 --template load 'job {{.Number}} {{random 100}}'", What: "load test"},
			{Line: "gearctl submit --at +10m report nightly", What: "in ten minutes"},
		},
		Long: `Each DATA is a job; without DATA, stdin is one job, or with --lines each of its lines. A foreground job's data goes to
stdout as it arrives, its warnings and progress to stderr; the exit code is 0 if every job was completed, 1 if one
failed or was not done within --wait. With -o json or jsonl every job is a row instead.

The result of a single job is written as it is. Of several jobs (DATA…, --lines, --count, --all) each result is ended by
a newline if it does not end with one, an empty one too. --separator TEXT is written between the results instead; with
--separator '' they follow each other as they are.

Every job gets a unique key, a random one unless --unique sets it, because servers that store jobs on disk keep only
one of all jobs without a key. The server merges a job with one already waiting under the same key; MERGED counts
those merged with an earlier job of the same run.

A job of --at waits on the server until its second has come, and then for a worker like any other. Nothing tells it from
a job that waits for a worker, neither its time nor its queue, until the queue is held (gearctl peek --scheduled): keep
the handle, by which gearctl job cancel takes it back. Before 2.0.0 gearmand gives out no low-priority job of the queue
while a job for later is in it. The stores redis and libmemcached refuse such jobs, and after a restart Postgres runs
them at once. A job merged with one that waits keeps the time of that one.

A gearmand with an SQLite store cannot restart while it holds a background job without data: such a job is submitted
anyway, with one note on stderr.

With several servers the first that accepts gets the jobs, with --all every server. In a template {{.Number}} is the
job's number from 1, {{.Unique}} its key, {{.Time}} the time, {{random N}} a number from 0 to N-1, and with --lines
{{.Line}} the line.`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "background", Aliases: []string{"b"}, Destination: &o.background, Usage: "do not wait for the result"},
			&urfave.BoolFlag{Name: "lines", Aliases: []string{"l"}, Destination: &o.lines, Usage: "submit one job per line of stdin, without the newline (LF or CR LF); empty lines are jobs"},
			&urfave.BoolFlag{Name: "skip-empty", Destination: &o.skipEmpty, Usage: "with --lines: skip empty lines"},
			&urfave.StringFlag{Name: "priority", Aliases: []string{"p"}, Destination: &o.priority, Value: "normal", Usage: "job `PRIORITY`: high, normal or low"},
			uniqueFlag(&o.unique),
			&urfave.BoolFlag{Name: "no-unique", Destination: &o.noUnique, Usage: "submit without a unique key (only for load tests)"},
			cli.TextFlag("at", &o.at, "start the job at `TIME`: +10m, 15:04, 2026-01-31 15:04, RFC 3339 or @UNIX; in the background"),
			&urfave.Int64Flag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Value: 1, Usage: "submit DATA `N` times"},
			&urfave.BoolFlag{Name: "template", Aliases: []string{"t"}, Destination: &o.template, Usage: "DATA and KEY are Go templates"},
			cli.DurationFlag("wait", &o.wait, 0, "wait up to `DURATION` for a result; 0: forever"),
			&urfave.GenericFlag{Name: "separator", Value: &o.separator, Usage: "write `TEXT` between the results of several jobs, where \\n, \\t, \\0 and \\\\ are escapes (default: a newline after each result that lacks one)"},
			&urfave.BoolFlag{Name: "all", Destination: &o.all, Usage: "submit to every listed server"},
			&urfave.IntFlag{Name: "window", Destination: &o.window, Value: wire.DefaultWindow, Usage: "keep `N` background jobs in flight"},
		},
		Columns: rowKeys,
		Min:     1, Max: cli.AnyNumber,
		Choices:  map[string][]string{"priority": {"high", "normal", "low"}},
		Complete: cli.CompleteFirst(env.CompleteQueues),
		Run: func(ctx context.Context, w cli.Words) error {
			o.queue, o.data = w.Args[0], w.Args[1:]
			return run(ctx, env, o)
		},
	}
}

// uniqueFlag is --unique, which an empty variable of a script must not turn into a random key.
func uniqueFlag(unique *string) urfave.Flag {
	f := cli.TextFlag("unique", unique, "unique `KEY` of at most 63 bytes; - lets the server use the data as key").(*urfave.GenericFlag)
	f.Aliases = []string{"u"}
	return f
}

// rowKeys are the keys of a row for each job, and of those for many background jobs.
func rowKeys() []string {
	keys := cli.KeysOf[bulk.JobRow]()()
	for _, key := range cli.KeysOf[bulk.TotalRow]()() {
		if !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// parse parses the priority and time, and rejects options that exclude each other.
func (o *options) parse(now time.Time) (err error) {
	if err := wire.CheckFunction(o.queue); err != nil {
		return cmderr.Usagef("queue name %.100q %v", o.queue, err)
	}
	if o.prio, err = wire.ParsePriority(o.priority); err != nil {
		return cmderr.Usagef("--priority %.50q: not high, normal or low", o.priority)
	}
	if o.at != "" {
		if o.due, err = timespec.Parse(o.at, now); err != nil {
			return cmderr.Usagef("--at %.100q: %v", o.at, err)
		}
		if o.prio != wire.PriorityNormal {
			return cmderr.Usagef("--at excludes --priority: scheduled jobs have normal priority")
		}
		o.due, o.background = o.due.Add(time.Second-1).Truncate(time.Second).In(now.Location()), true
	}
	return o.checkCombinations()
}

func (o *options) checkCombinations() error {
	several := o.several()
	switch {
	case o.separator.Given && o.background:
		return cmderr.Usagef("--separator is for results: not with --background or --at")
	case o.skipEmpty && !o.lines:
		return cmderr.Usagef("--skip-empty: needs --lines")
	case o.unique != "" && o.noUnique:
		return cmderr.Usagef("--unique and --no-unique exclude each other")
	case o.unique != "" && o.unique != "-" && several && !o.template:
		return cmderr.Usagef("--unique with several jobs would make them one").
			Hint("give each its own key: --template --unique 'key-{{.Number}}'")
	case !o.template && wire.CheckUnique(o.unique) != nil:
		return cmderr.Usagef("unique key %.100q %v", o.unique, wire.CheckUnique(o.unique))
	case o.lines && len(o.data) > 0 && !o.template:
		return cmderr.Usagef("--lines reads the jobs from stdin and excludes DATA, unless it is a --template with {{.Line}}")
	case o.lines && o.count != 1:
		return cmderr.Usagef("--lines and --count exclude each other")
	case o.count < 1:
		return cmderr.Usagef("--count %d: must be at least 1", o.count)
	case o.background && o.wait > 0:
		return cmderr.Usagef("--wait applies to foreground jobs: not with --background or --at")
	case o.window < 1:
		return cmderr.Usagef("--window %d: must be at least 1", o.window)
	}
	return nil
}

// several reports whether the line may submit more than one job to a server.
func (o *options) several() bool { return len(o.data) > 1 || o.lines || o.count != 1 }

// packet returns the packet type that submits the jobs.
func (o *options) packet() wire.Type {
	return (&wire.Submission{Priority: o.prio, Background: o.background, At: o.due}).Type()
}

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.parse(env.Now()); err != nil {
		return err
	}
	source, err := newJobSource(env, &o)
	if err != nil {
		return err
	}
	defer source.close()
	if o.background {
		b := bulk.Request{Queue: o.queue, Packet: o.packet(), Window: o.window, All: o.all, Many: o.lines || o.count > 1, At: o.due}
		return cli.SubmitBackground(ctx, env, b, source)
	}
	return submitForeground(ctx, env, &o, source)
}
