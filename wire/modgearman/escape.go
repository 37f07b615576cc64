package modgearman

import "strings"

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`)

// Escape puts an output on one line, like gm_escape_newlines in common/utils.c: \ becomes \\, a newline \n.
func Escape(output string) string { return escaper.Replace(output) }

// Unescape reverses Escape. A \ before any other character, which Go senders do not escape, is kept.
//
// The NEB module itself reverses only \n: a backslash doubled by a C sender stays doubled in the core. C:\new from a Go
// sender, which does not escape it, becomes two lines, both in the core and here.
func Unescape(line string) string {
	if !strings.Contains(line, `\`) {
		return line
	}
	var b strings.Builder
	b.Grow(len(line))
	for i := 0; i < len(line); i++ {
		next := byte(0)
		if line[i] == '\\' && i+1 < len(line) {
			next = line[i+1]
		}
		switch next {
		case '\\':
			b.WriteByte('\\')
			i++
		case 'n':
			b.WriteByte('\n')
			i++
		default:
			b.WriteByte(line[i])
		}
	}
	return b.String()
}
