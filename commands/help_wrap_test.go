package commands_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gearctl/commands"
	"gearctl/commands/internal/commandtest"
)

// TestHelpFitsIntoATerminal: what is not a command line to copy or a table stays within 80 columns.
func TestHelpFitsIntoATerminal(t *testing.T) {
	lines := []string{"--help"}
	for _, name := range commands.ShownCommands() {
		lines = append(lines, name+" --help")
	}
	for _, line := range lines {
		help := commandtest.Gearctl(t, "", strings.Fields(line)...).Stdout
		if !strings.Contains(help, "\nUsage: gearctl ") {
			t.Errorf("%s: no usage: %q", line, help)
		}
		for text := range strings.SplitSeq(help, "\n") {
			example := strings.HasPrefix(text, "  ") && strings.Contains(text, "gearctl ") || strings.HasPrefix(text, "Usage: ")
			table := strings.HasPrefix(text, "  --") && strings.Contains(line, "result send")
			if utf8.RuneCountInString(text) > 80 && !example && !table {
				t.Errorf("%s: %d columns: %s", line, utf8.RuneCountInString(text), text)
			}
		}
	}
}
