// Package result has the command result.
package result

import "gearctl/commands/internal/cli"

func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "result", Group: cli.GroupModGearman, Short: "send check results, or read them",
		Sub: []*cli.Command{newSend(env), newTail(env)},
	}
}
