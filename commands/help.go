package commands

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/output"
)

// writeHelp writes the help of the command that l names to stdout, as wide as the terminal, else 80 columns.
func writeHelp(env *cli.Env, l *cli.Line) error {
	var b strings.Builder
	h := &helpWriter{w: &b, width: 80}
	if env.Terminal.Stdout {
		h.width, _ = env.Terminal.Size()
	}
	if len(l.Path) == 1 {
		h.top(l.Command())
	} else {
		h.command(l.Command(), l.Name())
	}
	text := b.String()
	if env.ASCII() {
		text = output.ASCII(text)
	}
	_, err := io.WriteString(env.Stdout, text)
	return err
}

func (h *helpWriter) top(top *cli.Command) {
	h.hanging("", 0, "gearctl: "+top.Short)
	fmt.Fprintln(h.w)
	h.hanging("", 0, "Usage: gearctl [FLAGS] COMMAND [FLAGS] [ARGUMENTS]")
	for _, g := range cli.Groups() {
		h.group(g, top.Sub)
	}
	fmt.Fprintln(h.w, "\n* changes state on a server")
	h.hanging("", 0, "ls and queue list are status, watch is status --watch.")
	fmt.Fprintln(h.w)
	h.hanging("", 0, "Global flags, anywhere on the line:")
	h.flags(top.Flags)
	fmt.Fprintln(h.w)
	h.paragraphs("Exit codes: 0 done, 1 failed, 2 usage, 3 no server reached, 4 partly done, 130 interrupted.")
	h.hanging("", 0, "Help and examples: gearctl COMMAND --help")
}

func (h *helpWriter) group(g cli.Group, list cli.Subcommands) {
	var rows [][2]string
	for name, c := range leaves(list, "") {
		if c.Group == g && !c.Hidden {
			rows = append(rows, helpRow(name, c))
		}
	}
	fmt.Fprintf(h.w, "\n%s\n", g)
	h.list(rows)
}

// leaves yields the commands that do something, with the words that lead to them.
func leaves(list cli.Subcommands, above string) iter.Seq2[string, *cli.Command] {
	return func(yield func(string, *cli.Command) bool) {
		for _, c := range list.All() {
			if len(c.Sub) == 0 {
				if !yield(above+c.Name, c) {
					return
				}
				continue
			}
			for name, sub := range leaves(c.Sub, above+c.Name+" ") {
				if !yield(name, sub) {
					return
				}
			}
		}
	}
}

func helpRow(name string, c *cli.Command) [2]string {
	mark := " "
	if c.Changes {
		mark = "*"
	}
	return [2]string{mark + " " + name, c.Short}
}

func (h *helpWriter) command(c *cli.Command, name string) {
	h.hanging("", 0, "gearctl "+name+": "+c.Short)
	for i, ex := range c.Examples {
		if i == 0 {
			fmt.Fprintln(h.w, "\nExamples:")
		}
		fmt.Fprintf(h.w, "  %s\n", ex.Line)
		h.hanging("", 6, ex.What)
	}
	fmt.Fprintln(h.w)
	h.hanging("", 0, "Usage: gearctl "+name+" [FLAGS] "+helpArgs(c))
	if len(c.Sub) > 0 {
		var rows [][2]string
		for _, sub := range c.Sub.All() {
			rows = append(rows, helpRow(sub.Name, sub))
		}
		fmt.Fprintln(h.w, "\nCommands:")
		h.list(rows)
	}
	if c.Long != "" {
		fmt.Fprintln(h.w)
		h.paragraphs(c.Long)
	}
	if len(c.Flags) > 0 {
		fmt.Fprintln(h.w, "\nFlags:")
		h.flags(c.Flags)
	}
	if len(c.Formats) > 0 {
		fmt.Fprintln(h.w)
		h.hanging("", 0, "Additional output formats: "+strings.Join(c.Formats, ", "))
	}
	if columns := c.RowKeys(); len(columns) > 0 {
		fmt.Fprintln(h.w)
		h.hanging("", 0, "Columns: "+strings.Join(columns, " "))
	}
	fmt.Fprintln(h.w)
	h.hanging("", 0, "Global flags (--server, --output, --timeout …): gearctl --help")
}

func helpArgs(c *cli.Command) string {
	if len(c.Sub) > 0 {
		return "COMMAND"
	}
	return c.Args
}

// flags writes each flag: its names, its value, what it does, its default and environment twin.
func (h *helpWriter) flags(flags []urfave.Flag) {
	var rows [][2]string
	for _, f := range flags {
		d, ok := f.(urfave.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := unquoteUsage(d.GetUsage())
		rows = append(rows, [2]string{"  " + flagNames(f, value), usage + flagNotes(f.Names()[0], d, usage)})
	}
	h.list(rows)
	if takesDuration(flags) {
		fmt.Fprintln(h.w)
		h.hanging("", 0, cli.DurationNote)
	}
}

// takesDuration reports whether one of flags has a DURATION, which then needs an explanation.
func takesDuration(flags []urfave.Flag) bool {
	return slices.ContainsFunc(flags, func(f urfave.Flag) bool {
		d, ok := f.(urfave.DocGenerationFlag)
		return ok && strings.Contains(d.GetUsage(), "`DURATION`")
	})
}

// unquoteUsage takes the value's name out of a usage text such as "ask `HOST`".
func unquoteUsage(usage string) (value, text string) {
	before, rest, ok := strings.Cut(usage, "`")
	value, after, closed := strings.Cut(rest, "`")
	if !ok || !closed {
		return "", usage
	}
	return value, before + value + after
}

func flagNames(f urfave.Flag, value string) string {
	var short, long []string
	for _, n := range f.Names() {
		if len(n) == 1 {
			short = append(short, dashed(n))
		} else {
			long = append(long, dashed(n))
		}
	}
	names := strings.Join(append(short, long...), ", ")
	if len(short) == 0 {
		names = "    " + names
	}
	switch {
	case !takesValue(f) && value != "": // it may be left out
		names += "[=" + value + "]"
	case takesValue(f):
		names += " " + cmp.Or(value, "VALUE")
	}
	return names
}

// flagVariables are the environment variables of a flag, unless its usage explains them.
func flagVariables(name, usage string) []string {
	if strings.Contains(usage, "GEARCTL_") {
		return nil
	}
	return cli.FlagVariables(name)
}

func flagNotes(name string, d urfave.DocGenerationFlag, usage string) string {
	var notes []string
	if v := d.GetValue(); d.TakesValue() && v != "" && v != "0" && v != "[]" && !strings.Contains(usage, "(default") {
		notes = append(notes, "default: "+strings.Trim(v, `"`))
	}
	if env := flagVariables(name, usage); len(env) > 0 {
		notes = append(notes, strings.Join(env, ", "))
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}
