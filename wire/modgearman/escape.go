package modgearman

import "strings"

var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`)

// Escape makes one line of an output as common/utils.c gm_escape_newlines does: \ becomes \\, a newline \n.
func Escape(output string) string { return escaper.Replace(output) }

// Unescape undoes Escape. A \ before any other character, as the Go senders leave it, stays.
//
// The NEB module itself undoes only \n. So a backslash that a C sender doubled stays doubled in the core, and of a
// C:\new that a Go sender left alone the core makes two lines; the latter is what Unescape makes of it too.
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
