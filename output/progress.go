package output

import (
	"io"
	"time"

	"github.com/cheggaaa/pb/v3"
)

// Progress is a bar on a terminal that shows how far something has come: count and total, rate, and time. A nil
// Progress, and one that is not enabled, writes nothing at all.
type Progress struct {
	bar *pb.ProgressBar // nil when not enabled
}

// refresh is how often the bar is drawn.
const refresh = 250 * time.Millisecond

// barTemplate is what the bar shows.
const barTemplate = `{{string . "prefix"}} {{counters . }} {{bar . }} {{percent . }} {{speed . "%s/s" "?/s"}} {{etime . }}`

// NewProgress starts a bar on w, a terminal, when enabled is set. The title is escaped. A total of 0 means that it is
// not known. Finish must be called.
func NewProgress(w io.Writer, enabled bool, title string, total int64) *Progress {
	if !enabled {
		return &Progress{}
	}
	bar := pb.New64(total)
	bar.SetTemplateString(barTemplate)
	bar.Set("prefix", Escape(title)).Set(pb.Terminal, true).Set(pb.Color, false)
	bar.SetRefreshRate(refresh).SetWriter(w)
	return &Progress{bar: bar.Start()}
}

// Set says how much is done. It may be called by several goroutines at once, and as often as one likes.
func (p *Progress) Set(n int64) {
	if p != nil && p.bar != nil {
		p.bar.SetCurrent(n)
	}
}

// SetTotal says how much there is to do.
func (p *Progress) SetTotal(n int64) {
	if p != nil && p.bar != nil {
		p.bar.SetTotal(n)
	}
}

// Finish draws the bar for the last time and leaves the cursor at the start of the next line. Nothing is written after
// it has returned. Calling it again does nothing.
func (p *Progress) Finish() {
	if p != nil && p.bar != nil {
		p.bar.Finish()
	}
}
