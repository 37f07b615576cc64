package health

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// checkQueues checks the selected queues.
func (v *inspection) checkQueues(ctx context.Context, c *wire.Conn, s *serverResult, snap *servers.Snapshot) {
	names := v.namedQueues()
	for _, name := range names {
		v.reportMissing(s, name, snap.Queue(name))
	}
	known := v.queryPriorities(ctx, c, s, snap)
	priorities := snap.PrioritiesByQueue()
	s.queues = make([]queueResult, 0, len(snap.Queues.Rows))
	for _, q := range snap.Queues.Rows {
		if !v.wants(q.Function) {
			continue
		}
		h := queueResult{FunctionStatus: q, limits: v.rules.limits(q.Function), priority: priorities[q.Function]}
		before := len(s.reasons)
		v.checkQueue(s, &h, slices.Contains(names, q.Function), known)
		for _, reason := range s.reasons[before:] {
			h.state = worse(h.state, reason.state)
		}
		s.queues = append(s.queues, h)
	}
	if len(s.queues) == 0 {
		v.checkNoQueues(s, snap.Queues.Rows)
	}
}

// checkNoQueues judges a server of which no queue was checked. A server without any queue is probably the wrong one, or has
// lost its workers; that counts if no queues were named, since named ones have reasons of their own.
func (v *inspection) checkNoQueues(s *serverResult, list []wire.FunctionStatus) {
	none := !slices.ContainsFunc(list, func(q wire.FunctionStatus) bool { return !servers.IsOwn(q.Function) })
	asked := !v.o.matcher.All()
	compares := v.rules.general != (nagios.QueueLimits{})
	switch {
	case none && v.o.allowEmpty && !asked:
	case asked, compares:
		s.add(nagios.StateUnknown, "", "no queue matched; nothing was checked")
	case none && len(s.reasons) == 0 && len(v.rules.rules) == 0 && len(v.rules.require) == 0:
		none := judge.NoQueues()
		s.add(none.State, "", "%s (--allow-empty accepts this)", none.Text)
	}
}

// wants reports whether a queue is checked. gearctl's own queues are only if they are named.
func (v *inspection) wants(queue string) bool {
	switch named := slices.Contains(v.o.matcher.Exact, queue) || slices.Contains(v.rules.require, queue); {
	case v.rules.excludes(queue):
		return false
	case named:
		return true
	}
	return v.o.matcher.Match(queue) && !servers.IsOwn(queue)
}

// namedQueues returns the queues that must exist.
func (v *inspection) namedQueues() []string {
	names := slices.Concat(v.o.matcher.Exact, v.rules.require)
	slices.Sort(names)
	return slices.Compact(names)
}

// reportMissing adds a reason if a named queue does not exist.
func (v *inspection) reportMissing(s *serverResult, name string, q *wire.FunctionStatus) {
	switch {
	case q != nil:
	case slices.Contains(v.rules.require, name):
		s.add(nagios.StateCritical, name, "required queue does not exist")
	default:
		hint := ""
		if near := cmderr.Closest(name, s.known); near != "" {
			hint = fmt.Sprintf(": did you mean %.100q?", near)
		}
		s.add(nagios.StateUnknown, name, "unknown queue%s", hint)
	}
}

// queryPriorities queries the waiting jobs by priority, with --priorities. It reports whether they are known or not needed.
func (v *inspection) queryPriorities(ctx context.Context, c *wire.Conn, s *serverResult, snap *servers.Snapshot) bool {
	if !v.o.priorities {
		return true
	}
	err := snap.Ask(ctx, c, servers.PartVersion)
	if err == nil && snap.Version.Before(servers.PriorityCountsSince) {
		err = snap.Version.Unsupported(s.server, "right counts in prioritystatus", servers.PriorityCountsSince)
		s.add(nagios.StateUnknown, "", "%s", v.failureText(s.server, err))
		return false
	}
	if err == nil {
		err = snap.Ask(ctx, c, servers.PartPriorities)
	}
	switch {
	case servers.IsUnknownCommand(err):
		err = servers.ExplainUnsupported(ctx, c, err, "prioritystatus", "1.1.15")
		s.add(nagios.StateUnknown, "", "%s", v.failureText(s.server, err))
	case err != nil:
		v.fail(s, "", err)
	}
	s.addUnreadable("prioritystatus", snap.Priorities.Bad)
	return err == nil
}

// checkQueue compares a queue with its thresholds. A named queue must have a worker, and so must any with waiting jobs.
func (v *inspection) checkQueue(s *serverResult, q *queueResult, named, known bool) {
	s.addProblems(q.Function, judge.Queue(q.FunctionStatus)...)
	noWorker := q.Workers == 0 && (q.Waiting() > 0 || named)
	if noWorker && q.Waiting() == 0 {
		s.add(nagios.StateCritical, q.Function, "no worker")
	}
	for m := range nagios.NumMetrics {
		l := &q.limits[m]
		if l.IsZero() || noWorker && (m == nagios.MetricWaiting || m == nagios.MetricWorkers) {
			continue
		}
		n, ok := nagios.MetricValue(m, &q.FunctionStatus, q.priority)
		switch {
		case !ok && known:
			s.add(nagios.StateUnknown, q.Function, "the server does not report jobs by priority")
			return
		case !ok:
			return
		}
		if state, r := l.State(float64(n)); state != nagios.StateOK {
			s.add(state, q.Function, "%s (%s %s)", metricText(m, n), strings.ToLower(nagios.StateName(state)), r)
		}
	}
}

func metricText(m nagios.Metric, n int64) string {
	switch {
	case m == nagios.MetricWaiting:
		return judge.WaitingJobs(n)
	case m == nagios.MetricRunning:
		return output.Plural(n, "job", "jobs") + " running"
	case m == nagios.MetricWorkers:
		return output.Plural(n, "worker", "workers")
	}
	return fmt.Sprintf("%s of %s priority", judge.WaitingJobs(n), m)
}
