package workers

import (
	"context"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/probe"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// queryGroups queries the workers of a server, each once, and makes rows of groups. If several groups have the same name,
// the status is omitted. The errors are those of workers that could not be queried.
func queryGroups(ctx context.Context, now func() time.Time, d *wire.Dialer, server string, groups []*wideGroup, wait time.Duration) ([]wideRow, []error) {
	var names []string
	index := map[string]int{}
	for _, g := range groups {
		if _, ok := index[g.worker]; !ok && g.registrations > 0 {
			index[g.worker] = len(names)
			names = append(names, g.worker)
		}
	}
	answers := make([]probe.StatusReply, len(names))
	probe.Parallel(len(names), probe.MaxParallel, func(i int) {
		answers[i] = probe.QueryStatus(ctx, now, d, server, modgearman.PrefixWorker+names[i], wait)
	})
	rows := make([]wideRow, 0, len(groups))
	for _, g := range groups {
		var a *probe.StatusReply
		if g.registrations > 0 {
			a = &answers[index[g.worker]]
		}
		rows = append(rows, newWideRow(server, g, a))
	}
	var errs []error
	for i := range answers {
		if a := &answers[i]; a.NotSent() {
			errs = append(errs, cmderr.Errorf("worker %.100s: %w", names[i], a.Err))
		}
	}
	return rows, errs
}

// newWideRow makes a row of a group. a is nil if nobody serves its status queue.
func newWideRow(server string, g *wideGroup, a *probe.StatusReply) wideRow {
	r := wideRow{Server: server, Connections: g.connections, Queues: len(g.functions), Functions: g.functions}
	if g.worker != "" {
		r.Worker = &g.worker
	}
	if g.address != "" {
		r.Address, r.ID = &g.address, &g.id
	}
	if r.State = g.state(a); a != nil && a.Err == nil && g.own == g.registrations {
		s := a.Status
		seconds := a.Duration.Seconds()
		r.Name, r.Version, r.Workers, r.Min, r.Max = &s.Name, &s.Version, &s.Workers, &s.Min, &s.Max
		r.Busy, r.Done, r.Seconds = &s.Running, &s.Jobs, &seconds
	}
	return r
}

// state returns the state of a group.
func (g *wideGroup) state(a *probe.StatusReply) string {
	switch {
	case g.ambiguous:
		return wideAmbiguous
	case g.worker == "" && len(g.functions) == 0:
		return wideIdle
	case g.worker == "":
		return wideNoStatusQueue
	case a == nil, a.NoWorker():
		return wideGone
	case a.Err == nil && g.registrations > 1:
		return wideShared
	case a.Err == nil:
		return wideAnswers
	}
	switch none, silent := a.NoStatus(); {
	case silent:
		return wideStale
	case none:
		return wideOdd
	}
	return wideNotQueried
}
