package commands

import (
	"context"

	"gearctl/wire"
)

func newQueueCreate(env *Env) *Command {
	return &Command{
		Name: "create", Group: GroupAct, Args: "QUEUE…", Short: "make queues known to the server, without workers", Changes: true,
		Examples: []Example{{"gearctl queue create reports", "shows in the status from now on"}},
		Long:     "A queue that exists stays as it is. A queue also comes into being with its first job or worker.",
		Columns:  keysOf[queueRow](),
		Min:      1, Max: anyNumber,
		Run: func(ctx context.Context, w Words) error {
			for _, q := range w.Args {
				if err := checkQueueWord("create", q); err != nil {
					return err
				}
			}
			return changeQueues(ctx, env, func(ctx context.Context, c *wire.Conn) ([]queueRow, error) {
				return createQueues(ctx, c, w.Args)
			})
		},
	}
}

func createQueues(ctx context.Context, c *wire.Conn, queues []string) ([]queueRow, error) {
	list, err := c.Status(ctx)
	if err != nil {
		return nil, err
	}
	var rows []queueRow
	for _, q := range queues {
		done := "created"
		if findQueue(list.Rows, q) != nil {
			done = "exists"
		} else if err := c.CreateFunction(ctx, q); err != nil {
			return rows, needsVersion(ctx, c, err, "create function", "0.25")
		}
		rows = append(rows, queueRow{c.Server(), q, done})
	}
	return rows, nil
}
