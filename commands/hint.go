package commands

import (
	"fmt"
	"slices"
	"strings"

	"gearctl/output"
)

// hint is what may help after an error. Its text is made when it is printed, with the servers of this run.
type hint struct {
	format string
	args   []any
}

// on makes command lines that name no server ask this one.
func (h hint) on(server string) hint {
	args := slices.Clone(h.args)
	for i, a := range args {
		if c, ok := a.(cmdLine); ok && c.server == "" {
			args[i] = c.on(server)
		}
	}
	return hint{h.format, args}
}

// cmdLine is a command line of gearctl for the user to type.
type cmdLine struct {
	server string   // empty: those of this run
	words  []string // command and flags
	names  []string // of queues, files and so on: they follow --, where one looks like a flag
}

// try is the command line of words, which are the command and its flags.
func try(words ...string) cmdLine { return cmdLine{words: words} }

// on asks server only.
func (c cmdLine) on(server string) cmdLine {
	c.server = server
	return c
}

// of adds arguments.
func (c cmdLine) of(names ...string) cmdLine {
	c.names = slices.Concat(c.names, names)
	return c
}

// queues adds the names of queues to a command that takes globs.
func (c cmdLine) queues(names ...string) cmdLine {
	for _, name := range names {
		c = c.of(globOf(name))
	}
	return c
}

// sameLine is the command line that was typed, changed.
type sameLine struct {
	server string   // empty: as it was
	flags  []string // of the command, added
	less   []string // flags of the command, left out
	words  *Words   // nil: as they were
}

// again is the line that was typed with flags of its command added.
func again(flags ...string) sameLine { return sameLine{flags: flags} }

// withNames adds arguments to the words of a line, after -- where one of them looks like a flag.
func withNames(line, names []string) []string {
	if slices.ContainsFunc(names, isFlag) {
		line = append(line, "--")
	}
	return append(line, names...)
}

// shellLine is a command line of gearctl for a shell.
func shellLine(words []string) string {
	line := "gearctl"
	for _, w := range words {
		line += " " + shellWord(w)
	}
	return line
}

// shellWord is a word as a shell reads it: quoted where it has to be, and with control bytes written as bash, zsh and ksh
// do, so that it can be printed.
func shellWord(w string) string {
	if output.Escape(w) == w {
		return quoteWord(w)
	}
	var b strings.Builder
	for i := range len(w) {
		switch c := w[i]; {
		case c == '\\' || c == '\'':
			b.WriteString("\\" + string(c))
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return "$'" + b.String() + "'"
}
