package commands

import (
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
)

// TestShortcutsChangeNothing: a word that is no command is run only as one that changes nothing, and what a pointer names is a
// command. None hides a command or another's pointer.
func TestShortcutsChangeNothing(t *testing.T) {
	t.Parallel()
	top := root(testEnv())
	known := map[string]*cli.Command{}
	for name, c := range leaves(top.Sub, "") {
		known[name] = c
	}
	for word, line := range shortcuts {
		if c := known[line[0]]; c == nil || c.Changes || c.Destroys || known[word] != nil || pointers[word] != nil {
			t.Errorf("%q leads to %q", word, line)
		}
	}
	for word, list := range pointers {
		for _, p := range list {
			name, _, _ := strings.Cut(p.line, " --")
			if known[name] == nil || known[word] != nil || top.Sub.Find(word) != nil {
				t.Errorf("%q points at %q", word, p.line)
			}
		}
	}
}
