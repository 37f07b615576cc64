package exporter

import (
	"slices"
	"strings"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// queueFilter says which queues become metrics.
type queueFilter struct {
	include   *servers.Matcher // nil: all
	exclude   *servers.Matcher // nil: none
	maxQueues int
}

// wants reports whether a queue is asked for. Those that gearctl makes for itself are when they are included by name.
func (f *queueFilter) wants(queue string) bool {
	if f.exclude != nil && f.exclude.Match(queue) {
		return false
	}
	return f.include == nil && !servers.IsOwn(queue) || f.include != nil && f.include.Match(queue)
}

// selectQueues returns the queues that are asked for, by name and each once, and those that are too many. Which these are does
// not change from scrape to scrape as long as the names do not.
func (f *queueFilter) selectQueues(rows []wire.FunctionStatus) (shown, leftOut []wire.FunctionStatus) {
	for _, q := range rows {
		if f.wants(q.Function) {
			shown = append(shown, q)
		}
	}
	slices.SortStableFunc(shown, func(a, b wire.FunctionStatus) int { return strings.Compare(a.Function, b.Function) })
	shown = slices.CompactFunc(shown, func(a, b wire.FunctionStatus) bool { return a.Function == b.Function })
	n := min(len(shown), f.maxQueues)
	return shown[:n], shown[n:]
}
