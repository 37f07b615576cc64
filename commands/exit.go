package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/wire"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitPartial     = 4
	exitNotReached  = 5
	exitInterrupted = 130
)

// finish reports err, unless the command did that, and returns the exit code.
func finish(env *cli.Env, err error) int {
	var state cmderr.PluginState
	if errors.As(err, &state) {
		return int(state)
	}
	var reported *cmderr.ReportedError
	if err != nil && !errors.As(err, &reported) {
		env.Report(env.Stderr, err)
	}
	return exitCode(err)
}

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var usage *cmderr.UsageError
	var part *cmderr.Partial
	var waited *cmderr.NotReached
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, cmderr.ErrInterrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &waited):
		return exitNotReached
	case errors.As(err, &part):
		return exitPartial
	case allUnreachable(err):
		return exitUnreachable
	}
	return exitFailed
}

// allUnreachable reports whether every error that err joins is a server that could not be reached.
func allUnreachable(err error) bool {
	leaves := cmderr.Flatten(err)
	for _, e := range leaves {
		if !wire.IsUnreachable(e) {
			return false
		}
	}
	return len(leaves) > 0
}

// pluginCommand returns the command that argv names if it reports as a monitoring plugin does: every failure is then a line
// on stdout and exit code 3, also that of a line that cannot be parsed. Otherwise it returns nil.
func pluginCommand(top *cli.Command, argv []string) *cli.Command {
	c := top
	for _, word := range argv {
		if word == "--" {
			break
		}
		if sub := c.Sub.Find(word); sub != nil {
			c = sub
		}
	}
	if c.Plugin == nil || !c.Plugin(argv) {
		return nil
	}
	return c
}

// finishPlugin writes the line of a plugin that could not do its work, and returns its exit code.
func finishPlugin(env *cli.Env, c *cli.Command, argv []string, err error) int {
	var state cmderr.PluginState
	switch {
	case err == nil:
		return nagios.StateOK
	case errors.As(err, &state):
		return int(state)
	}
	var texts []string
	for _, leaf := range cmderr.Flatten(err) {
		texts = append(texts, leaf.Error())
	}
	why := strings.Join(texts, "; ")
	var whole []byte
	if c.Unknown != nil {
		whole = c.Unknown(wantedFormat(env, argv), why)
	}
	if whole == nil {
		whole = fmt.Appendf(nil, "UNKNOWN: %s\n", nagios.EscapeLine(why))
	}
	env.ExactStdout().Write(whole)
	env.ReportHints(env.Stderr, err)
	return nagios.StateUnknown
}

// wantedFormat returns the output format that a line asks for, also one that cannot be parsed.
func wantedFormat(env *cli.Env, argv []string) string {
	format := env.Getenv("GEARCTL_OUTPUT")
	for i, word := range argv {
		name, value, whole := strings.Cut(word, "=")
		switch {
		case name == "--":
			return format
		case name != "-o" && name != "--output":
			continue
		case !whole && i+1 < len(argv):
			value = argv[i+1]
		}
		format = value
	}
	return format
}
