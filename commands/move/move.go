// Package move is the command move. A plan has a mover for each source: a queue on one server, or on all servers of the run. A
// mover checks both servers, then a transfer takes the jobs of the source, submits the selected ones to the target, and lets
// the source forget a job only after the target has accepted it as a new one. Moves to one target follow each other.
package move

import (
	"cmp"
	"context"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// row is what was moved from one queue to another.
type row struct {
	Server    string  `json:"server" out:"name"`
	Queue     string  `json:"queue" out:"name"`
	ToServer  string  `json:"to_server" out:"name"`
	ToQueue   string  `json:"to_queue" out:"name"`
	Moved     int64   `json:"moved" out:"keep"`               // as new jobs at the target
	WouldMove *int64  `json:"would_move" out:"optional,keep"` // with --dry-run, at most
	Coalesced int64   `json:"coalesced" out:"drop6"`          // a job with the same unique key waits there already
	Bytes     int64   `json:"bytes" out:"bytes,drop2"`
	Remaining *int64  `json:"remaining" out:"drop8"` // at the source
	Duration  float64 `json:"duration_seconds" out:"seconds,drop1"`
	Empty     int64   `json:"empty" out:"drop3"` // of those moved, without data
}

// Style marks what was not moved.
func (r row) Style(key string) output.Style {
	switch {
	case key == "coalesced" && r.Coalesced > 0:
		return output.Bad
	case key == "remaining" && r.Remaining != nil && *r.Remaining > 0:
		return output.Warn
	}
	return output.Plain
}

type options struct {
	from, to   servers.Endpoint // without server: the queue on each server of the run
	max        int64
	priority   string
	asPriority wire.Priority // unknown: unchanged
	rekey      string
	copy       bool
	coalesce   bool
	acceptRisk bool
	priorities cli.KeptPriorities
	yes        bool
	dryRun     bool
	window     int
	filter     cli.FilterFlags
}

func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "move", Group: cli.GroupAct, Args: "[SERVER/]QUEUE [SERVER/]QUEUE", Short: "move waiting jobs to another queue or server", Changes: true, Destroys: true,
		Examples: []cli.Example{
			{Line: "gearctl move gm1/perfdata gm2/perfdata", What: "to another server, same queue name"},
			{Line: "gearctl move service hostgroup_dmz --match 'host=dmz*' --key-file key.txt", What: "some checks to other workers"},
			{Line: "gearctl move gm1/check_results gm2/check_results --copy --max 100", What: "copy the first hundred to a test system"},
			{Line: "gearctl move service service_new --rekey old.txt:new.txt", What: "re-encrypted with another key"},
			{Line: "gearctl --context fleet move perfdata gm9/perfdata --dry-run", What: "from all servers of a group to one"},
		},
		Long: `Submits the jobs waiting at the start to the target as background jobs, and acknowledges each at the source only after
the target has accepted it as a new job. The unique key is kept. The priority is kept where known: from the counts of
prioritystatus, else from the type of a Mod-Gearman job that a key decrypts; else it becomes normal, with a note. A
client that waits for a job at the source learns that it failed.

While others work on the queue, the priority of its jobs cannot be found out: without a key, --priority or
--priorities=lose the move is refused. From gearmand 2.0.0 the order of a queue with normal and low jobs does not show
the priority of each, and the whole queue is held for a moment first, and put back in its order.

A job that the target merges with one already waiting under the same unique key is COALESCED: it stays at the source
and the exit code is 4, unless --allow-coalesce permits losing its payload. Moving a queue to itself under another
server name is refused.

--match and --older-than select as in drain, and --copy removes nothing. With these the whole queue is held during the
move, and jobs that stay are put back in their old order. Jobs that --rekey cannot decrypt stay, in reverse order.

A move that is killed leaves up to 5,000 jobs in both queues, and a queue gearctl_canary_… that queue gc removes; when
moved again they are COALESCED if still waiting at the target.

SERVER is HOST[:PORT], by default that of --server or the context. If these are several, a source without SERVER is the
queue on each of them, and a target without SERVER is a queue of the same server. Servers that do not answer are left out,
as is the target itself; what waits where is shown first. Moves to one target follow each other; when it refuses jobs, the
other sources are left alone. --max counts for each server. A target that needs TLS of its own must be in the context.

Write a queue name that contains a slash with its server, or with a leading slash.`,
		Flags: append([]urfave.Flag{
			&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Destination: &o.yes, Usage: "do not ask for confirmation"},
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "show what would be moved, change nothing"},
			&urfave.Int64Flag{Name: "max", Aliases: []string{"m"}, Destination: &o.max, Usage: "stop after `N` jobs of each server"},
			cli.TextFlag("priority", &o.priority, "`PRIORITY` at the target: high, normal or low (default: unchanged)"),
			cli.TextFlag("rekey", &o.rekey, "re-encrypt, `OLDKEYFILE:NEWKEYFILE`; an empty name means unencrypted"),
			&urfave.BoolFlag{Name: "copy", Destination: &o.copy, Usage: "keep the jobs at the source too"},
			&urfave.BoolFlag{Name: "allow-coalesce", Destination: &o.coalesce, Usage: "count jobs merged into waiting ones as moved"},
			&urfave.BoolFlag{Name: "accept-risk", Destination: &o.acceptRisk, Usage: "proceed even if the server may destroy released jobs"},
			o.priorities.Flag(),
			&urfave.IntFlag{Name: "window", Destination: &o.window, Value: wire.DefaultWindow, Usage: "keep `N` jobs in flight"},
		}, o.filter.Flags()...),
		Columns: cli.KeysOf[row](),
		Choices: map[string][]string{"key-rule": cli.KeyRules, "priority": {"high", "normal", "low"}, "priorities": {cli.PrioritiesKeep, cli.PrioritiesLose}},
		Min:     2, Max: 2,
		Complete: env.CompleteQueues,
		Run:      func(ctx context.Context, w cli.Words) error { return run(ctx, env, &o, w.Args) },
	}
}

