package top

import (
	"strings"

	"gearctl/output"
)

// glyphs are the characters of the screen that are not ASCII, or what is shown instead.
type glyphs struct {
	ascii    bool
	levels   []rune // of trends, the first for no jobs
	up, down string // the order of the list; queues that grow and shrink
	atLeast  string
	cut      string // the end of a text that was cut
}

func blockGlyphs() glyphs {
	return glyphs{false, []rune("▁▂▃▄▅▆▇█"), "▲", "▼", "≥", "…"}
}

func asciiGlyphs() glyphs { return glyphs{true, []rune("_.:-=+*#"), "^", "v", ">", "~"} }

// glyphsFor returns the glyphs of a terminal: ASCII where the locale says that there is nothing else.
func glyphsFor(getenv func(string) string) glyphs {
	if output.ASCIIOnly(getenv) {
		return asciiGlyphs()
	}
	return blockGlyphs()
}

// escape returns text of others as the terminal can show it.
func (g *glyphs) escape(text string) string {
	text = output.Escape(text)
	if g.ascii {
		text = output.ASCII(text)
	}
	return text
}

// finished returns a frame as the terminal can show it: what was cut ends in the one character of output.Fit.
func (g *glyphs) finished(frame string) string {
	if g.ascii {
		return strings.ReplaceAll(frame, "…", g.cut)
	}
	return frame
}

// order returns what marks the column that is sorted by.
func (g *glyphs) order(descending bool) string {
	if descending {
		return g.down
	}
	return g.up
}
