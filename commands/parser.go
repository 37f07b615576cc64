package commands

import (
	"io"
	"regexp"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// newParser returns what reads the flags of a line, sets their values and calls act. It knows the commands of path, from
// the root on, and no others: what stands behind -- is never taken for a command.
func newParser(path []*cli.Command, act urfave.ActionFunc) *urfave.App {
	app := &urfave.App{
		Name: path[0].Name, Flags: parserFlags(path[0]), Action: act, Writer: io.Discard, ErrWriter: io.Discard,
		HideHelp: true, HideHelpCommand: true, HideVersion: true, DisableSliceFlagSeparator: true,
		ExitErrHandler: func(*urfave.Context, error) {},
		OnUsageError:   flagError,
	}
	commands := &app.Commands
	for _, c := range path[1:] {
		u := &urfave.Command{
			Name: c.Name, Flags: parserFlags(c), Action: act, HideHelp: true, HideHelpCommand: true, OnUsageError: flagError,
		}
		*commands = []*urfave.Command{u}
		commands = &u.Subcommands
	}
	return app
}

// parserFlag is a flag that knows its names. Those of urfave/cli take them apart with a regular expression each time
// somebody asks, which for a command of forty flags is two thousand times. urfave/cli sees nothing else of it: Required and
// Action would not count.
type parserFlag struct {
	urfave.Flag
	names []string
}

// Names returns the name and the aliases.
func (f parserFlag) Names() []string { return f.names }

func parserFlags(c *cli.Command) []urfave.Flag {
	flags := make([]urfave.Flag, len(c.Flags))
	for i, f := range c.Flags {
		flags[i] = parserFlag{f, f.Names()}
		if list, ok := f.(*urfave.StringSliceFlag); ok { // urfave/cli has to see that it is one: it tells it not to split at commas
			flags[i] = list
		}
	}
	return flags
}

// flagError makes the flag package's words ours: it knows a flag by one dash.
func flagError(_ *urfave.Context, err error, _ bool) error {
	const text = `^invalid (?:boolean )?value "(.*)" for (?:flag )?-+([a-z0-9-]+): (?:strconv\.\w+: parsing ".*": |parse error)?(.*)$`
	if m := regexp.MustCompile(text).FindStringSubmatch(err.Error()); m != nil {
		cause := m[3]
		if cause == "" || cause == "invalid syntax" {
			cause = "not a number"
			if strings.HasPrefix(err.Error(), "invalid boolean") {
				cause = "not true or false"
			}
		}
		return cmderr.Usagef("%s %.60q: %s", dashed(m[2]), m[1], cause)
	}
	return cmderr.Usagef("%v", err)
}
