package commands

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelpFitsIntoATerminal: what is not a command line to copy or a table stays within 80 columns.
func TestHelpFitsIntoATerminal(t *testing.T) {
	lines := []string{"--help"}
	for name, c := range leaves(root(processEnv()).Sub, "") {
		if c.Hidden {
			continue
		}
		lines = append(lines, name+" --help")
	}
	for _, line := range lines {
		help := gearctl(t, "", strings.Fields(line)...).stdout
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

func TestHelpWriter(t *testing.T) {
	var b strings.Builder
	h := &helpWriter{w: &b, width: 20}
	h.paragraphs("one two three four\nfive six\n\n  as it\n  is\n")
	h.list([][2]string{{"  -a", "uno dos tres cuatro"}, {"  --bb", ""}, {"  --" + strings.Repeat("c", 40), "text"}})
	want := "one two three four\nfive six\n\n  as it\n  is\n  -a    uno dos tres\n        cuatro\n  --bb\n  --" + strings.Repeat("c", 40) + "\n        text\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
