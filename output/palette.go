package output

import "github.com/fatih/color"

// Palette colors text. A nil Palette leaves it unchanged.
type Palette struct {
	plain, changed [Bold + 1]*color.Color // by style; nil: no color
}

// attributes are the terminal attributes of each style.
var attributes = [Bold + 1][]color.Attribute{
	Bad:   {color.FgRed, color.Bold},
	Warn:  {color.FgYellow},
	Good:  {color.FgGreen},
	Faint: {color.Faint},
	Bold:  {color.Bold},
}

// NewPalette returns the palette for a --color mode: "always", "never", or anything else for auto, which colors terminals
// unless NO_COLOR is set and not empty, or TERM is dumb.
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

// enabled returns a color that is on even if stdout is not a terminal.
func enabled(list ...color.Attribute) *color.Color {
	c := color.New(list...)
	c.EnableColor()
	return c
}

// Enabled reports whether Paint adds colors.
func (p *Palette) Enabled() bool { return p != nil && p.changed[Plain] != nil }

// Paint returns s, which must not be colored yet, in a style. It returns s unchanged if s is empty, the style is Plain, or
// colors are off.
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
