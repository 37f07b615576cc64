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

func (h hint) text(e *Env) string {
	args := slices.Clone(h.args)
	for i, a := range args {
		switch c := a.(type) {
		case cmdLine:
			args[i] = e.toType(c)
		case sameLine:
			args[i] = e.retype(c)
		}
	}
	return fmt.Sprintf(h.format, args...)
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

// toType is a command line as a shell reads it. It names the servers, unless they are the default one, and has the TLS
// flags of this run.
func (e *Env) toType(c cmdLine) string {
	return shellLine(withNames(append(e.connectFlags(c.server), c.words...), c.names))
}

// connectFlags are the flags with which another gearctl reaches server, or the servers of this run.
func (e *Env) connectFlags(server string) []string {
	var flags []string
	if list := e.serverList(server); list != "" {
		flags = append(flags, "-s", list)
	}
	if e.typed == nil {
		return flags
	}
	for _, f := range e.typed.flags[0] {
		if strings.HasPrefix(f, "--tls") {
			flags = append(flags, f)
		}
	}
	return flags
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

func (e *Env) retype(c sameLine) string {
	l := e.typed
	var line []string
	if list := e.serverList(c.server); list != "" {
		line = append(line, "-s", list)
	}
	for _, f := range l.flags[0] {
		if !strings.HasPrefix(f, "--server=") {
			line = append(line, f)
		}
	}
	for i, cmd := range l.path[1:] {
		line = append(line, cmd.Name)
		for _, f := range l.flags[i+1] {
			if name, _, _ := strings.Cut(f, "="); !slices.Contains(c.less, name) {
				line = append(line, f)
			}
		}
	}
	line = append(line, c.flags...)
	w := l.words
	if c.words != nil {
		w = *c.words
	}
	if l.command().Trailing && w.Dashes {
		return shellLine(slices.Concat(line, w.Args, []string{"--"}, w.Trailing))
	}
	return shellLine(withNames(line, w.Args))
}

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
