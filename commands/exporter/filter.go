package exporter

import (
	"slices"
	"strings"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// queueFilter selects the queues that become metrics.
type queueFilter struct {
	include   *servers.Matcher // nil: all
	exclude   *servers.Matcher // nil: none
	maxQueues int
}

// wants reports whether a queue is selected. gearctl's own queues are only if they are included by name.
func (f *queueFilter) wants(queue string) bool {
	if f.exclude != nil && f.exclude.Match(queue) {
		return false
	}
	return f.include == nil && !servers.IsOwn(queue) || f.include != nil && f.include.Match(queue)
}

// selectQueues returns the selected queues, sorted by name and without duplicates, split at the maximum. The split is the
// same at every scrape as long as the names are.
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
