package top

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/output"
)

// printClassic prints a round as gearman_top -b does, byte for byte.
func (r *recorder) printClassic(now time.Time, servers []*serverState) error {
	w := bufio.NewWriter(r.env.Stdout)
	for _, s := range servers {
		r.writeClassic(w, now, s)
	}
	return w.Flush()
}

// How wide the column of names is: a name that is wider than the most stands out, and the others are not filled up to
// it, or a single name of a megabyte would make a megabyte of every line.
const (
	minNameWidth = 12
	maxNameWidth = 512
)

// writeClassic writes the table of a server. Names are escaped, which gearman_top's are not.
func (r *recorder) writeClassic(w *bufio.Writer, now time.Time, s *serverState) {
	fmt.Fprintf(w, "%s  -  %s", now.Format("2006-01-02 15:04:05"), s.name)
	if s.version != "" {
		fmt.Fprintf(w, "  -  v%s", output.Escape(s.version))
	}
	width := minNameWidth
	var queues []*queueState
	for _, q := range s.queues {
		if r.wanted(q) {
			queues = append(queues, q)
			width = max(width, min(output.Width(output.Escape(q.Function)), maxNameWidth))
		}
	}
	slices.SortFunc(queues, func(a, b *queueState) int { return strings.Compare(a.Function, b.Function) })
	rule := strings.Repeat("-", width+51) + "\n"
	fmt.Fprintf(w, "\n\n %s | %16s | %12s | %12s\n%s", output.Fit("Queue Name", width, false), "Worker Available", "Jobs Waiting", "Jobs Running", rule)
	for _, q := range queues {
		name := output.Escape(q.Function)
		if output.Width(name) < width {
			name = output.Fit(name, width, false)
		}
		fmt.Fprintf(w, " %s |%16d  |%12d  |%12d \n", name, q.Workers, q.Waiting(), q.Running)
	}
	if len(queues) == 0 {
		fmt.Fprintf(w, "%s%s\n", strings.Repeat(" ", width+25), "no queues found")
	}
	w.WriteString(rule)
}
