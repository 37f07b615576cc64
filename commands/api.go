package commands

import "gearctl/commands/internal/cli"

// Env is what Main touches besides its arguments: streams, terminal, clock, environment, network and disk. The caller fills
// it; it is used for one call of Main.
type Env = cli.Env

// Terminal says which of the streams are a terminal, and how large it is.
type Terminal = cli.Terminal
