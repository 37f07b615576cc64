// Package top has the command top.
package top

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
)

type options struct {
	queues     []string
	interval   time.Duration
	batch      batchFlag
	sort       string
	hideEmpty  bool
	servers    bool
	priorities bool
}

// New returns the command top. The command lines that its keys lead to are run by runner.
func New(env *cli.Env, runner cli.Runner) *cli.Command {
	o := options{interval: time.Second}
	return &cli.Command{
		Name: "top", Group: cli.GroupInspect, OnlyReads: true, Args: "[QUEUE|GLOB…]", Short: "live full-screen view of queues, jobs, workers and rates", Daemon: true,
		Examples: []cli.Example{
			{Line: "gearctl top", What: "the local server, every second; h shows the keys, ? explains the marks"},
			{Line: "gearctl top -s gm1,gm2 'hostgroup_*' -i 5s", What: "these queues of two servers, every 5 seconds"},
			{Line: "gearctl --context sites top --servers", What: "a row per server of a group of contexts, those with problems first; Enter opens one"},
			{Line: "gearctl top --batch 1", What: "once, in the format of gearman_top -b"},
			{Line: "gearctl top --batch 0 -i 10s -o jsonl", What: "record a row per queue every 10 seconds, until interrupted"},
		},
		Long: longHelp,
		Flags: []urfave.Flag{
			&urfave.GenericFlag{Name: "interval", Aliases: []string{"i"}, Value: (*intervalFlag)(&o.interval), Usage: "refresh every `DURATION`, such as 500ms, or 0.5 for seconds"},
			&urfave.GenericFlag{Name: "batch", Aliases: []string{"b"}, Value: &o.batch, Usage: "print `N` times without a screen, once if N is left out; 0: until interrupted"},
			&urfave.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEY`, -KEY for descending (default: -waiting, with --batch server,queue, with --servers -problem)"},
			&urfave.BoolFlag{Name: "servers", Destination: &o.servers, Usage: "begin with the page of the servers; with --batch a row per server"},
			cli.PrioritiesFlag(&o.priorities),
			&urfave.BoolFlag{Name: "hide-empty", Aliases: []string{"e"}, Destination: &o.hideEmpty, Usage: "hide queues without jobs and workers"},
		},
		Columns: func() []string {
			if o.servers {
				return cli.KeysOf[serverRecord]()()
			}
			return cli.KeysOf[record]()()
		},
		Max:      cli.AnyNumber,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			o.queues = w.Args
			return run(ctx, env, runner, o)
		},
	}
}

const longHelp = `The keys are those of gearman_top and more: q quits, h lists them all, ? explains the colours and marks. Every server
is polled on its own connection; a slow or unreachable one delays neither the others nor the keys, and is retried
until it is back. Until then its queues stay in the list with their last known figures, greyed and marked with "?";
how old they are and why is above the list. In the merged view only servers that answer are summed up.

With the chosen queue p peeks, d drains into a file and l sets a limit. Each names the queue, its servers and its jobs,
and asks. Then the screen is left for the command, whose line is printed so that it can be copied; Enter returns.

≥IN/S and ≥OUT/S are lower bounds of the jobs arriving and leaving per second. Servers do not count them, so gearctl
adds up how much a queue grew and shrank between polls, over the last ten polls. Jobs that arrive and leave between
two polls are missed: a shorter --interval sees more. The difference of the two is exact. With --batch they cover the
time since the previous record, and are null in the first.

TREND shows waiting jobs, 10 seconds per character, newest on the right, each queue on its own scale. ▲ or ▼ in front
of WAITING: over the last ten polls the queue grew, or shrank, by more than twice what it did the other way. A queue
with waiting jobs and no worker is red, and has ! in front of WORKERS. Long names are cut; that of the chosen row is
whole below the list. HIGH, NORMAL and LOW need --priorities, a wide terminal and gearmand 1.1.20.

v shows the servers, a row each: its labels in the context, version, queues, jobs, rates, and the worst that is known of
it in words; those with problems come first. / filters by name, version or label (site=berlin), Enter shows the queues of
one, Esc comes back. WORKERS are sums over the queues there: a worker counts once for each queue it serves. With --batch
the columns of --servers are time server state version queues waiting running workers in_per_second out_per_second
last_answer problem.

With --batch a round waits for a slow server no longer than the screen does (two intervals, at least 2 s), if others have
answered; its rows are then in the round in which its answer comes.

All queues of the server are shown, also gearctl's own (gearctl_…), which only globs leave out.`

// run runs the screen, or prints with --batch.
func run(ctx context.Context, env *cli.Env, runner cli.Runner, o options) error {
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	if err := o.checkPriorities(env); err != nil {
		return err
	}
	if o.batch.set && o.servers && len(o.queues) > 0 {
		return cmderr.Usagef("--batch --servers sums up all queues of a server: name none")
	}
	if o.batch.set {
		return runBatch(ctx, env, m, o)
	}
	if err := checkTerminal(env); err != nil {
		return err
	}
	return runScreen(ctx, env, runner, m, o)
}

// checkPriorities refuses columns that are not asked for.
func (o *options) checkPriorities(env *cli.Env) error {
	if o.priorities {
		return nil
	}
	for key := range strings.SplitSeq(o.sort+","+env.Globals.Columns, ",") {
		switch key = strings.TrimPrefix(strings.TrimSpace(key), "-"); key {
		case colHigh.key(), colNormal.key(), colLow.key():
			return cmderr.Usagef("the column %s needs --priorities", key)
		}
	}
	return nil
}

// checkTerminal refuses what the screen cannot do.
func checkTerminal(env *cli.Env) error {
	format, err := env.Format()
	switch {
	case err != nil:
		return err
	case !env.Terminal.Stdout || !env.Terminal.Stdin || env.Getenv("TERM") == "dumb":
		return cmderr.Usagef("top needs a terminal").Hint("without one: %s", cmderr.Try("top", "--batch", "1"))
	case format.Kind != output.Table || env.Globals.Columns != "":
		return cmderr.Usagef("--output and --columns need --batch").Hint("%s", cmderr.Try("top", "--batch", "0", "-o", "jsonl"))
	case env.Globals.Pager:
		return cmderr.Usagef("--pager needs --batch")
	case env.Globals.Trace && env.Terminal.Stderr:
		return cmderr.Usagef("--trace would garble the screen").Hint("%s 2>trace.log", cmderr.Try("top", "--trace"))
	}
	return nil
}

// intervalFlag is the value of --interval: a duration, or seconds as gearman_top takes them.
type intervalFlag time.Duration

// minInterval is the shortest interval: a server answers nobody else while it lists its queues.
const minInterval = 50 * time.Millisecond

// Set reads an interval from minInterval to a day.
func (i *intervalFlag) Set(s string) error {
	var d cli.Duration
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) {
		d = cli.Duration(min(max(f, -1), 1e6) * float64(time.Second))
	} else if err := d.Set(s); err != nil {
		return err
	}
	if v := time.Duration(d); v < minInterval || v > 24*time.Hour {
		return fmt.Errorf("must be from %v to 24h", minInterval)
	}
	*i = intervalFlag(d)
	return nil
}

func (i *intervalFlag) String() string {
	if i == nil {
		return ""
	}
	return cmderr.ShortDuration(time.Duration(*i))
}

// batchFlag is the value of --batch: how often to print, 0 for without end.
type batchFlag struct {
	set bool
	n   int
}

// Set reads a number that is not negative.
func (b *batchFlag) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("not a number such as 1, 10 or 0")
	}
	*b = batchFlag{set: true, n: n}
	return nil
}

