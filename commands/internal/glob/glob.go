// Package glob matches queue names against patterns with *, ? and [sets], and escapes names for them.
package glob

import (
	"path"
	"strings"
)

// Metacharacters are those that make an argument a glob.
const Metacharacters = "*?["

// Escape returns a queue name as an argument QUEUE|GLOB: escaped if it holds a glob character, otherwise unchanged,
// because such an argument is taken literally. The result is not a pattern for Match.
func Escape(name string) string {
	if !strings.ContainsAny(name, Metacharacters) {
		return name
	}
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// Unescape returns glob without its escaping backslashes.
func Unescape(glob string) string {
	return strings.NewReplacer(`\\`, `\`, `\*`, "*", `\?`, "?", `\[`, "[").Replace(glob)
}

// Match is path.Match except that * and ? also match a slash: queue names are not paths.
func Match(glob, name string) bool {
	const slash = "\x01"
	ok, _ := path.Match(strings.ReplaceAll(glob, "/", slash), strings.ReplaceAll(name, "/", slash))
	return ok
}
