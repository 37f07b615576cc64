// Package shell quotes words for a shell.
package shell

import (
	"fmt"
	"strings"

	"gearctl/output"
)

func IsFlag(word string) bool { return len(word) > 1 && word[0] == '-' }

// ShellCharacters are those for which the C worker takes the shell (common/check_utils.c run_check).
const ShellCharacters = "!$^&*()~[]\\|{};<>?`\"'"

// CommandLine makes the command line of words, which a shell would take apart again into the same ones. A single word
// is a line already.
func CommandLine(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = QuoteWord(w)
	}
	return strings.Join(quoted, " ")
}

func QuoteWord(w string) string {
	if w != "" && !strings.ContainsAny(w, ShellCharacters+" \t\r\n#") {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// ShellLine is a command line of gearctl for a shell.
func ShellLine(words []string) string {
	line := "gearctl"
	for _, w := range words {
		line += " " + ShellWord(w)
	}
	return line
}

// ShellWord is a word as a shell reads it: quoted where it has to be, and with control bytes written as bash, zsh and ksh
// do, so that it can be printed.
func ShellWord(w string) string {
	if output.Escape(w) == w {
		return QuoteWord(w)
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
