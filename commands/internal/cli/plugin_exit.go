package cli

import (
	"errors"
	"fmt"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
)

// AnsweringPlugin returns the command that argv names when it answers as a monitoring plugin does: then whatever goes
// wrong is a line on stdout and exit code 3. It works on lines that cannot be read otherwise, too.
func AnsweringPlugin(top *Command, argv []string) *Command {
	c := top
	for _, word := range argv {
		if word == "--" {
			break
		}
		if sub := Find(c.Sub, word); sub != nil {
			c = sub
		}
	}
	if c.Plugin == nil || !c.Plugin(argv) {
		return nil
	}
	return c
}

// FinishPlugin writes the line of a plugin that could not do its work, and returns its exit code.
func (e *Env) FinishPlugin(c *Command, argv []string, err error) int {
	var state cmderr.PluginState
	switch {
	case err == nil:
		return nagios.StateOK
	case errors.As(err, &state):
		return int(state)
	}
	var texts []string
	var hints []cmderr.Hint
	for _, leaf := range cmderr.Flatten(err) {
		texts = append(texts, leaf.Error())
		hints = append(hints, hintsOf(leaf)...)
	}
	why := strings.Join(texts, "; ")
	var whole []byte
	if c.Unknown != nil {
		whole = c.Unknown(e.wantedFormat(argv), why)
	}
	if whole == nil {
		whole = fmt.Appendf(nil, "UNKNOWN: %s\n", nagios.EscapeLine(why))
	}
	e.ExactStdout().Write(whole)
	e.writeHints(e.Stderr, hints)
	return nagios.StateUnknown
}

// wantedFormat returns the output format that a line asks for, also one that cannot be read otherwise.
func (e *Env) wantedFormat(argv []string) string {
	format := e.Getenv("GEARCTL_OUTPUT")
	for i, word := range argv {
		name, value, whole := strings.Cut(word, "=")
		switch {
		case name == "--":
			return format
		case name != "-o" && name != "--output":
			continue
		case !whole && i+1 < len(argv):
			value = argv[i+1]
		}
		format = value
	}
	return format
}