// Bare implements cli.BareFlag: without a number --batch prints once, as gearman_top does.
func (b *batchFlag) Bare(next string) (value string, ok bool) {
	_, err := strconv.Atoi(next)
	return "1", err != nil
}

func (b *batchFlag) String() string {
	if b == nil || !b.set {
		return ""
	}
	return strconv.Itoa(b.n)
}

// parseSort reads --sort for the screen: one of its columns.
func parseSort(s string) (by column, descending bool, err error) {
	if s == "" {
		return colWaiting, true, nil
	}
	var keys []string
	for c := range columnCount {
		keys = append(keys, column(c).key())
	}
	i, descending, err := sortKeyIn(keys, s)
	return column(i), descending, err
}

// sortKeyIn reads --sort: one of keys, with a - in front for descending.
func sortKeyIn(keys []string, s string) (i int, descending bool, err error) {
	key, descending := strings.CutPrefix(s, "-")
	if i = slices.Index(keys, key); i < 0 {
		return 0, false, cmderr.Usagef("--sort %.60q: choose from %s", s, strings.Join(keys, ", "))
	}
	return i, descending, nil
}

// sortServers reads --sort for the servers page.
func (s *state) sortServers(by string) error {
	if by == "" {
		return nil
	}
	var keys []string
	for _, c := range s.serverColumns {
		keys = append(keys, c.key)
	}
	i, descending, err := sortKeyIn(keys, by)
	if err == nil {
		s.fleet.sort, s.fleet.descending = keys[i], descending
	}
	return err
}
