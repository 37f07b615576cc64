package context

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

func newUse(env *cli.Env) *cli.Command {
	none := false
	return &cli.Command{
		Name: "use", Group: cli.GroupLocal, Args: "NAME", Short: "choose the context of lines that name no server", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl context use prod", What: "from now on, for this user"},
			{Line: "gearctl context use --none", What: "no context: localhost again"},
		},
		Long: `The choice is kept in the file context beside the user's contexts.yml. It is the weakest: -s, --context and --config
on the line and every variable of the environment that names servers or a context are stronger. Away from a
terminal, drain and other commands that destroy need --context or -s on the line.`,
		Flags:    []urfave.Flag{&urfave.BoolFlag{Name: "none", Destination: &none, Usage: "choose no context"}},
		Max:      1,
		Complete: cli.CompleteFirst(env.CompleteContexts),
		Run:      func(_ context.Context, w cli.Words) error { return runUse(env, w.Args, none) },
	}
}

func runUse(env *cli.Env, args []string, none bool) error {
	file := env.Selection()
	switch {
	case file.Path == "":
		return cmderr.Errorf("context use: neither XDG_CONFIG_HOME nor HOME is set to an absolute path: the choice cannot be kept")
	case none && len(args) > 0, !none && len(args) == 0:
		return cmderr.Usagef("context use: give a NAME or --none").Hint("%s", "gearctl context list")
	case none:
		if err := file.Clear(env.FS()); err != nil {
			return cmderr.Errorf("context use: %w", err)
		}
		env.Info("no context is in use")
		return nil
	}
	set, err := env.Contexts()
	if err != nil {
		return err
	}
	if _, err := set.Get(args[0]); err != nil {
		return cmderr.Usagef("context use: %v", err).Hint("%s", "gearctl context list")
	}
	if err := file.Set(env.FS(), args[0]); err != nil {
		return cmderr.Errorf("context use: %w", err)
	}
	env.Info("context %s is in use", args[0])
	if name, chosen, err := env.ChosenContext(); err == nil && chosen != cli.ContextUse {
		if name == "" {
			name = "a server"
		}
		env.Info("but the environment names %s, which is stronger", name)
	}
	return nil
}
