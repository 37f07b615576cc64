package replay

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gearctl/commands/internal/cmderr"
)

// rate is the value of a flag for how many jobs are sent: 100, 100/s, 600/m. 0: as many as possible.
type rate float64 // a second

// Set reads a rate over 0.
func (r *rate) Set(s string) error {
	num, unit, _ := strings.Cut(s, "/")
	per, ok := map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600}[unit]
	v, err := strconv.ParseFloat(num, 64)
	if err != nil || !ok || !(v/per >= 1e-6 && v <= 1e9) {
		return fmt.Errorf("not a rate such as 100/s or 600/m")
	}
	*r = rate(v / per)
	return nil
}

func (r *rate) String() string {
	if r == nil || *r == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*r), 'f', -1, 64) + "/s"
}

// catchUp is how far behind its rate a pacer may be and still catch up.
const catchUp = time.Second

// pacer spaces out what is done at a rate.
type pacer struct {
	rate rate
	now  func() time.Time
	next time.Time
}

// wait blocks until the next may be done, and calls idle first when that takes a while. It reports whether ctx lives.
func (p *pacer) wait(ctx context.Context, idle func() error) (bool, error) {
	if p.rate == 0 {
		return ctx.Err() == nil, nil
	}
	now := p.now()
	if p.next.IsZero() {
		p.next = now
	}
	d := p.next.Sub(now)
	if d < -catchUp {
		p.next = now // what was missed stays missed
	}
	p.next = p.next.Add(time.Duration(float64(time.Second) / float64(p.rate)))
	if d <= 0 {
		return ctx.Err() == nil, nil
	}
	if err := idle(); err != nil {
		return false, err
	}
	return cmderr.Pause(ctx, d), nil
}
