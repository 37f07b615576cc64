// Package payload has the commands payload decode, encode and unique: it decrypts and prints Mod-Gearman jobs, and builds
// them from flags or text. It contacts no server.
package payload

import "gearctl/commands/internal/cli"

// New returns the command payload.
func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "payload", Group: cli.GroupModGearman, Short: "decode and create Mod-Gearman job payloads",
		Sub: cli.Below(env,
			cli.Subcommand{Name: "decode", New: newDecode},
			cli.Subcommand{Name: "encode", New: newEncode},
			cli.Subcommand{Name: "unique", New: newUnique},
		),
	}
}
