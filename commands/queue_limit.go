package commands

import (
	"context"
	"strconv"
	"strings"

	"gearctl/wire"
)

type queueLimitOptions struct{ sizes []int }

func newQueueLimit(env *Env) *Command {
	return &Command{
		Name: "limit", Group: GroupAct, Args: "QUEUE SIZE | QUEUE HIGH NORMAL LOW", Short: "limit the number of jobs in a queue", Changes: true,
		Examples: []Example{
			{"gearctl queue limit perfdata 100000", "refuse jobs beyond this number"},
			{"gearctl queue limit perfdata 0", "remove the limit"},
			{"gearctl queue limit reports 10 100 1000", "for high, normal and low priority"},
		},
		Long:    `The server refuses a new job if the queue already has as many jobs, running ones included, as the limit for the new job's priority. Limits are lost on restart and cannot be queried.`,
		Columns: keysOf[queueRow](),
		Min:     2, Max: 4,
		Complete: env.completeFirst(env.completeQueues),
		Run: func(ctx context.Context, w Words) error {
			var o queueLimitOptions
			if err := o.read(w.Args); err != nil {
				return err
			}
			return changeQueues(ctx, env, func(ctx context.Context, c *wire.Conn) ([]queueRow, error) {
				return limitQueue(ctx, env, c, w.Args[0], o.sizes)
			})
		},
	}
}

func (o *queueLimitOptions) read(args []string) error {
	if err := checkQueueWord("limit", args[0]); err != nil {
		return err
	}
	if len(args) == 3 {
		return usagef("queue limit: give one size, or three for high, normal and low priority").hint("gearctl queue limit --help")
	}
	for _, a := range args[1:] {
		n, err := strconv.ParseInt(a, 10, 32)
		if err != nil || n < 0 {
			return usagef("size %.60q: not a number from 0 (no limit) to 2147483647", a)
		}
		o.sizes = append(o.sizes, int(n))
	}
	return nil
}

// limitQueue asks for the queue first: the server says OK for one that it does not know, and does nothing.
func limitQueue(ctx context.Context, env *Env, c *wire.Conn, queue string, sizes []int) ([]queueRow, error) {
	s, err := askQueues(ctx, c)
	if err != nil {
		return nil, err
	}
	if s.Queue(queue) == nil {
		return nil, withHint(errorf("limit queue %.100q on %s: unknown queue", queue, c.Server()), "%s", try("queue", "create").of(queue).on(c.Server()))
	}
	send, err := limitsFor(ctx, env, c, sizes)
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
	return []queueRow{{c.Server(), queue, "limited to " + strings.Join(words, " ")}}, nil
}

// limitsFor returns the sizes in the way that the server understands. The Perl server and old gearmand have one size
// for a queue and ignore further ones; for the Perl server 0 is no job at all, and no number is no limit.
func limitsFor(ctx context.Context, env *Env, c *wire.Conn, sizes []int) ([]int, error) {
	r, err := askVersion(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(sizes) > 1 && (r.perl || r.before("0.25")) {
		return nil, withHint(r.unsupported(c.Server(), "limits for each priority", ""), "give one size for all jobs of the queue")
	}
	if !r.perl {
		return sizes, nil
	}
	if sizes[0] == 0 {
		return nil, nil
	}
	env.Info("%s: %s does not refuse jobs over the limit, it discards a waiting one instead", c.Server(), r)
	return sizes, nil
}
