package servers

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// How wide the column of names is: a name that is wider than the most stands out, and the others are not filled up to
// it, or a single name of a megabyte would make a megabyte of every line.
const (
	minNameWidth = 12
	maxNameWidth = 512
)

// WriteClassicHeader writes what gearman_top -b prints above a server's table. version may be empty.
func WriteClassicHeader(w *bufio.Writer, now time.Time, server, version string) {
	fmt.Fprintf(w, "%s  -  %s", now.Format("2006-01-02 15:04:05"), server)
	if version != "" {
		fmt.Fprintf(w, "  -  v%s", output.Escape(version))
	}
	w.WriteString("\n\n")
}

// WriteClassic writes queues as gearman_top -b does, byte for byte, sorted by name. Names are escaped, and those with other
// letters than ASCII's are aligned, which gearman_top's are not.
func WriteClassic(w *bufio.Writer, queues []wire.FunctionStatus) {
	slices.SortFunc(queues, func(a, b wire.FunctionStatus) int { return strings.Compare(a.Function, b.Function) })
	width := minNameWidth
	for _, q := range queues {
		width = max(width, min(output.Width(output.Escape(q.Function)), maxNameWidth))
	}
	rule := strings.Repeat("-", width+51) + "\n"
	fmt.Fprintf(w, " %s | %16s | %12s | %12s\n%s", output.Fit("Queue Name", width, false), "Worker Available", "Jobs Waiting", "Jobs Running", rule)
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
