package output

// Style is how a cell of a colored table looks.
type Style uint8

// The styles. Changed can be combined with another one: Bad|Changed.
const (
	Plain Style = iota
	Bad
	Warn
	Good
	Faint
	Bold
	Changed Style = 1 << 4
)

// Styler is a row that styles its cells. Style returns the style of the cell in column key.
type Styler interface {
	Style(key string) Style
}
