// Package compat answers as the tools that gearctl replaces: by their names, options, output and exit codes. It reads their
// command lines and uses the engines of gearctl's own commands, or runs such a command. Where an old tool is wrong in a way
// that loses data, or hides that, it differs: docs/reference/compat.md lists every difference.
package compat

import (
	"context"

	"gearctl/commands/internal/cli"
)

// runner runs a command line of gearctl's own as Main does.
type runner func(ctx context.Context, env *cli.Env, argv []string) int

// tool is an old tool.
type tool struct {
	name    string
	aliases []string // its names in nagios-mod-gearman
	instead string   // of gearctl's own
	short   string
	options []option
	details string
	example cli.Example
	changes bool
	run     func(ctx context.Context, c *call) error
}

// option is an option of an old tool, for its help and for the manual.
type option struct{ form, text string }

// tools returns the old tools.
func tools() []*tool {
	return []*tool{gearadmin(), gearman(), gearmanTop(), checkGearman(), sendGearman(), sendMulti()}
}

// New returns the command compat. run is for what another command does.
func New(env *cli.Env, run runner) *cli.Command {
	subs := []cli.Subcommand{{Name: "install", New: newInstall}, {Name: "list", New: newList}}
	for _, t := range tools() {
		subs = append(subs, cli.Subcommand{Name: t.name, New: func(env *cli.Env) *cli.Command { return t.command(env, run) }})
	}
	return &cli.Command{
		Name: "compat", Group: cli.GroupCompat, Short: "answer as the tools that gearctl replaces",
		Long: "Called by the name of an old tool, gearctl reads that tool's options and prints what that tool prints.",
		Sub:  cli.Below(env, subs...),
	}
}

func (t *tool) command(env *cli.Env, run runner) *cli.Command {
	return &cli.Command{
		Name: t.name, Group: cli.GroupCompat, Args: "[OPTION…]", Short: t.short, Changes: t.changes, Verbatim: true,
		Examples: []cli.Example{t.example},
		Long:     t.help(),
		Max:      cli.AnyNumber,
		Run: func(ctx context.Context, w cli.Words) error {
			return t.run(ctx, &call{env: env, gearctl: run, tool: t, args: w.Args})
		},
	}
}
