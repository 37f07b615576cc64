package commands

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/wire"
)

// Main runs the command line argv, without the program's name, and returns the exit code. ctx ends with cause
// Stopped when a signal wants it to stop.
func Main(ctx context.Context, env *cli.Env, argv []string) int {
	env.Tracing = make(chan struct{}, 1)
	env.Exposed = new(sync.Map)
	env.Choice, env.Same, env.Skipped = nil, nil, &cli.SkippedServers{Noted: map[string]bool{}}
	env.Spares = new(wire.IdleConns)
	defer env.Spares.Close()
	top := root(env)
	if c := verbatim(top, argv); c != nil {
		return env.Finish(c.Run(ctx, cli.Words{Args: argv[1:]}))
	}
	l, err := cli.TakeApart(top, argv)
	switch {
	case err != nil:
	case l.Help:
		if err = writeHelp(env, l.Path); err == nil && cli.AnsweringPlugin(top, argv) != nil {
			err = cmderr.PluginState(nagios.StateUnknown) // a check that asks for help must not be OK
		}
	default:
		app := newParser(l.Path, func(cc *urfave.Context) error {
			if err := env.ReadVariables(l.Flags[0]); err != nil {
				return err
			}
			return runCommand(cc.Context, env, l.Command(), l)
		})
		err = app.RunContext(ctx, l.Argv())
	}
	if c := cli.AnsweringPlugin(top, argv); c != nil {
		return env.FinishPlugin(c, argv, err)
	}
	return env.Finish(cmderr.WithoutReaderGone(err))
}

func runCommand(ctx context.Context, env *cli.Env, c *cli.Command, l *cli.Line) error {
	if c.Name == "gearctl" && env.Globals.Version {
		_, err := io.WriteString(env.Stdout, "gearctl "+env.Version+"\n")
		return err
	}
	name := strings.TrimSpace(cli.PathName(l.Path[1:], ""))
	if c.Run == nil {
		return missingCommand(name, c.Sub)
	}
	if err := checkArgs(c, name, l.Words.Args); err != nil {
		return err
	}
	env.Command, env.Formats, env.Typed = name, c.Formats, l
	env.Destroys = c.Destroys && !slices.Contains(l.Flags[len(l.Flags)-1], "--dry-run")
	if _, err := env.Format(); err != nil {
		return err
	}
	if file := &env.Globals.Config; file.OnLine && !c.ReadsConfig {
		if err := file.Load(); err != nil {
			return err
		}
	}
	err := env.WithPager(func() error { return c.Run(ctx, l.Words) })
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	if c.Daemon && !env.Finite && errors.Is(context.Cause(ctx), cmderr.ErrTerminated) {
		err = cmderr.WithoutInterruption(err)
	}
	return err
}

func missingCommand(name string, subs []*cli.Command) error {
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
		return cmderr.Usagef("%s: too few arguments, want %s", name, c.Args).Hint("gearctl %s --help", name)
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
