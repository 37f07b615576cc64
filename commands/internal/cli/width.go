package cli

// The columns before the text of a report, and the least that is left for the text.
const (
	reportMargin = 24 // "configuration  warning  "
	reportLeast  = 40
)

// ReportWidth is how long a line of text may be, 0 for any length.
func (e *Env) ReportWidth() int {
	if !e.Terminal.Stdout {
		return 0
	}
	width, _ := e.Terminal.Size()
	return max(width-reportMargin, reportLeast)
}
