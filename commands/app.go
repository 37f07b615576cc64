package commands

import (
	"context"
	"errors"
	"io"
	"strings"
	"unicode"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
)

// Main runs the command line argv, without the program's name, and returns the exit code. ctx ends with cause
// Stopped when a signal wants it to stop.
func Main(ctx context.Context, env *cli.Env, argv []string) int {
	stop := env.Start()
	defer stop()
	top := root(env)
	if c, args := verbatim(top, argv); c != nil {
		return finish(env, c.Run(ctx, cli.Words{Args: args}))
	}
	plugin := pluginCommand(top, argv)
	err := runLine(ctx, env, top, argv, plugin != nil)
	if plugin != nil {
		return finishPlugin(env, plugin, argv, err)
	}
	return finish(env, cmderr.WithoutReaderGone(err))
}

func runLine(ctx context.Context, env *cli.Env, top *cli.Command, argv []string, plugin bool) error {
	l, err := parse(top, argv)
	if err != nil {
		return err
	}
	if l.help {
		err := writeHelp(env, &l.Line)
		if err == nil && plugin {
			err = cmderr.PluginState(nagios.StateUnknown) // a check that asks for help must not be OK
		}
		return err
	}
	app := newParser(&l.Line, func(cc *urfave.Context) error {
		if err := env.ReadVariables(l.Flags[0]); err != nil {
			return err
		}
		return runCommand(cc.Context, env, &l.Line)
	})
	return app.RunContext(ctx, l.argv())
}

func runCommand(ctx context.Context, env *cli.Env, l *cli.Line) error {
	c, name := l.Command(), l.Name()
	if name == "" && env.Globals.Version {
		_, err := io.WriteString(env.Stdout, "gearctl "+env.Version+" ("+env.Build()+")\n")
		return err
	}
	if c.Run == nil {
		return missingCommand(name, c.Sub)
	}
	if err := checkArgs(c, name, l.Words.Args); err != nil {
		return err
	}
	env.SetLine(l)
	if c.NoContext {
		env.IgnoreContext()
	}
	if err := env.ApplyContext(); err != nil {
		return err
	}
	if _, err := env.Format(); err != nil {
		return err
	}
	if file := &env.Globals.Config; file.OnLine && !c.ReadsConfig {
		if err := file.Load(); err != nil {
			return err
		}
	}
	err := withPager(env, func() error { return c.Run(ctx, l.Words) })
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	endless := c.Daemon && (c.Finite == nil || !c.Finite())
	if endless && errors.Is(context.Cause(ctx), cmderr.ErrTerminated) {
		err = cmderr.WithoutInterruption(err)
	}
	return err
}

func missingCommand(name string, subs cli.Subcommands) error {
	if name == "" {
		return cmderr.Usagef("no command given").Hint("gearctl --help")
	}
	var names []string
	for _, c := range subs {
		names = append(names, c.Name)
	}
	return cmderr.Usagef("%s needs a subcommand: %s", name, strings.Join(names, ", ")).Hint("gearctl %s --help", name)
}

func checkArgs(c *cli.Command, name string, args []string) error {
	switch {
	case len(args) == 0 && c.Min > 0:
		return cmderr.Usagef("%s: no %s given", name, firstArgument(c.Args)).Hint("gearctl %s --help", name)
	case len(args) < c.Min:
		return cmderr.Usagef("%s: missing arguments, expected %s", name, c.Args).Hint("gearctl %s --help", name)
	case c.Max >= 0 && len(args) > c.Max:
		return cmderr.Usagef("%s: unexpected argument %.60q", name, args[c.Max]).Hint("gearctl %s --help", name)
	}
	return nil
}

// firstArgument returns the first word of a command's arguments, such as queue for "[SERVER/]QUEUE|GLOB…".
func firstArgument(args string) string {
	if _, rest, ok := strings.Cut(args, "]"); ok && args[0] == '[' {
		args = rest
	}
	end := strings.IndexFunc(args, func(r rune) bool { return !unicode.IsLetter(r) })
	if end < 0 {
		end = len(args)
	}
	return strings.ToLower(args[:end])
}
