// Package shell quotes words and command lines for a shell.
package shell

import (
	"fmt"
	"strings"

	"gearctl/output"
)

// IsFlag reports whether word looks like a flag.
func IsFlag(word string) bool { return len(word) > 1 && word[0] == '-' }

// Metacharacters are those for which the C worker runs a command through the shell (common/check_utils.c run_check).
const Metacharacters = "!$^&*()~[]\\|{};<>?`\"'"

// CommandLine returns a command line that a shell splits into words again. A single word is used as a command line
// unchanged.
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

// QuoteWord quotes w for a shell if necessary.
func QuoteWord(w string) string {
	if w != "" && !strings.ContainsAny(w, Metacharacters+" \t\r\n#") {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// GearctlLine returns a gearctl command line with these arguments, for a shell.
func GearctlLine(words []string) string { return gearctlLine(words, QuotePrintable) }

// GearctlLineASCII is GearctlLine in ASCII.
func GearctlLineASCII(words []string) string {
	return gearctlLine(words, func(w string) string {
		if output.ASCII(w) != w {
			return quoteBytes(w)
		}
		return QuotePrintable(w)
	})
}

func gearctlLine(words []string, quote func(string) string) string {
	line := "gearctl"
	for _, w := range words {
		line += " " + quote(w)
	}
	return line
}

// QuotePrintable returns w quoted for a shell if necessary, safe to print: control bytes are written as $'\x..', which
// bash, zsh and ksh read.
func QuotePrintable(w string) string {
	if output.Escape(w) == w {
		return QuoteWord(w)
	}
	return quoteBytes(w)
}

// quoteBytes quotes w with an escape for each byte that is not printable ASCII.
func quoteBytes(w string) string {
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
