package commands

import (
	"path"
	"strings"
)

const globCharacters = "*?["

// globOf is the glob that matches the queue name and no other: its *, ? and [ are escaped.
func globOf(name string) string {
	if !strings.ContainsAny(name, globCharacters) {
		return name
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// unescaped is a glob without the backslashes of its escapes.
func unescaped(glob string) string {
	return strings.NewReplacer(`\\`, `\`, `\*`, "*", `\?`, "?", `\[`, "[").Replace(glob)
}

// matchGlob is path.Match where * also matches a slash: queue names are no paths.
func matchGlob(glob, name string) bool {
	const slash = "\x01"
	ok, _ := path.Match(strings.ReplaceAll(glob, "/", slash), strings.ReplaceAll(name, "/", slash))
	return ok
}
