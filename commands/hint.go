package commands

import "slices"

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
	server string      // empty: as it was
	flags  []string    // of the command, added
	less   []string    // flags of the command, left out
	words  *typedWords // nil: as they were
}

// typedWords are the words of a line that are neither commands nor flags.
type typedWords struct {
	args     []string
	trailing []string // after --
	dashes   bool     // there is a --
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

func isFlag(word string) bool { return len(word) > 1 && word[0] == '-' }
