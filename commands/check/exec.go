package check

import (
	"context"
	"io"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/plugin"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

func newExec(env *cli.Env) *cli.Command {
	var o pluginOptions
	return &cli.Command{
		Name: "exec", Group: cli.GroupModGearman, Args: "-- COMMAND ARG…", Short: "run a plugin the way check work does and exit with its code",
		Examples: []cli.Example{
			{Line: "gearctl check exec -- /usr/lib/nagios/plugins/check_disk -w 10% -c 5%", What: "a plugin and its arguments"},
			{Line: "gearctl check exec --config mod_gearman_worker.conf -- '/usr/lib/nagios/plugins/check_procs | head -1'", What: "a command line as found in a job, run as the worker would"},
		},
		Long: `Several words are a command and its arguments; a single word is a whole command line. stdout is what the core would
get, and the exit code is the state the core would see: codes over 3, signals and timeouts are reported as the C
worker reports them. At its timeout the plugin is killed together with all its children.`,
		Flags:    o.flags(),
		Choices:  map[string][]string{"timeout-return": timeoutReturns()},
		Max:      cli.AnyNumber,
		Trailing: true,
		Plugin:   func([]string) bool { return true },
		Run: func(ctx context.Context, w cli.Words) error {
			return runExec(ctx, env, o, append(w.Args, w.Trailing...))
		},
	}
}

func runExec(ctx context.Context, env *cli.Env, o pluginOptions, command []string) error {
	if len(command) == 0 || strings.TrimSpace(command[0]) == "" {
		return cmderr.Usagef("check exec: no command given after --").Hint("gearctl check exec --help")
	}
	set, err := env.WorkerSettings()
	if err != nil {
		return err
	}
	rules, err := o.runner(env, &set)
	if err != nil {
		return err
	}
	out := rules.Run(ctx, plugin.Command{Line: shell.CommandLine(command), Kind: modgearman.KindUnknown})
	env.Verbose("state %d after %s", out.Code, output.Seconds(out.Finish.Sub(out.Start).Seconds()))
	text := strings.TrimRight(out.Output, "\n") + "\n"
	if _, err := io.WriteString(env.ExactStdout(), text); err != nil && !cmderr.IsReaderGone(err) {
		return err
	}
	return cmderr.PluginState(out.Code)
}
