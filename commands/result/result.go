// Package result has the commands result send, which submits check results like send_gearman and send_multi, and result
// tail, which consumes a result queue and prints it. Nothing is sent twice; tail acknowledges a result after it was written.
package result

import "gearctl/commands/internal/cli"

// New returns the command result.
func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "result", Group: cli.GroupModGearman, Short: "send check results, or read them",
		Sub: cli.Below(env,
			cli.Subcommand{Name: "send", New: newSend},
			cli.Subcommand{Name: "tail", New: newTail},
		),
	}
}
