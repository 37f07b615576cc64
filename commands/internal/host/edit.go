package host

import (
	"fmt"
	"strings"

	"gearctl/commands/internal/shell"
)

// The commands that edit a file, for a person to type. None but InsertLine moves the lines that are there, so that commands for
// several lines of a file can be typed one after the other.

// ReplaceLine is the command that replaces a line of a file.
func ReplaceLine(file string, line int, text string) string {
	return sed(fmt.Sprintf("%dc %s", line, strings.ReplaceAll(text, `\`, `\\`)), file)
}

// DisableLine is the command that makes a line of a file a comment.
func DisableLine(file string, line int) string { return sed(fmt.Sprintf("%ds/^/#/", line), file) }

// DisableBlock is the command that makes comments of the lines from one to the next with a closing brace.
func DisableBlock(file string, line int) string { return sed(fmt.Sprintf("%d,/}/s/^/#/", line), file) }

// ReplaceText is the command that replaces a text in a line of a file.
func ReplaceText(file string, line int, old, text string) string {
	escape := func(s, special string) string {
		for _, c := range special {
			s = strings.ReplaceAll(s, string(c), `\`+string(c))
		}
		return s
	}
	return sed(fmt.Sprintf("%ds|%s|%s|", line, escape(old, `\|.*[]^$`), escape(text, `\|&`)), file)
}

// InsertLine is the command that adds a line behind one of a file: the lines after it move.
func InsertLine(file string, line int, text string) string {
	return sed(fmt.Sprintf("%da %s", line, strings.ReplaceAll(text, `\`, `\\`)), file)
}

// AppendLine is the command that adds a line at the end of a file.
func AppendLine(file, text string) string {
	return "echo " + shell.QuotePrintable(text) + " >> " + shell.QuotePrintable(file)
}

// PutAside is the command that renames a file so that nothing reads it.
func PutAside(file string) string {
	return "mv " + shell.QuotePrintable(file) + " " + shell.QuotePrintable(file+".unused")
}

func sed(script, file string) string {
	return "sed -i --follow-symlinks " + shell.QuotePrintable(script) + " " + shell.QuotePrintable(file)
}
