package cmderr

import (
	"slices"

	"gearctl/commands/internal/glob"
	"gearctl/commands/internal/shell"
)

// Hint is advice printed after an error. It is formatted when printed, with the servers of this run.
type Hint struct {
	Format string
	Args   []any
}

// On sets the server of those command lines in h that have none.
func (h Hint) On(server string) Hint {
	args := slices.Clone(h.Args)
	for i, a := range args {
		if c, ok := a.(CmdLine); ok && c.Server == "" {
			args[i] = c.On(server)
		}
	}
	return Hint{h.Format, args}
}

// CmdLine is a gearctl command line for the user to type.
type CmdLine struct {
	Server string   // empty: the servers of this run
	Words  []string // command and flags
	Names  []string // queues, files and so on; they follow -- if one looks like a flag
}

// Try returns the command line of words, the command and its flags.
func Try(words ...string) CmdLine { return CmdLine{Words: words} }

// On sets the server.
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
		c = c.Of(glob.Escape(name))
	}
	return c
}

// SameLine is the typed command line with changes.
type SameLine struct {
	Server string      // empty: unchanged
	Chosen []string    // flags instead of those that choose servers or a context; nil: by Server
	Flags  []string    // flags of the command to add
	Less   []string    // flags of the command to remove
	Words  *TypedWords // nil: unchanged
}

// TypedWords are the arguments of a command line, without commands and flags.
type TypedWords struct {
	Args     []string
	Trailing []string // after --
	Dashes   bool     // the line has a --
}

// Again returns the typed command line with flags added to its command.
func Again(flags ...string) SameLine { return SameLine{Flags: flags} }

// WithNames appends names to line, after -- if one of them looks like a flag.
func WithNames(line, names []string) []string {
	if slices.ContainsFunc(names, shell.IsFlag) {
		line = append(line, "--")
	}
	return append(line, names...)
}
