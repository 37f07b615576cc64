package commands

import (
	"fmt"
	"strings"

	"gearctl/output"
)

// shellCharacters are those for which the C worker takes the shell (common/check_utils.c run_check).
const shellCharacters = "!$^&*()~[]\\|{};<>?`\"'"

// commandLine makes the command line of words, which a shell would take apart again into the same ones. A single word
// is a line already.
func commandLine(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quoteWord(w)
	}
	return strings.Join(quoted, " ")
}

func quoteWord(w string) string {
	if w != "" && !strings.ContainsAny(w, shellCharacters+" \t\r\n#") {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
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
