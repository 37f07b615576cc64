package output

import (
	"io"
	"time"

	"github.com/cheggaaa/pb/v3"
)

// Progress is a progress bar on a terminal with count, total, rate and time. A nil or disabled Progress writes nothing.
type Progress struct {
	bar *pb.ProgressBar // nil when not enabled
}

// refresh is the interval between redraws.
const refresh = 250 * time.Millisecond

const barTemplate = `{{string . "prefix"}} {{counters . }} {{bar . }} {{percent . }} {{speed . "%s/s" "?/s"}} {{etime . }}`

// NewProgress starts a bar on the terminal w, if enabled. The title is escaped. A total of 0 means unknown. Finish must be
// called.
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

// Set sets how much is done. It is cheap and safe for concurrent use.
func (p *Progress) Set(n int64) {
	if p != nil && p.bar != nil {
		p.bar.SetCurrent(n)
	}
}

// SetTotal sets how much there is to do.
func (p *Progress) SetTotal(n int64) {
	if p != nil && p.bar != nil {
		p.bar.SetTotal(n)
	}
}

// Finish draws the bar a last time and moves the cursor to the next line. Nothing is written after it returns. Further
// calls do nothing.
func (p *Progress) Finish() {
	if p != nil && p.bar != nil {
		p.bar.Finish()
	}
}
