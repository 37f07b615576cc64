package top

import "strings"

// glyphs are the characters of the screen that are not ASCII, or what is shown instead.
type glyphs struct {
	levels   []rune // of trends, the first for no jobs
	up, down string // the order of the list; queues that grow and shrink
	atLeast  string
}

func blockGlyphs() glyphs { return glyphs{[]rune("▁▂▃▄▅▆▇█"), "▲", "▼", "≥"} }

func asciiGlyphs() glyphs { return glyphs{[]rune("_.:-=+*#"), "^", "v", ">"} }

// glyphsFor returns the glyphs of a terminal: ASCII where the locale says that there is nothing else.
func glyphsFor(getenv func(string) string) glyphs {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(getenv(name)); v != "" {
			if !strings.Contains(v, "UTF") {
				return asciiGlyphs()
			}
			break
		}
	}
	return blockGlyphs()
}
