package commands_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"gearctl/commands"
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
)

// TestHelpFitsIntoATerminal: what is not a command line to copy or a table stays within the terminal.
func TestHelpFitsIntoATerminal(t *testing.T) {
	t.Parallel()
	lines := []string{"--help"}
	for _, name := range commands.ShownCommands() {
		if tool, ok := strings.CutPrefix(name, "compat "); ok && tool != "install" && tool != "list" {
			continue // the help of an old tool is its own: TestUsageFitsIntoATerminal in compat
		}
		lines = append(lines, name+" --help")
	}
	for _, width := range []int{80, 40} {
		for _, line := range lines {
			if width == 80 || line != "result send --help" { // it has a table of 80 columns
				checkHelpWidth(t, line, width)
			}
		}
	}
}

func checkHelpWidth(t *testing.T, line string, width int) {
	t.Helper()
	help := commandtest.GearctlEnv(t.Context(), nil, func(e *cli.Env) {
		e.Terminal.Stdout = true
		e.Terminal.Size = func() (int, int) { return width, 24 }
	}, strings.Fields(line)...).Stdout
	if !strings.Contains(help, "\nUsage: gearctl ") {
		t.Errorf("%s: no usage: %q", line, help)
	}
	for text := range strings.SplitSeq(help, "\n") {
		if n := utf8.RuneCountInString(text); n > width && !staysOnOneLine.MatchString(text) {
			t.Errorf("%s in %d columns: %d columns: %s", line, width, n, text)
		}
	}
}

// staysOnOneLine matches a command line to copy, a row of a table, a flag with its value, and a word.
var staysOnOneLine = regexp.MustCompile(`^  .*gearctl |^  --|^ +(-\w, )?--\S+ \S+$|^ *\S+$`)
