package cmderr

import (
	"slices"

	"gearctl/commands/internal/glob"
	"gearctl/commands/internal/shell"
)

// Hint is what may help after an error. Its text is made when it is printed, with the servers of this run.
type Hint struct {
	Format string
	Args   []any
}

// On makes command lines that name no server ask this one.
func (h Hint) On(server string) Hint {
	args := slices.Clone(h.Args)
	for i, a := range args {
		if c, ok := a.(CmdLine); ok && c.Server == "" {
			args[i] = c.On(server)
		}
	}
	return Hint{h.Format, args}
}

// CmdLine is a command line of gearctl for the user to type.
type CmdLine struct {
	Server string   // empty: those of this run
	Words  []string // command and flags
	Names  []string // of queues, files and so on: they follow --, where one looks like a flag
}

// Try is the command line of words, which are the command and its flags.
func Try(words ...string) CmdLine { return CmdLine{Words: words} }

// On asks server only.
func (c CmdLine) On(server string) CmdLine {
	c.Server = server
	return c
}

// Of adds arguments.
func (c CmdLine) Of(names ...string) CmdLine {
	c.Names = slices.Concat(c.Names, names)
	return c
}

// Queues adds the names of queues to a command that takes globs.
func (c CmdLine) Queues(names ...string) CmdLine {
	for _, name := range names {
		c = c.Of(glob.GlobOf(name))
	}
	return c
}

// SameLine is the command line that was typed, changed.
type SameLine struct {
	Server string      // empty: as it was
	Flags  []string    // of the command, added
	Less   []string    // flags of the command, left out
	Words  *TypedWords // nil: as they were
}

// TypedWords are the words of a line that are neither commands nor flags.
type TypedWords struct {
	Args     []string
	Trailing []string // after --
	Dashes   bool     // there is a --
}

// Again is the line that was typed with flags of its command added.
func Again(flags ...string) SameLine { return SameLine{Flags: flags} }

// WithNames adds arguments to the words of a line, after -- where one of them looks like a flag.
func WithNames(line, names []string) []string {
	if slices.ContainsFunc(names, shell.IsFlag) {
		line = append(line, "--")
	}
	return append(line, names...)
}
