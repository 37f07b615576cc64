package commands

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gearctl/output"
)

// pluginState is the end of a command that answers as a monitoring plugin does and has printed its line: its code is
// the exit code.
type pluginState int

func (s pluginState) Error() string { return fmt.Sprintf("state %d", int(s)) }

// answersAsPlugin reports whether the command that argv names answers as a monitoring plugin does: then whatever goes
// wrong is a line on stdout and exit code 3. It works on lines that cannot be read otherwise, too.
func answersAsPlugin(top *Command, argv []string) bool {
	c := top
	for _, word := range argv {
		if word == "--" {
			break
		}
		if sub := find(c.Sub, word); sub != nil {
			c = sub
		}
	}
	return c.Plugin != nil && c.Plugin(argv)
}

// finishPlugin writes the line of a plugin that could not do its work, and returns its exit code.
func (e *Env) finishPlugin(err error) int {
	var state pluginState
	switch {
	case err == nil:
		return stateOK
	case errors.As(err, &state):
		return int(state)
	}
	var texts, hints []string
	for _, leaf := range flatten(err) {
		texts = append(texts, leaf.Error())
		hints = append(hints, hintsOf(leaf)...)
	}
	fmt.Fprintf(e.Stdout, "UNKNOWN: %s\n", output.Escape(strings.Join(texts, "; ")))
	writeHints(e.Stderr, hints)
	return stateUnknown
}

func writeHints(w io.Writer, hints []string) {
	for i, h := range hints {
		if !slices.Contains(hints[:i], h) {
			fmt.Fprintf(w, "hint: %s\n", output.Escape(h))
		}
	}
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
