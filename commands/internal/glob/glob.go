// Package glob matches queue names against patterns with *, ? and [sets], and escapes names for them.
package glob

import (
	"path"
	"strings"
)

// GlobCharacters are those that make an argument a glob.
const GlobCharacters = "*?["

// GlobOf returns a queue name as an argument QUEUE|GLOB: escaped if it holds a glob character, otherwise unchanged,
// because such an argument is taken literally. The result is not a pattern for MatchGlob.
func GlobOf(name string) string {
	if !strings.ContainsAny(name, GlobCharacters) {
		return name
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// Unescaped returns glob without its escaping backslashes.
func Unescaped(glob string) string {
	return strings.NewReplacer(`\\`, `\`, `\*`, "*", `\?`, "?", `\[`, "[").Replace(glob)
}

// MatchGlob is path.Match except that * and ? also match a slash: queue names are not paths.
func MatchGlob(glob, name string) bool {
	const slash = "\x01"
	ok, _ := path.Match(strings.ReplaceAll(glob, "/", slash), strings.ReplaceAll(name, "/", slash))
	return ok
}
