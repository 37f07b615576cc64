package output

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ASCIIOnly reports whether the locale of the environment shows nothing but ASCII: the first of LC_ALL, LC_CTYPE and LANG that
// is not empty decides, and UTF-8 is the only other character set. Without any of them the answer is no.
func ASCIIOnly(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		locale := getenv(name)
		if locale == "" {
			continue
		}
		_, charset, _ := strings.Cut(strings.ToLower(locale), ".")
		charset, _, _ = strings.Cut(charset, "@")
		return charset != "utf-8" && charset != "utf8"
	}
	return false
}

// ASCII returns s with its typography in ASCII: three dots for an ellipsis, hyphens for dashes, arrows and bars as good as
// they go. Any other character beyond ASCII is written as \u00e9. Bytes that are not UTF-8 become \x escapes.
func ASCII(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		replacement, known := asciiOf[r]
		switch {
		case r < utf8.RuneSelf:
			b.WriteByte(s[i])
		case known:
			b.WriteString(replacement)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			writeEscaped(&b, r, s[i], n)
		}
		i += n
	}
	return b.String()
}

// asciiOf is the typography of this program in ASCII. What is drawn in columns stays as wide as it is.
var asciiOf = map[rune]string{
	'…': "...",
	'–': "-", '—': "-", '‘': "'", '’': "'", '“': `"`, '”': `"`, '\u00a0': " ",
	'→': "->", '←': "<-", '≥': ">=", '≤': "<=", 'µ': "u", '×': "x", '·': ".", '•': "*",
	'▲': "^", '▼': "v", '↑': "^", '↓': "v",
	'▁': "_", '▂': ".", '▃': ":", '▄': "-", '▅': "=", '▆': "+", '▇': "*", '█': "#", '░': ".", '▒': ":", '▓': "#",
	'─': "-", '│': "|", '┌': "+", '┐': "+", '└': "+", '┘': "+", '├': "+", '┤': "+", '┼': "+",
}
