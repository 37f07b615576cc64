package commands

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/output"
)

type topOptions struct {
	queues     []string
	interval   time.Duration
	batch      topBatch
	sort       string
	hideEmpty  bool
	priorities bool
}

func newTop(env *Env) *Command {
	o := topOptions{interval: time.Second}
	return &Command{
		Name: "top", Group: GroupLook, Args: "[QUEUE|GLOB…]", Short: "live full-screen view of queues, jobs, workers and rates", Daemon: true,
		Examples: []Example{
			{"gearctl top", "the local server, every second; h shows the keys"},
			{"gearctl top -s gm1,gm2 'hostgroup_*' -i 5s", "these queues of two servers, every 5 seconds"},
			{"gearctl top --batch 1", "once, in the format of gearman_top -b"},
			{"gearctl top --batch 0 -i 10s -o jsonl", "record a row per queue every 10 seconds, until interrupted"},
		},
		Long: topLong,
		Flags: []cli.Flag{
			&cli.GenericFlag{Name: "interval", Aliases: []string{"i"}, Value: (*topInterval)(&o.interval), Usage: "refresh every `DURATION`, such as 500ms, or 0.5 for seconds"},
			&cli.GenericFlag{Name: "batch", Aliases: []string{"b"}, Value: &o.batch, Usage: "print `N` times without a screen; 0: until interrupted"},
			&cli.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEY`, -KEY for descending (default: -waiting, with --batch server,queue)"},
			prioritiesFlag(&o.priorities),
			&cli.BoolFlag{Name: "hide-empty", Aliases: []string{"e"}, Destination: &o.hideEmpty, Usage: "hide queues without jobs and workers"},
		},
		Columns:  keysOf[topRecord](),
		Max:      anyNumber,
		Complete: env.completeQueues,
		Run: func(ctx context.Context, w Words) error {
			o.queues = w.Args
			return runTop(ctx, env, o)
		},
	}
}

const topLong = `The keys are those of gearman_top and more: q quits, h lists them all. Every server is polled on its own connection; a
slow or unreachable one delays neither the others nor the keys, and is retried until it is back.

≥IN/S and ≥OUT/S are lower bounds of the jobs arriving and leaving per second. Servers do not count them, so gearctl
adds up how much a queue grew and shrank between polls, over the last ten polls. Jobs that arrive and leave between
two polls are missed: a shorter --interval sees more. The difference of the two is exact. With --batch they cover the
time since the previous record, and are null in the first.

TREND shows waiting jobs, 10 seconds per character, newest on the right, each queue on its own scale. A queue with
waiting jobs and no worker is red. HIGH, NORMAL and LOW need --priorities, a wide terminal and gearmand 1.1.20.`

// runTop runs the screen, or prints with --batch.
func runTop(ctx context.Context, env *Env, o topOptions) error {
	m, err := newQueueMatcher(o.queues)
	if err != nil {
		return err
	}
	if err := o.checkPriorities(env); err != nil {
		return err
	}
	if o.batch.set {
		return runTopBatch(ctx, env, m, o)
	}
	if err := topNeedsTerminal(env); err != nil {
		return err
	}
	return runTopScreen(ctx, env, m, o)
}

// checkPriorities refuses columns that are not asked for.
func (o *topOptions) checkPriorities(env *Env) error {
	if o.priorities {
		return nil
	}
	for key := range strings.SplitSeq(o.sort+","+env.globals.columns, ",") {
		switch key = strings.TrimPrefix(strings.TrimSpace(key), "-"); key {
		case topHigh.key(), topNormal.key(), topLow.key():
			return usagef("the column %s needs --priorities", key)
		}
	}
	return nil
}

// topNeedsTerminal refuses what the screen cannot do.
func topNeedsTerminal(env *Env) error {
	format, err := env.format()
	switch {
	case err != nil:
		return err
	case !env.Terminal.Stdout || !env.Terminal.Stdin || env.Getenv("TERM") == "dumb":
		return usagef("top needs a terminal").hint("without one: %s", try("top", "--batch", "1"))
	case format.Kind != output.Table || env.globals.columns != "":
		return usagef("--output and --columns need --batch").hint("%s", try("top", "--batch", "0", "-o", "jsonl"))
	case env.globals.pager:
		return usagef("--pager needs --batch")
	case env.globals.trace && env.Terminal.Stderr:
		return usagef("--trace would garble the screen").hint("%s 2>trace.log", try("top", "--trace"))
	}
	return nil
}

// topInterval is the value of --interval: a duration, or seconds as gearman_top takes them.
type topInterval time.Duration

// topFastest is the shortest interval: a server answers nobody else while it lists its queues.
const topFastest = 100 * time.Millisecond

// Set reads an interval from topFastest to a day.
func (i *topInterval) Set(s string) error {
	var d duration
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) {
		d = duration(min(max(f, -1), 1e6) * float64(time.Second))
	} else if err := d.Set(s); err != nil {
		return err
	}
	if v := time.Duration(d); v < topFastest || v > 24*time.Hour {
		return fmt.Errorf("must be from %v to 24h", topFastest)
	}
	*i = topInterval(d)
	return nil
}

func (i *topInterval) String() string {
	if i == nil {
		return ""
	}
	return shortDuration(time.Duration(*i))
}

// topBatch is the value of --batch: how often to print, 0 for without end.
type topBatch struct {
	set bool
	n   int
}

// Set reads a number that is not negative.
func (b *topBatch) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("not a number such as 1, 10 or 0")
	}
	*b = topBatch{set: true, n: n}
	return nil
}

func (b *topBatch) String() string {
	if b == nil || !b.set {
		return ""
	}
	return strconv.Itoa(b.n)
}

// parseTopSort reads --sort for the screen: one of its columns.
func parseTopSort(s string) (by topColumn, descending bool, err error) {
	if s == "" {
		return topWaiting, true, nil
	}
	key, descending := strings.CutPrefix(s, "-")
	var keys []string
	for c := range topColumns {
		keys = append(keys, topColumn(c).key())
	}
	i := slices.Index(keys, key)
	if i < 0 {
		return 0, false, usagef("--sort %.60q: choose from %s", s, strings.Join(keys, ", "))
	}
	return topColumn(i), descending, nil
}
