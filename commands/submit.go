package commands

import (
	"context"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/wire"
)

type submitOptions struct {
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

	prio  wire.Priority
	atUTC time.Time
}

func newSubmit(env *Env) *Command {
	var o submitOptions
	return &Command{
		Name: "submit", Group: GroupAct, Args: "QUEUE [DATA…]", Short: "submit jobs to a queue and wait for their results", Changes: true,
		Examples: []Example{
			{"gearctl submit reverse hello", "one job: print its result and exit by its outcome"},
			{"gearctl submit --background --lines perfdata < perfdata.txt", "one background job per line"},
			{"gearctl submit -b --count 1000 --template load 'job {{.Number}} {{random 100}}'", "load test"},
			{"gearctl submit --at +10m report nightly", "in ten minutes"},
		},
		Long: `Each DATA is a job; without DATA, stdin is one job, or with --lines each of its lines. A foreground job's data goes to
stdout as it arrives, its warnings and progress to stderr; the exit code is 0 if every job was completed, 1 if one
failed or was not done within --wait. With -o json or jsonl every job is a row instead.

Every job gets a unique key, a random one unless --unique sets it, because servers that store jobs on disk keep only
one of all jobs without a key. The server merges a job with one already waiting under the same key; MERGED counts
those merged with an earlier job of the same run.

A gearmand with an SQLite store cannot restart while it holds a background job without data: such a job is submitted
anyway, with one note on stderr.

With several servers the first that accepts gets the jobs, with --all every server. In a template {{.Number}} is the
job's number from 1, {{.Unique}} its key, {{.Time}} the time, {{random N}} a number from 0 to N-1, and with --lines
{{.Line}} the line.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "background", Aliases: []string{"b"}, Destination: &o.background, Usage: "do not wait for the result"},
			&cli.BoolFlag{Name: "lines", Aliases: []string{"l"}, Destination: &o.lines, Usage: "submit one job per line of stdin, without the newline; empty lines are jobs"},
			&cli.BoolFlag{Name: "skip-empty", Destination: &o.skipEmpty, Usage: "with --lines: skip empty lines"},
			&cli.StringFlag{Name: "priority", Aliases: []string{"p"}, Destination: &o.priority, Value: "normal", Usage: "job `PRIORITY`: high, normal or low"},
			&cli.StringFlag{Name: "unique", Aliases: []string{"u"}, Destination: &o.unique, Usage: "unique `KEY` of at most 63 bytes; - lets the server use the data as key"},
			&cli.BoolFlag{Name: "no-unique", Destination: &o.noUnique, Usage: "submit without a unique key (only for load tests)"},
			&cli.StringFlag{Name: "at", Destination: &o.at, Usage: "start the job at `TIME`: +10m, 15:04, 2026-01-31 15:04, RFC 3339 or @UNIX; in the background"},
			&cli.Int64Flag{Name: "count", Aliases: []string{"n"}, Destination: &o.count, Value: 1, Usage: "submit DATA `N` times"},
			&cli.BoolFlag{Name: "template", Aliases: []string{"t"}, Destination: &o.template, Usage: "DATA and KEY are Go templates"},
			durationFlag("wait", &o.wait, 0, "wait up to `DURATION` for a result; 0: forever"),
			&cli.BoolFlag{Name: "all", Destination: &o.all, Usage: "submit to every listed server"},
			&cli.IntFlag{Name: "window", Destination: &o.window, Value: wire.DefaultWindow, Usage: "keep `N` background jobs in flight"},
		},
		Columns: keysOf[submitRow](),
		Min:     1, Max: anyNumber,
		Choices:  map[string][]string{"priority": {"high", "normal", "low"}},
		Complete: env.completeFirst(env.completeQueues),
		Run: func(ctx context.Context, w Words) error {
			o.queue, o.data = w.Args[0], w.Args[1:]
			return runSubmit(ctx, env, o)
		},
	}
}

// parse reads the options that need reading, and refuses those that do not go together.
func (o *submitOptions) parse(now time.Time) (err error) {
	if err := wire.CheckFunction(o.queue); err != nil {
		return usagef("queue name %.100q %v", o.queue, err)
	}
	if o.prio, err = wire.ParsePriority(o.priority); err != nil {
		return usagef("--priority %.50q: not high, normal or low", o.priority)
	}
	if o.at != "" {
		if o.atUTC, err = parseTime(o.at, now); err != nil {
			return usagef("--at %.100q: %v", o.at, err)
		}
		if o.prio != wire.PriorityNormal {
			return usagef("--at excludes --priority: scheduled jobs have normal priority")
		}
		o.background = true
	}
	return o.checkCombinations()
}

func (o *submitOptions) checkCombinations() error {
	several := len(o.data) > 1 || o.lines || o.count != 1
	switch {
	case o.skipEmpty && !o.lines:
		return usagef("--skip-empty: needs --lines")
	case o.unique != "" && o.noUnique:
		return usagef("--unique and --no-unique exclude each other")
	case o.unique != "" && o.unique != "-" && several && !o.template:
		return usagef("--unique with several jobs would make them one").
			hint("give each its own key: --template --unique 'key-{{.Number}}'")
	case !o.template && wire.CheckUnique(o.unique) != nil:
		return usagef("unique key %.100q %v", o.unique, wire.CheckUnique(o.unique))
	case o.lines && len(o.data) > 0 && !o.template:
		return usagef("--lines reads the jobs from stdin and excludes DATA, unless it is a --template with {{.Line}}")
	case o.lines && o.count != 1:
		return usagef("--lines and --count exclude each other")
	case o.count < 1:
		return usagef("--count %d: must be at least 1", o.count)
	case o.background && o.wait > 0:
		return usagef("--wait applies to foreground jobs: not with --background or --at")
	case o.window < 1:
		return usagef("--window %d: must be at least 1", o.window)
	}
	return nil
}

// packet returns the type of the packets that submit the jobs.
func (o *submitOptions) packet() wire.Type {
	return (&wire.Submission{Priority: o.prio, Background: o.background, At: o.atUTC}).Type()
}

func runSubmit(ctx context.Context, env *Env, o submitOptions) error {
	if err := o.parse(env.Now()); err != nil {
		return err
	}
	source, err := newJobSource(env, &o)
	if err != nil {
		return err
	}
	defer source.close()
	if o.background {
		b := bulkJobs{queue: o.queue, packet: o.packet(), window: o.window, all: o.all, many: o.lines || o.count > 1}
		return submitBackground(ctx, env, b, source)
	}
	return submitForeground(ctx, env, &o, source)
}
