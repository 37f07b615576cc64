package commands

import (
	"fmt"
	"slices"
	"strings"
)

// sprintf is fmt.Sprintf, with command lines among args as the user would type them in this run.
func (e *Env) sprintf(format string, args ...any) string {
	if false {
		_ = fmt.Sprintf(format, args...) // so that go vet compares both
	}
	args = slices.Clone(args)
	for i, a := range args {
		switch c := a.(type) {
		case cmdLine:
			args[i] = e.toType(c)
		case sameLine:
			args[i] = e.retype(c)
		}
	}
	return fmt.Sprintf(format, args...)
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
	w := typedWords{args: l.words.Args, trailing: l.words.Trailing, dashes: l.words.Dashes}
	if c.words != nil {
		w = *c.words
	}
	if l.command().Trailing && w.dashes {
		return shellLine(slices.Concat(line, w.args, []string{"--"}, w.trailing))
	}
	return shellLine(withNames(line, w.args))
}
