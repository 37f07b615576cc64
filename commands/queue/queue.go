// Package queue is the command queue: create, drop and limit change a queue on every server, gc cleans up queues that hold
// only cancelled or abandoned jobs. None of them forces a server to forget a queue that has live jobs.
package queue

import (
	"context"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// row is what was done to a queue of a server.
type row struct {
	Server string `json:"server" out:"name"`
	Queue  string `json:"queue" out:"name"`
	Done   string `json:"done" out:"keep"` // created, exists, dropped, limited, or would be …
}

func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "queue", Group: cli.GroupAct, Short: "create, drop, limit and clean up queues",
		Sub: cli.Below(env,
			cli.Subcommand{Name: "create", New: newCreate},
			cli.Subcommand{Name: "drop", New: newDrop},
			cli.Subcommand{Name: "limit", New: newLimit},
			cli.Subcommand{Name: "gc", New: newGC},
		),
	}
}

// checkName refuses a name that the admin protocol cannot transmit, and says what to do instead.
func checkName(verb, queue string) error {
	if err := wire.CheckFunction(queue); err != nil && verb == "create" {
		return cmderr.Usagef("queue name %.100q %v", queue, err)
	}
	err := wire.CheckAdminWord(queue)
	if err == nil {
		return nil
	}
	u := cmderr.Usagef("queue name %.100q %v", queue, err)
	switch verb {
	case "create":
		return u.Hint("create it with a first job: %s", cmderr.Try("submit", "--background").Of(queue, "DATA"))
	case "drop":
		return u.Hint("it stays listed until the server restarts; empty it with: %s", cmderr.Try("drain").Queues(queue))
	}
	return u
}

func newRowPrinter(env *cli.Env) (*output.Printer[row], error) {
	return cli.NewPrinter[row](env, output.Options{HideInTable: env.ServerColumn()})
}

// changeQueues calls f for every server and prints its rows, also those beside an error.
func changeQueues(ctx context.Context, env *cli.Env, f func(context.Context, *wire.Conn) ([]row, error)) error {
	p, err := newRowPrinter(env)
	if err != nil {
		return err
	}
	if err := env.DedupeServers(ctx); err != nil {
		return err
	}
	_, servers, err := env.Network()
	if err != nil {
		return err
	}
	return changeOn(ctx, env, p, servers, f)
}

// changeOn is changeQueues for some servers.
func changeOn(ctx context.Context, env *cli.Env, p *output.Printer[row], servers []string, f func(context.Context, *wire.Conn) ([]row, error)) error {
	d, err := env.Dialer()
	if err != nil {
		return err
	}
	var rows []row
	var errs []error
	for _, r := range wire.FanOut(ctx, d, servers, f) {
		rows = append(rows, r.Value...)
		errs = append(errs, cmderr.Flatten(r.Err)...)
	}
	if len(rows) > 0 {
		errs = append(errs, cmderr.Flatten(p.PrintAll(rows))...)
	}
	return cmderr.SomeFailed(errs, len(rows) > 0)
}
