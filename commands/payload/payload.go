// Package payload has the command payload.
package payload

import "gearctl/commands/internal/cli"

func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "payload", Group: cli.GroupModGearman, Short: "decode and create Mod-Gearman job payloads",
		Sub: []*cli.Command{newDecode(env), newEncode(env), newUnique(env)},
	}
}
