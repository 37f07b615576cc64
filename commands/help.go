package commands

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
)

// writeHelp writes the help of the command that path leads to, to stdout.
func writeHelp(env *Env, path []*Command) error {
	var b strings.Builder
	if len(path) == 1 {
		helpTop(&b, path[0])
	} else {
		helpCommand(&b, path)
	}
	_, err := io.WriteString(env.Stdout, b.String())
	return err
}

func helpTop(b *strings.Builder, top *Command) {
	fmt.Fprintf(b, "gearctl: %s\n\nUsage: gearctl [FLAGS] COMMAND [FLAGS] [ARGUMENTS]\n", top.Short)
	for _, g := range []Group{GroupLook, GroupAct, GroupModGearman, GroupMonitor, GroupLocal} {
		helpGroup(b, g, top.Sub)
	}
	fmt.Fprintf(b, "\n* changes something on a server\n\nFlags of every command, anywhere on the line:\n")
	helpFlags(b, top.Flags)
	b.WriteString("\nExit codes: 0 done, 1 failed, 2 usage, 3 no server reached, 4 partly done, 130 interrupted.\n" +
		"Help and examples: gearctl COMMAND --help\n")
}

func helpGroup(b *strings.Builder, g Group, list []*Command) {
	tw := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	first := true
	for name, c := range leaves(list, "") {
		if c.Group != g || c.Hidden {
			continue
		}
		if first {
			fmt.Fprintf(tw, "\n%s\n", g)
			first = false
		}
		helpRow(tw, name, c)
	}
	tw.Flush()
}

// leaves yields the commands that do something, with the words that lead to them.
func leaves(list []*Command, above string) iter.Seq2[string, *Command] {
	return func(yield func(string, *Command) bool) {
		for _, c := range list {
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

func helpRow(tw *tabwriter.Writer, name string, c *Command) {
	mark := " "
	if c.Changes {
		mark = "*"
	}
	fmt.Fprintf(tw, "%s %s\t%s\n", mark, name, c.Short)
}

func helpCommand(b *strings.Builder, path []*Command) {
	c := path[len(path)-1]
	name := strings.TrimSpace(pathName(path[1:], ""))
	fmt.Fprintf(b, "gearctl %s: %s\n", name, c.Short)
	for i, ex := range c.Examples {
		if i == 0 {
			b.WriteString("\nExamples:\n")
		}
		fmt.Fprintf(b, "  %s\n      %s\n", ex.Line, ex.What)
	}
	fmt.Fprintf(b, "\nUsage: gearctl %s\n", strings.TrimSpace(name+" [FLAGS] "+helpArgs(c)))
	if len(c.Sub) > 0 {
		b.WriteString("\nCommands:\n")
		tw := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, sub := range c.Sub {
			helpRow(tw, sub.Name, sub)
		}
		tw.Flush()
	}
	if c.Long != "" {
		fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(c.Long))
	}
	if len(c.Flags) > 0 {
		b.WriteString("\nFlags:\n")
		helpFlags(b, c.Flags)
	}
	if len(c.Formats) > 0 {
		fmt.Fprintf(b, "\nOutput formats of its own: %s\n", strings.Join(c.Formats, ", "))
	}
	if len(c.columns()) > 0 {
		fmt.Fprintf(b, "\nColumns: %s\n", strings.Join(c.columns(), " "))
	}
	b.WriteString("\nFlags of every command (--server, --output, --timeout …): gearctl --help\n")
}

func helpArgs(c *Command) string {
	if len(c.Sub) > 0 {
		return "COMMAND"
	}
	return c.Args
}

// helpFlags writes a line for each flag: its names, its value, what it does, its default and environment twin.
func helpFlags(b *strings.Builder, flags []cli.Flag) {
	tw := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		value, usage := unquoteUsage(d.GetUsage())
		fmt.Fprintf(tw, "  %s\t%s%s\n", flagNames(f, value), usage, flagNotes(f.Names()[0], d, usage))
	}
	tw.Flush()
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

func flagNames(f cli.Flag, value string) string {
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
	if flagTakesValue(f) {
		if value == "" {
			value = "VALUE"
		}
		names += " " + value
	}
	return names
}

func flagNotes(name string, d cli.DocGenerationFlag, usage string) string {
	var notes []string
	if v := d.GetValue(); d.TakesValue() && v != "" && v != "0" && v != "[]" && !strings.Contains(usage, "(default") {
		notes = append(notes, "default: "+strings.Trim(v, `"`))
	}
	if env := flagVariables(name); len(env) > 0 {
		notes = append(notes, strings.Join(env, ", "))
	}
	if len(notes) == 0 {
		return ""
	}
	return " (" + strings.Join(notes, "; ") + ")"
}
