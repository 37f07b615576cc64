package output

// Style tells how a cell is shown where colours are on.
type Style uint8

// The styles. Changed may be combined with another one: Bad|Changed.
const (
	Plain Style = iota
	Bad
	Warn
	Good
	Faint
	Bold
	Changed Style = 1 << 4
)

// Styler is a row that styles its cells. Style returns the style of the cell in the column named key.
type Styler interface {
	Style(key string) Style
}
