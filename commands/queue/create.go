package queue

import (
	"cmp"
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

func newCreate(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "create", Group: cli.GroupAct, Args: "QUEUE…", Short: "create queues without workers", Changes: true,
		Examples: []cli.Example{{Line: "gearctl queue create reports", What: "listed by gearctl status from now on"}},
		Long:     "An existing queue is left unchanged. Queues are also created by their first job or worker.",
		Columns:  cli.KeysOf[row](),
		Min:      1, Max: cli.AnyNumber,
		Run: func(ctx context.Context, w cli.Words) error {
			for _, q := range w.Args {
				if err := checkName("create", q); err != nil {
					return err
				}
			}
			return changeQueues(ctx, env, func(ctx context.Context, c *wire.Conn) ([]row, error) {
				return createQueues(ctx, c, w.Args)
			})
		},
	}
}

// createQueues asks which queues exist, to report which are new, and creates all in the same round trip.
func createQueues(ctx context.Context, c *wire.Conn, queues []string) ([]row, error) {
	c.Pipeline(wire.CommandStatus)
	for _, q := range queues {
		c.PipelineCreate(q)
	}
	s, err := servers.AskQueues(ctx, c)
	if err != nil {
		return nil, err
	}
	var rows []row
	var failed error
	for _, q := range queues {
		err := c.CreateFunction(ctx, q)
		switch known := s.Queue(q) != nil; {
		case known && (err == nil || servers.IsRefusal(err)):
			rows = append(rows, row{c.Server(), q, "exists"})
		case err == nil:
			rows = append(rows, row{c.Server(), q, "created"})
		case servers.IsRefusal(err):
			failed = cmp.Or(failed, err)
		default:
			return rows, cmp.Or(failed, err)
		}
	}
	return rows, servers.ExplainUnsupported(ctx, c, failed, "create function", "0.25")
}
