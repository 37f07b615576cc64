package commands

import (
	"io"
	"regexp"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// newParser returns what reads the flags of a line, sets their values and calls act. It knows the commands of the line, from
// the root on, and no others: what stands behind -- is never taken for a command.
func newParser(l *cli.Line, act urfave.ActionFunc) *urfave.App {
	app := &urfave.App{
		Name: l.Path[0].Name, Flags: parserFlags(l, 0), Action: act, Writer: io.Discard, ErrWriter: io.Discard,
		HideHelp: true, HideHelpCommand: true, HideVersion: true, DisableSliceFlagSeparator: true,
		ExitErrHandler: func(*urfave.Context, error) {},
		OnUsageError:   flagError,
	}
	commands := &app.Commands
	for i, c := range l.Path[1:] {
		u := &urfave.Command{
			Name: c.Name, Flags: parserFlags(l, i+1), Action: act, HideHelp: true, HideHelpCommand: true, OnUsageError: flagError,
		}
		*commands = []*urfave.Command{u}
		commands = &u.Subcommands
	}
	return app
}

// parserFlags returns the flags of the i-th command of a line that stand on the line, and sets the others to their defaults.
// urfave/cli would do that too, but asks each flag a dozen times for its names: a tenth of the time until a command runs.
func parserFlags(l *cli.Line, i int) []urfave.Flag {
	var flags []urfave.Flag
	for _, f := range l.Path[i].Flags {
		name, _ := cli.FlagName(f)
		given := func(arg string) bool {
			n, _, _ := strings.Cut(arg, "=")
			return n == "--"+name
		}
		if slices.ContainsFunc(l.Flags[i], given) || !cli.SetDefault(f) {
			flags = append(flags, f)
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
