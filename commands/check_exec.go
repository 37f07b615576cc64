package commands

import (
	"context"
	"io"
	"strings"

	"gearctl/output"
	"gearctl/wire/modgearman"
)

func newCheckExec(env *Env) *Command {
	var o ruleOptions
	return &Command{
		Name: "exec", Group: GroupModGearman, Args: "-- COMMAND ARG…", Short: "run a plugin the way check work does and exit with its code",
		Examples: []Example{
			{"gearctl check exec -- /usr/lib/nagios/plugins/check_disk -w 10% -c 5%", "a plugin and its arguments"},
			{"gearctl check exec --config mod_gearman_worker.conf -- '/usr/lib/nagios/plugins/check_procs | head -1'", "a command line as found in a job, run by the worker's rules"},
		},
		Long: `Several words are a command and its arguments; a single word is a whole command line. stdout is what the core would
get, and the exit code is the state the core would see: codes over 3, signals and timeouts are reported as the C
worker reports them. At its timeout the plugin is killed together with all its children.`,
		Flags:    o.flags(),
		Choices:  map[string][]string{"timeout-return": timeoutReturns()},
		Max:      anyNumber,
		Trailing: true,
		Plugin:   func([]string) bool { return true },
		Run: func(ctx context.Context, w Words) error {
			return runCheckExec(ctx, env, o, append(w.Args, w.Trailing...))
		},
	}
}

func runCheckExec(ctx context.Context, env *Env, o ruleOptions, command []string) error {
	if len(command) == 0 || strings.TrimSpace(command[0]) == "" {
		return usagef("check exec: no command given after --").hint("gearctl check exec --help")
	}
	set, err := env.workerSettings()
	if err != nil {
		return err
	}
	rules, err := o.rules(env, &set)
	if err != nil {
		return err
	}
	out := rules.run(ctx, pluginRun{line: commandLine(command), kind: modgearman.KindUnknown})
	env.Verbose("state %d after %s", out.code, output.Seconds(out.finish.Sub(out.start).Seconds()))
	text := strings.TrimRight(out.output, "\n") + "\n"
	if _, err := io.WriteString(env.exactStdout(), text); err != nil && !isReaderGone(err) {
		return err
	}
	return pluginState(out.code)
}
