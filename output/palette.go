package output

import "github.com/fatih/color"

// Palette paints text for one writer, or leaves it alone. A nil Palette leaves it alone.
type Palette struct {
	plain, changed [Bold + 1]*color.Color // by style; nil where colours are off
}

// attributes says what each style is on a terminal.
var attributes = [Bold + 1][]color.Attribute{
	Bad:   {color.FgRed, color.Bold},
	Warn:  {color.FgYellow},
	Good:  {color.FgGreen},
	Faint: {color.Faint},
	Bold:  {color.Bold},
}

// NewPalette returns the palette of a writer. The mode is that of --color: "always" and "never" are taken at their
// word, anything else means auto: colours on a terminal, unless the environment has NO_COLOR with any value but the
// empty one, or says that the terminal is dumb.
func NewPalette(mode string, isTerminal bool, getenv func(string) string) *Palette {
	able := isTerminal && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	on := mode == "always" || mode != "never" && able
	if !on {
		return &Palette{}
	}
	p := &Palette{}
	for style, list := range attributes {
		if len(list) > 0 {
			p.plain[style] = enabled(list...)
		}
		p.changed[style] = enabled(append([]color.Attribute{color.ReverseVideo}, list...)...)
	}
	return p
}

// enabled returns a colour that does not ask stdout whether it is on.
func enabled(list ...color.Attribute) *color.Color {
	c := color.New(list...)
	c.EnableColor()
	return c
}

// Enabled tells whether Paint does anything.
func (p *Palette) Enabled() bool {
	return p != nil && p.changed[Plain] != nil
}

// Paint returns s in a style. The text must not be painted already. Nothing is added to an empty text, to Plain, and
// where colours are off.
func (p *Palette) Paint(style Style, s string) string {
	base := style &^ Changed
	if !p.Enabled() || s == "" || base > Bold {
		return s
	}
	c := p.plain[base]
	if style&Changed != 0 {
		c = p.changed[base]
	}
	if c == nil {
		return s
	}
	return c.Sprint(s)
}
