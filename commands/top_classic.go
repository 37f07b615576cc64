package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/output"
)

// printTop prints a round as gearman_top -b does, byte for byte.
func (r *topRecorder) printTop(now time.Time, servers []*topServer) error {
	var b []byte
	for _, s := range servers {
		b = r.appendTop(b, now, s)
	}
	_, err := r.env.Stdout.Write(b)
	return err
}

// appendTop appends the table of a server. Names are escaped, which gearman_top's are not.
func (r *topRecorder) appendTop(b []byte, now time.Time, s *topServer) []byte {
	const narrowest = 12
	b = fmt.Appendf(b, "%s  -  %s", now.Format("2006-01-02 15:04:05"), s.name)
	if s.version != "" {
		b = fmt.Appendf(b, "  -  v%s", output.Escape(s.version))
	}
	width := narrowest
	var queues []*topQueue
	for _, q := range s.queues {
		if r.wanted(q) {
			queues = append(queues, q)
			width = max(width, output.Width(output.Escape(q.Function)))
		}
	}
	slices.SortFunc(queues, func(a, b *topQueue) int { return strings.Compare(a.Function, b.Function) })
	rule := strings.Repeat("-", width+51) + "\n"
	b = fmt.Appendf(b, "\n\n %s | %16s | %12s | %12s\n%s", output.Fit("Queue Name", width, false), "Worker Available", "Jobs Waiting", "Jobs Running", rule)
	for _, q := range queues {
		name := output.Fit(output.Escape(q.Function), width, false)
		b = fmt.Appendf(b, " %s |%16d  |%12d  |%12d \n", name, q.Workers, q.Waiting(), q.Running)
	}
	if len(queues) == 0 {
		b = fmt.Appendf(b, "%s%s\n", strings.Repeat(" ", width+25), "no queues found")
	}
	return append(b, rule...)
}
