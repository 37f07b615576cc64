// Package peek is the command peek. A peeker takes the jobs of each queue, an inspection collects what is shown of them,
// and all are released in their old order before anything is printed. No job is ever acknowledged.
package peek

import (
	"context"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/servers"
)

// row is a waiting job.
type row struct {
	Server      string   `json:"server" out:"name"`
	Queue       string   `json:"queue" out:"name"`
	Host        *string  `json:"host" out:"name"`
	Service     *string  `json:"service" out:"name"`
	Age         *float64 `json:"age_seconds" out:"seconds,drop6"` // since the core scheduled it
	Command     *string  `json:"command" out:"wide"`
	Size        int      `json:"size" out:"bytes,drop2"`
	Unique      string   `json:"unique" out:"drop1"`
	Handle      string   `json:"handle"`
	Type        *string  `json:"type"` // of a Mod-Gearman job; null if it cannot be decoded
	ResultQueue *string  `json:"result_queue"`
	Reason      *string  `json:"reason"`             // why it cannot be decoded
	Preview     string   `json:"preview" out:"wide"` // of a job of another program
	Data        []byte   `json:"data"`
}

// groupRow counts the waiting jobs that have something in common.
type groupRow struct {
	Server string   `json:"server" out:"name"`
	Queue  string   `json:"queue" out:"name"`
	Group  string   `json:"group" out:"name"`
	Jobs   int64    `json:"jobs" out:"keep"`
	Bytes  int64    `json:"bytes" out:"bytes,drop1"`
	Oldest *float64 `json:"oldest_seconds" out:"seconds"`
}

type options struct {
	queues     []string
	max        int
	groupBy    string
	rotate     bool
	scheduled  bool
	print0     bool
	limitJobs  int64
	limitBytes cli.ByteSize
	keys       cli.KeyFlags
}

// Defaults of --hold-limit and --hold-bytes.
const (
	defaultHoldLimit = 200_000
	defaultHoldBytes = 256 << 20
)

// groupings are the values of --group-by.
var groupings = []string{"host", "service", "command", "type", "queue"}

func New(env *cli.Env) *cli.Command {
	o := options{limitBytes: defaultHoldBytes}
	return &cli.Command{
		Name: "peek", Group: cli.GroupInspect, Args: "QUEUE|GLOB…", Short: "show waiting jobs without removing them",
		Examples: []cli.Example{
			{Line: "gearctl peek service --key-file key.txt", What: "the first ten waiting checks"},
			{Line: "gearctl peek check_results --config mod_gearman_neb.conf --group-by host", What: "which hosts' results fill the queue"},
			{Line: "gearctl peek statusngin_servicechecks", What: "jobs of Statusengine, or of any other program: PREVIEW describes them"},
			{Line: "gearctl peek perfdata --max 1 -o raw", What: "one payload as it is"},
			{Line: "gearctl peek reports --scheduled", What: "how many of its jobs are for later, to be cancelled by their handles"},
			{Line: "gearctl peek huge --rotate --max 3", What: "three jobs, holding only those, which then go to the tail"},
		},
		Long: `The Gearman protocol has no peek request. All jobs of the queue are held for a moment, about 0.1 s for 100,000, the
first --max are shown, and all are released twice, which keeps their order but adds two retries to each. Jobs that
arrive in the meantime end up in front of them, and other workers find the queue empty while it is held.

A server that runs with --job-retries destroys jobs that are released too often: gearctl checks for this with a test
job first, and refuses such a server. A queue of more than --hold-limit jobs is refused too: --rotate holds only the
jobs it shows, which then go to the tail of the queue. Past --hold-bytes no more jobs are inspected; the remaining
jobs are still held and released, and the exit code is 4.

WAITING of a queue also counts jobs that were submitted for later (submit --at). No server tells them from the others:
only when every job that a worker can get is held, what still waits is for later. --scheduled counts so: DUE were held,
SCHEDULED were not. Before 2.0.0 gearmand gives out no low-priority job while a job for later is in the queue, so that
SCHEDULED has those too. HANDLES are known only while the server has no other jobs, because it does not tell the queue
of a handle. gearctl job cancel takes such a job back; it is counted on until its time has come and a worker asks.

HOST, SERVICE, COMMAND and AGE of encrypted jobs need the key. PREVIEW describes jobs of other programs: the events of
Statusengine with their kind, number, hosts and services; other JSON, serialized PHP or text by its start. --group-by counts over the whole queue. -o raw writes
payloads verbatim (on a terminal with control characters escaped), and -o jsonl puts them, base64-encoded, in the
field data.`,
		Flags: append([]urfave.Flag{
			&urfave.IntFlag{Name: "max", Aliases: []string{"m"}, Destination: &o.max, Value: 10, Usage: "show the first `N` jobs of each queue"},
			&urfave.StringFlag{Name: "group-by", Aliases: []string{"g"}, Destination: &o.groupBy, Usage: "count all jobs by `FIELD`: host, service, command, type or queue"},
			&urfave.BoolFlag{Name: "scheduled", Destination: &o.scheduled, Usage: "count the jobs that are for later (submit --at), and name their handles where the server lets it"},
			&urfave.BoolFlag{Name: "rotate", Destination: &o.rotate, Usage: "hold only the jobs shown, which then go to the tail"},
			&urfave.Int64Flag{Name: "hold-limit", Destination: &o.limitJobs, Value: defaultHoldLimit, Usage: "refuse a queue of more than `N` jobs"},
			&urfave.GenericFlag{Name: "hold-bytes", Value: &o.limitBytes, Usage: "inspect jobs up to this total `SIZE`"},
			&urfave.BoolFlag{Name: "print0", Aliases: []string{"0"}, Destination: &o.print0, Usage: "with -o raw end each payload with a NUL byte, not a newline"},
		}, o.keys.Flags(true)...),
		Formats: []string{cli.FormatRaw},
		Columns: cli.KeysOf[row]("group", "jobs", "bytes", "oldest_seconds", "waiting", "due", "scheduled", "handles"),
		Choices: map[string][]string{"key-rule": cli.KeyRules, "group-by": groupings},
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
	case o.max < 1:
		return cmderr.Usagef("--max %d: must be at least 1", o.max)
	case o.groupBy != "" && !slices.Contains(groupings, o.groupBy):
		return cmderr.Usagef("--group-by %.60q: must be host, service, command, type or queue", o.groupBy)
	case o.groupBy != "" && o.rotate:
		return cmderr.Usagef("--group-by counts a whole queue, --rotate holds a few jobs")
	case o.scheduled && (o.groupBy != "" || o.rotate):
		return cmderr.Usagef("--scheduled counts a whole queue: not with --group-by or --rotate")
	case o.rotate && o.max > maxRotate:
		return cmderr.Usagef("--rotate --max %d: each job needs a connection of its own, %d at most", o.max, maxRotate)
	case o.limitJobs < 1:
		return cmderr.Usagef("--hold-limit %d: must be at least 1", o.limitJobs)
	}
	return nil
}

// maxRotate is how many jobs --rotate may hold.
const maxRotate = 200

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.check(); err != nil {
		return err
	}
	m, err := servers.NewMatcher(o.queues)
	if err != nil {
		return err
	}
	p, err := newPeeker(env, &o)
	if err != nil {
		return err
	}
	plan, err := cli.PlanDrain(ctx, env, m, jobs.PlanRules{All: true})
	if plan == nil {
		return err
	}
	return cmderr.MergeErrors(p.run(ctx, plan), err)
}
