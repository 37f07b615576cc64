package commands

import (
	"errors"
	"fmt"
	"strings"

	"gearctl/output"
)

// answeringPlugin returns the command that argv names when it answers as a monitoring plugin does: then whatever goes
// wrong is a line on stdout and exit code 3. It works on lines that cannot be read otherwise, too.
func answeringPlugin(top *Command, argv []string) *Command {
	c := top
	for _, word := range argv {
		if word == "--" {
			break
		}
		if sub := find(c.Sub, word); sub != nil {
			c = sub
		}
	}
	if c.Plugin == nil || !c.Plugin(argv) {
		return nil
	}
	return c
}

// finishPlugin writes the line of a plugin that could not do its work, and returns its exit code.
func (e *Env) finishPlugin(c *Command, argv []string, err error) int {
	var state pluginState
	switch {
	case err == nil:
		return stateOK
	case errors.As(err, &state):
		return int(state)
	}
	var texts []string
	var hints []hint
	for _, leaf := range flatten(err) {
		texts = append(texts, leaf.Error())
		hints = append(hints, hintsOf(leaf)...)
	}
	why := strings.Join(texts, "; ")
	var whole []byte
	if c.Unknown != nil {
		whole = c.Unknown(e.wantedFormat(argv), why)
	}
	if whole == nil {
		whole = fmt.Appendf(nil, "UNKNOWN: %s\n", output.PluginLine(why))
	}
	e.exactStdout().Write(whole)
	e.writeHints(e.Stderr, hints)
	return stateUnknown
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

// hasFlag reports whether a line holds a flag before its first --.
func hasFlag(argv []string, name string) bool {
	for _, word := range argv {
		if word == "--" {
			return false
		}
		flag, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if strings.HasPrefix(word, "-") && flag == name {
			return true
		}
	}
	return false
}
