// Package glob matches names with *, ? and sets.
package glob

import (
	"path"
	"strings"
)

const GlobCharacters = "*?["

// GlobOf returns how a queue name is written as an argument QUEUE|GLOB: as it is when it holds no glob character, for such an
// argument is taken literally, and escaped otherwise. It is not a pattern for MatchGlob.
func GlobOf(name string) string {
	if !strings.ContainsAny(name, GlobCharacters) {
		return name
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// Unescaped is a glob without the backslashes of its escapes.
func Unescaped(glob string) string {
	return strings.NewReplacer(`\\`, `\`, `\*`, "*", `\?`, "?", `\[`, "[").Replace(glob)
}

// MatchGlob is path.Match where * also matches a slash: queue names are no paths.
func MatchGlob(glob, name string) bool {
	const slash = "\x01"
	ok, _ := path.Match(strings.ReplaceAll(glob, "/", slash), strings.ReplaceAll(name, "/", slash))
	return ok
}
