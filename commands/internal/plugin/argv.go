package plugin

import (
	"fmt"
	"path/filepath"
	"strings"

	"gearctl/commands/internal/shell"
)

// binShell runs command lines that need a shell.
const binShell = "/bin/sh"

// argv splits a command line. It needs no shell if it begins with a path and holds no special characters; "VAR=value
// command" and a bare name need one.
func argv(line string) []string {
	if startsWithPath(line) && !strings.ContainsAny(line, shell.Metacharacters) {
		if argv := lineWords(line); len(argv) > 0 {
			return argv
		}
	}
	return []string{binShell, "-c", line}
}

func startsWithPath(line string) bool { return line != "" && (line[0] == '/' || line[0] == '.') }

// lineWords splits a line where the C worker does.
func lineWords(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' })
}

// refuse returns why restrict_path and restrict_command_characters forbid a line, or "". Unlike Mod-Gearman's workers, which
// compare prefixes of names, it compares directories and resolves "..".
func (r *Runner) refuse(line string) string {
	if len(r.Paths) == 0 {
		return ""
	}
	if i := strings.IndexAny(line, r.Forbidden); i >= 0 {
		return fmt.Sprintf("the command line contains %q, which restrict_command_characters forbids", line[i:i+1])
	}
	words := lineWords(line)
	if len(words) == 0 || line[0] != words[0][0] || strings.ContainsAny(words[0], shell.Metacharacters) || !below(words[0], r.Paths) {
		return "the command is not under restrict_path"
	}
	return ""
}

func below(path string, dirs []string) bool {
	path = filepath.Clean(path)
	for _, dir := range dirs {
		dir = filepath.Clean(dir)
		if path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/") {
			return true
		}
	}
	return false
}
