package commands

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/urfave/cli/v2"

	"gearctl/output"
)

// Main runs the command line argv, without the program's name, and returns the exit code. ctx ends with cause
// Interrupted when the user wants to stop.
func Main(ctx context.Context, env *Env, argv []string) int {
	env.tracing = make(chan struct{}, 1)
	top := root(env)
	if c := verbatim(top, argv); c != nil {
		return env.finish(c.Run(ctx, Words{Args: argv[1:]}))
	}
	l, err := takeApart(top, argv)
	switch {
	case err != nil:
	case l.help:
		if err = writeHelp(env, l.path); err == nil && answersAsPlugin(top, argv) {
			err = pluginState(stateUnknown) // a check that asks for help must not be OK
		}
	default:
		err = runLine(ctx, env, top, l)
	}
	if answersAsPlugin(top, argv) {
		return env.finishPlugin(err)
	}
	return env.finish(err)
}

// Interrupted is the cause for which Main's context ends when the user wants to stop.
func Interrupted() error { return errInterrupted }

func (e *Env) finish(err error) int {
	if err != nil {
		report(e.Stderr, err)
	}
	return exitCode(err)
}

// runLine lets urfave/cli read the flags and call the command.
func runLine(ctx context.Context, env *Env, top *Command, l *line) error {
	app := &cli.App{
		Name: top.Name, HideHelp: true, HideHelpCommand: true, HideVersion: true,
		Flags: top.Flags, Writer: io.Discard, ErrWriter: io.Discard,
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              flagError,
	}
	act := func(c *Command) cli.ActionFunc {
		return func(cc *cli.Context) error { return runCommand(cc.Context, env, c, l) }
	}
	app.Action = act(top)
	for _, c := range top.Sub {
		app.Commands = append(app.Commands, urfaveCommand(c, act))
	}
	return app.RunContext(ctx, l.argv())
}

func urfaveCommand(c *Command, act func(*Command) cli.ActionFunc) *cli.Command {
	u := &cli.Command{
		Name: c.Name, Flags: c.Flags, Action: act(c),
		HideHelp: true, HideHelpCommand: true, OnUsageError: flagError,
	}
	for _, sub := range c.Sub {
		u.Subcommands = append(u.Subcommands, urfaveCommand(sub, act))
	}
	return u
}

var flagErrorText = regexp.MustCompile(`^invalid (?:boolean )?value "(.*)" for (?:flag )?-+([a-z0-9-]+): (?:strconv\.\w+: parsing ".*": |parse error)?(.*)$`)

// flagError makes the flag package's words ours: it knows a flag by one dash.
func flagError(_ *cli.Context, err error, _ bool) error {
	if m := flagErrorText.FindStringSubmatch(err.Error()); m != nil {
		cause := m[3]
		if cause == "" || cause == "invalid syntax" {
			cause = "cannot be read"
		}
		return usagef("%s %.60q: %s", dashed(m[2]), m[1], cause)
	}
	return usagef("%v", err)
}

func runCommand(ctx context.Context, env *Env, c *Command, l *line) error {
	if c.Name == "gearctl" && env.globals.version {
		_, err := io.WriteString(env.Stdout, "gearctl "+env.Version+"\n")
		return err
	}
	name := strings.TrimSpace(pathName(l.path[1:], ""))
	if c.Run == nil {
		return missingCommand(name)
	}
	if err := checkArgs(c, name, l.words.Args); err != nil {
		return err
	}
	env.command, env.formats = name, c.Formats
	if _, err := env.format(); err != nil {
		return err
	}
	err := env.withPager(func() error { return c.Run(ctx, l.words) })
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	return err
}

func missingCommand(name string) error {
	if name == "" {
		return usagef("no command given").hint("gearctl --help")
	}
	return usagef("%s: which one? no subcommand given", name).hint("gearctl %s --help", name)
}

func checkArgs(c *Command, name string, args []string) error {
	switch {
	case len(args) < c.Min:
		return usagef("%s: %s is missing", name, c.Args).hint("gearctl %s --help", name)
	case c.Max >= 0 && len(args) > c.Max:
		return usagef("%s: unexpected argument %.60q", name, args[c.Max]).hint("gearctl %s --help", name)
	}
	return nil
}

// format returns the output format, which may be one of the command's own.
func (e *Env) format() (output.Format, error) {
	f, err := output.ParseFormat(e.globals.output, e.formats...)
	if err != nil {
		return f, usagef("%v", err)
	}
	return f, nil
}
