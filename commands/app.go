package commands

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/urfave/cli/v2"

	"gearctl/output"
	"gearctl/wire"
)

// Main runs the command line argv, without the program's name, and returns the exit code. ctx ends with cause
// Stopped when a signal wants it to stop.
func Main(ctx context.Context, env *Env, argv []string) int {
	env.tracing = make(chan struct{}, 1)
	env.exposed = new(sync.Map)
	env.choice, env.same, env.skipped = nil, nil, &skippedServers{noted: map[string]bool{}}
	env.spares = new(wire.IdleConns)
	defer env.spares.Close()
	top := root(env)
	if c := verbatim(top, argv); c != nil {
		return env.finish(c.Run(ctx, Words{Args: argv[1:]}))
	}
	l, err := takeApart(top, argv)
	switch {
	case err != nil:
	case l.help:
		if err = writeHelp(env, l.path); err == nil && answeringPlugin(top, argv) != nil {
			err = pluginState(stateUnknown) // a check that asks for help must not be OK
		}
	default:
		app := newParser(l.path, func(cc *cli.Context) error {
			if err := env.readVariables(l.flags[0]); err != nil {
				return err
			}
			return runCommand(cc.Context, env, l.command(), l)
		})
		err = app.RunContext(ctx, l.argv())
	}
	if c := answeringPlugin(top, argv); c != nil {
		return env.finishPlugin(c, argv, err)
	}
	return env.finish(withoutReaderGone(err))
}

func (e *Env) finish(err error) int {
	if err != nil {
		e.report(e.Stderr, err)
	}
	return exitCode(err)
}

func runCommand(ctx context.Context, env *Env, c *Command, l *line) error {
	if c.Name == "gearctl" && env.globals.version {
		_, err := io.WriteString(env.Stdout, "gearctl "+env.Version+"\n")
		return err
	}
	name := strings.TrimSpace(pathName(l.path[1:], ""))
	if c.Run == nil {
		return missingCommand(name, c.Sub)
	}
	if err := checkArgs(c, name, l.words.Args); err != nil {
		return err
	}
	env.command, env.formats, env.typed = name, c.Formats, l
	env.destroys = c.Destroys && !slices.Contains(l.flags[len(l.flags)-1], "--dry-run")
	if _, err := env.format(); err != nil {
		return err
	}
	if file := &env.globals.config; file.onLine && !c.ReadsConfig {
		if err := file.load(); err != nil {
			return err
		}
	}
	err := env.withPager(func() error { return c.Run(ctx, l.words) })
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	if c.Daemon && !env.finite && errors.Is(context.Cause(ctx), errTerminated) {
		err = withoutInterruption(err)
	}
	return err
}

func missingCommand(name string, subs []*Command) error {
	if name == "" {
		return usagef("no command given").hint("gearctl --help")
	}
	var names []string
	for _, c := range subs {
		names = append(names, c.Name)
	}
	return usagef("%s needs a subcommand: %s", name, strings.Join(names, ", ")).hint("gearctl %s --help", name)
}

func checkArgs(c *Command, name string, args []string) error {
	switch {
	case len(args) == 0 && c.Min > 0:
		return usagef("%s: no %s given", name, firstArgument(c.Args)).hint("gearctl %s --help", name)
	case len(args) < c.Min:
		return usagef("%s: too few arguments, want %s", name, c.Args).hint("gearctl %s --help", name)
	case c.Max >= 0 && len(args) > c.Max:
		return usagef("%s: unexpected argument %.60q", name, args[c.Max]).hint("gearctl %s --help", name)
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

// format returns the output format, which may be one of the command's own.
func (e *Env) format() (output.Format, error) {
	f, err := output.ParseFormat(e.globals.output, e.formats...)
	if err != nil {
		return f, usagef("%v", err)
	}
	return f, nil
}
