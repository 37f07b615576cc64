package commands

import (
	"context"

	"gearctl/output"
	"gearctl/wire"
)

// queueRow is what was done to a queue of a server.
type queueRow struct {
	Server string `json:"server"`
	Queue  string `json:"queue" out:"wide"`
	Done   string `json:"done"` // created, exists, dropped, limited, or would be …
}

func newQueue(env *Env) *Command {
	return &Command{
		Name: "queue", Group: GroupAct, Short: "create, drop, limit and clean up queues",
		Sub: []*Command{newQueueCreate(env), newQueueDrop(env), newQueueLimit(env), newQueueGC(env)},
	}
}

// checkQueueWord refuses a name that the admin protocol cannot carry, and says what to do instead.
func checkQueueWord(verb, queue string) error {
	if err := wire.CheckFunction(queue); err != nil && verb == "create" {
		return usagef("queue name %.100q %v", queue, err)
	}
	err := wire.CheckAdminWord(queue)
	if err == nil {
		return nil
	}
	u := usagef("queue name %.100q %v", queue, err)
	switch verb {
	case "create":
		return u.hint("create it with a first job: %s", try("submit", "--background").of(queue, "DATA"))
	case "drop":
		return u.hint("it stays listed until the server restarts; empty it with: %s", try("drain").queues(queue))
	}
	return u
}

// changeQueues lets f change every server that was asked for, and prints what it did. f's rows count also when it
// fails.
func changeQueues(ctx context.Context, env *Env, f func(context.Context, *wire.Conn) ([]queueRow, error)) error {
	p, err := newPrinter[queueRow](env, output.Options{HideInTable: env.serverColumn()})
	if err != nil {
		return err
	}
	if err := env.eachOnce(ctx); err != nil {
		return err
	}
	d, servers, err := env.network()
	if err != nil {
		return err
	}
	var rows []queueRow
	var errs []error
	for _, r := range wire.FanOut(ctx, d, servers, f) {
		rows = append(rows, r.Value...)
		errs = append(errs, flatten(r.Err)...)
	}
	if len(rows) > 0 {
		errs = append(errs, flatten(p.PrintAll(rows))...)
	}
	return someFailed(errs, len(rows) > 0)
}
