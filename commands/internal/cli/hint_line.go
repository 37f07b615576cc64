package cli

import (
	"fmt"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/shell"
)

// sprintf is fmt.Sprintf, with command lines among args as the user would type them in this run.
func (e *Env) sprintf(format string, args ...any) string {
	if false {
		_ = fmt.Sprintf(format, args...) // so that go vet compares both
	}
	args = slices.Clone(args)
	for i, a := range args {
		switch c := a.(type) {
		case cmderr.CmdLine:
			args[i] = e.ToType(c)
		case cmderr.SameLine:
			args[i] = e.Retype(c)
		}
	}
	return fmt.Sprintf(format, args...)
}

// ToType is a command line as a shell reads it. It names the context or the servers, unless they are the default one, and has
// the TLS flags of this run.
func (e *Env) ToType(c cmderr.CmdLine) string {
	return e.line(cmderr.WithNames(append(e.connectFlags(c.Server), c.Words...), c.Names))
}

// line is a command line that can be pasted, in the characters that the locale has.
func (e *Env) line(words []string) string {
	if e.ASCII() {
		return shell.GearctlLineASCII(words)
	}
	return shell.GearctlLine(words)
}

// connectFlags are the flags with which another gearctl reaches server, or the servers of this run.
func (e *Env) connectFlags(server string) []string {
	flags := e.chooseAgain(server)
	if e.run.line == nil {
		return flags
	}
	for _, f := range e.run.line.Flags[0] {
		if strings.HasPrefix(f, "--tls") {
			flags = append(flags, f)
		}
	}
	return flags
}

// LineOf returns the words of c with the global flags of this run, but for those named in less.
func (e *Env) LineOf(c cmderr.CmdLine, less ...string) []string {
	return cmderr.WithNames(append(e.globalWords(e.chooseAgain(c.Server), less...), c.Words...), c.Names)
}

// globalWords are the global flags of this run, but for those named in less, with chosen instead of those that choose servers or
// a context.
func (e *Env) globalWords(chosen []string, less ...string) []string {
	line := slices.Clone(chosen)
	for _, f := range e.run.line.Flags[0] {
		if name, _, _ := strings.Cut(f, "="); name != "--server" && name != flagContext && !slices.Contains(less, name) {
			line = append(line, f)
		}
	}
	return line
}

// hostFlag is the flag of a command that names servers as --server does.
const hostFlag = "--H"

// Retype is the typed command line with changes, as a shell reads it.
func (e *Env) Retype(c cmderr.SameLine) string {
	l := e.run.line
	chosen := c.Chosen
	if chosen == nil {
		chosen = e.chooseAgain(c.Server)
	}
	line := e.globalWords(chosen, c.Less...)
	for i, cmd := range l.Path[1:] {
		line = append(line, cmd.Name)
		for _, f := range l.Flags[i+1] {
			if name, _, _ := strings.Cut(f, "="); name != hostFlag && !slices.Contains(c.Less, name) {
				line = append(line, f)
			}
		}
	}
	line = append(line, c.Flags...)
	w := cmderr.TypedWords{Args: l.Words.Args, Trailing: l.Words.Trailing, Dashes: l.Words.Dashes}
	if c.Words != nil {
		w = *c.Words
	}
	if l.Command().Trailing && w.Dashes {
		return e.line(slices.Concat(line, w.Args, []string{"--"}, w.Trailing))
	}
	return e.line(cmderr.WithNames(line, w.Args))
}
