package queue

import (
	"context"
	"strconv"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

type limitOptions struct{ sizes []int }

func newLimit(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "limit", Group: cli.GroupAct, Args: "QUEUE SIZE | QUEUE HIGH NORMAL LOW", Short: "limit the number of jobs in a queue", Changes: true,
		Examples: []cli.Example{
			{Line: "gearctl queue limit perfdata 100000", What: "refuse jobs beyond this number"},
			{Line: "gearctl queue limit perfdata 0", What: "remove the limit"},
			{Line: "gearctl queue limit reports 10 100 1000", What: "for high, normal and low priority"},
		},
		Long:    `The server refuses a new job if the queue already has as many jobs, running ones included, as the limit for the new job's priority. Limits are lost on restart and cannot be queried. The Perl server accepts the job instead, and discards all waiting jobs that are over the limit.`,
		Columns: cli.KeysOf[row](),
		Min:     2, Max: 4,
		Complete: cli.CompleteFirst(env.CompleteQueues),
		Run: func(ctx context.Context, w cli.Words) error {
			var o limitOptions
			if err := o.read(w.Args); err != nil {
				return err
			}
			return changeQueues(ctx, env, func(ctx context.Context, c *wire.Conn) ([]row, error) {
				return limitQueue(ctx, env, c, w.Args[0], o.sizes)
			})
		},
	}
}

func (o *limitOptions) read(args []string) error {
	if err := checkName("limit", args[0]); err != nil {
		return err
	}
	if len(args) == 3 {
		return cmderr.Usagef("queue limit: give one size, or three for high, normal and low priority").Hint("gearctl queue limit --help")
	}
	for _, a := range args[1:] {
		n, err := strconv.ParseInt(a, 10, 32)
		if err != nil || n < 0 {
			return cmderr.Usagef("size %.60q: not a number from 0 (no limit) to 2147483647", a)
		}
		o.sizes = append(o.sizes, int(n))
	}
	return nil
}

// limitQueue asks for the queue first: for an unknown one the server answers OK and does nothing.
func limitQueue(ctx context.Context, env *cli.Env, c *wire.Conn, queue string, sizes []int) ([]row, error) {
	s, err := servers.AskQueues(ctx, c)
	if err != nil {
		return nil, err
	}
	v, err := servers.AskVersion(ctx, c)
	if err != nil {
		return nil, err
	}
	q := s.Queue(queue)
	if q == nil {
		return nil, unknownLimited(c.Server(), v, queue)
	}
	send, err := limitsFor(env, c.Server(), v, q, sizes)
	if err != nil {
		return nil, err
	}
	if err := c.MaxQueue(ctx, queue, send...); err != nil {
		return nil, err
	}
	words := make([]string, len(sizes))
	for i, n := range sizes {
		words[i] = strconv.Itoa(n)
	}
	return []row{{c.Server(), queue, "limited to " + strings.Join(words, " ")}}, nil
}

// unknownLimited is the error about a queue that does not exist. The Perl server has no command to create it.
func unknownLimited(server string, v servers.Version, queue string) error {
	err := cmderr.Errorf("limit queue %.100q on %s: unknown queue", queue, server)
	if v.Perl {
		return cmderr.WithHint(err, "%s creates a queue with its first job or worker", v)
	}
	return cmderr.WithHint(err, "%s", cmderr.Try("queue", "create").Of(queue).On(server))
}

// limitsFor returns the sizes as the server understands them. The Perl server and old gearmand ignore all but the first; for
// the Perl server 0 means no jobs at all, and no number means no limit.
func limitsFor(env *cli.Env, server string, r servers.Version, q *wire.FunctionStatus, sizes []int) ([]int, error) {
	if len(sizes) > 1 && (r.Perl || r.Before("0.25")) {
		return nil, cmderr.WithHint(r.Unsupported(server, "limits for each priority", ""), "give one size for all jobs of the queue")
	}
	if !r.Perl {
		return sizes, nil
	}
	if sizes[0] == 0 {
		return nil, nil
	}
	now := ""
	if over := q.Waiting() - int64(sizes[0]); over > 0 {
		now = "; " + output.Plural(over, "job is", "jobs are") + " over it now"
	}
	env.Info("%s: %s refuses no job: when one comes, it discards all waiting ones that are over the limit, the newest first%s", server, r, now)
	return sizes, nil
}