func (o *options) parse(env *cli.Env, args []string) (err error) {
	if o.from, err = servers.ParseEndpoint(args[0], ""); err != nil {
		return err
	}
	if o.to, err = servers.ParseEndpoint(args[1], ""); err != nil {
		return err
	}
	if err := o.to.CheckTarget(); err != nil {
		return err
	}
	if err := o.chooseServers(env); err != nil {
		return err
	}
	if o.priority != "" {
		if o.asPriority, err = wire.ParsePriority(o.priority); err != nil {
			return cmderr.Usagef("--%v", err)
		}
	}
	if err := o.priorities.Check(); err != nil {
		return err
	}
	switch {
	case o.from == o.to && o.from.Server == "":
		return cmderr.Usagef("move: source and target are both queue %.100q of each server", o.from.Queue)
	case o.from == o.to:
		return cmderr.Usagef("move: source and target are both %s", o.from)
	case o.max < 0:
		return cmderr.Usagef("--max %d: must not be negative", o.max)
	case o.window < 1 || o.window > cli.MaxWindow:
		return cmderr.Usagef("--window %d: must be from 1 to %d", o.window, cli.MaxWindow)
	}
	return nil
}

// chooseServers finds the servers of queues that name none: the one of the run, or each if it has several. A source that
// names its server needs a target that does, if there are several to choose from.
func (o *options) chooseServers(env *cli.Env) error {
	if o.from.Server == "" || o.to.Server == "" {
		list, err := env.Servers()
		switch {
		case err != nil:
			return err
		case len(list) == 1:
			o.from.Server, o.to.Server = cmp.Or(o.from.Server, list[0]), cmp.Or(o.to.Server, list[0])
		case o.from.Server != "":
			same := servers.Endpoint{Server: o.from.Server, Queue: o.to.Queue}
			return cmderr.Usagef("move: the target %.100q names no server, and there are %d to choose from", o.to.Queue, len(list)).
				Hint("on the server of the source: %v", cmderr.SameLine{Words: &cmderr.TypedWords{Args: []string{o.from.String(), same.String()}}})
		}
	}
	named := slices.DeleteFunc([]string{o.from.Server, o.to.Server}, func(s string) bool { return s == "" })
	return env.CheckWritable(named...)
}

func run(ctx context.Context, env *cli.Env, o *options, args []string) error {
	if err := o.parse(env, args); err != nil {
		return err
	}
	s, err := newSettings(env, o)
	if err != nil {
		return err
	}
	rows, err := cli.NewPrinter[row](env, o.output())
	if err != nil {
		return err
	}
	p, err := s.plan(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	if o.dryRun {
		p.noteTarget()
	} else {
		if err := p.confirm(ctx); err != nil {
			return err
		}
		err = p.move(ctx)
	}
	return cmderr.MergeErrors(rows.PrintAll(p.rows()), err, p.leftOut)
}

// output selects the columns.
func (o *options) output() output.Options {
	opts := output.Options{HideInTable: append(o.hiddenServers(), "empty")}
	if o.dryRun {
		opts.HideInTable = append(opts.HideInTable, "moved", "coalesced", "bytes", "duration_seconds")
		opts.Also = []string{"would_move"}
	}
	return opts
}

// hiddenServers are the columns that a table hides because they say nothing, or the same twice.
func (o *options) hiddenServers() []string {
	switch {
	case o.from.Server == "" && o.to.Server == "":
		return []string{"to_server"}
	case o.from.Server == o.to.Server:
		return []string{"server", "to_server"}
	}
	return nil
}
