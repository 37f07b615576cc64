package health

import (
	"context"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/probe"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// endToEndCheck is the test check of --end-to-end and the queues it goes through.
type endToEndCheck struct {
	command string
	limits  nagios.Limits // of the seconds until the result is back
	targets map[string]*endToEndTarget
}

// endToEndTarget is how checks are sent to a server.
type endToEndTarget struct {
	key    modgearman.Key
	queues []string // of the configuration; empty without one
	never  []string // queues that take no checks
}

// endToEndCheck returns nil without --end-to-end.
func (o *options) endToEndCheck(env *cli.Env, addrs []string) (*endToEndCheck, error) {
	if !o.endToEnd {
		return nil, nil
	}
	m := &endToEndCheck{command: o.command, targets: map[string]*endToEndTarget{}}
	var err error
	if m.limits, err = nagios.ParseLimits(o.endToEndLimits.warning, o.endToEndLimits.critical); err != nil {
		return nil, cmderr.Usagef("--end-to-end-warning, --end-to-end-critical: %v", err)
	}
	for _, server := range addrs {
		if m.targets[server], err = o.endToEndTarget(env, server); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// keys returns the key of each server.
func (m *endToEndCheck) keys() map[string]modgearman.Key {
	keys := map[string]modgearman.Key{}
	for server, t := range m.targets {
		keys[server] = t.key
	}
	return keys
}

func (o *options) endToEndTarget(env *cli.Env, server string) (t *endToEndTarget, err error) {
	t = new(endToEndTarget)
	if t.key, err = o.keys.EncodingFor(env, server); err != nil {
		return nil, err
	}
	config, err := env.ConfigFor(server)
	if err != nil {
		return nil, err
	}
	if config == nil {
		config = new(modgearman.Config)
	}
	set := config.Settings(modgearman.ProgramNEB)
	if config.Path != "" {
		t.queues = set.Queues()
	}
	t.never = append(set.PerfdataQueues, set.ResultQueue, modgearman.QueueEventhandler, modgearman.QueueNotification)
	return t, nil
}

// endToEndQueues returns the queues of a server to send checks through: those named by arguments, else those of --config,
// else those with Mod-Gearman names.
func (v *inspection) endToEndQueues(server string, list []wire.FunctionStatus) []string {
	target := v.endToEnd.targets[server]
	queues := slices.Clone(v.o.matcher.Exact)
	if v.o.matcher.All() {
		queues = slices.Clone(target.queues)
	}
	for _, q := range list {
		byGlob := !v.o.matcher.All() && v.o.matcher.Match(q.Function)
		byName := v.o.matcher.All() && len(target.queues) == 0 && modgearman.Registrable(q.Function)
		if byGlob || byName {
			queues = append(queues, q.Function)
		}
	}
	slices.Sort(queues)
	return slices.DeleteFunc(slices.Compact(queues), func(q string) bool {
		return v.rules.excludes(q) || slices.Contains(target.never, q) || strings.HasPrefix(q, modgearman.PrefixWorker)
	})
}

// checkEndToEnd sends a test check through each queue of a server and waits for the results. It sends none to a queue
// without workers, where it would be left behind.
func (v *inspection) checkEndToEnd(ctx context.Context, s *serverResult, list []wire.FunctionStatus) {
	var queues []string
	for _, queue := range v.endToEndQueues(s.server, list) {
		switch q := servers.FindQueue(list, queue); {
		case q != nil && q.Workers > 0:
			queues = append(queues, queue)
		case q == nil || q.Waiting() == 0: // else it has a reason already
			s.add(nagios.StateCritical, queue, "no worker; end-to-end check skipped")
		}
	}
	if len(queues) == 0 {
		if len(s.reasons) == 0 {
			s.add(nagios.StateUnknown, "", "no queue for the end-to-end check: name one, or use --config FILE")
		}
		return
	}
	servers := slices.DeleteFunc(v.reachability.wait(ctx, s.server, v.o.total/10), func(server string) bool { return v.readOnly[server] })
	s.endToEnd = make([]answer, len(queues))
	runBounded(ctx, len(queues), v.maxTestChecks(), func(ctx context.Context, i int) { s.endToEnd[i] = v.sendTestCheck(ctx, servers, queues[i]) })
	for i := range s.endToEnd {
		s.addAnswer(&s.endToEnd[i])
	}
}

// maxTestChecks bounds the concurrent test checks of a server. Each has a connection for the check and one to every server
// for the result: about 500 in all, or one check if there are very many servers.
func (v *inspection) maxTestChecks() int {
	n := len(v.servers)
	return max(1, min(50, 500/(n*(n+1))))
}

// sendTestCheck sends one check to the first of servers and judges the outcome.
func (v *inspection) sendTestCheck(ctx context.Context, servers []string, queue string) answer {
	key := v.endToEnd.targets[servers[0]].key
	t := &roundtrip.TestCheck{Servers: servers, Queue: queue, Keys: v.endToEnd.keys(), Service: "health", Command: v.endToEnd.command, Wait: resultTimeout(ctx)}
	r := t.Run(ctx, v.env.Client(v.dialer))
	a := answer{queue: queue, seconds: microseconds(r.Total), limits: v.endToEnd.limits, worker: r.Worker, failed: r.NoResult}
	took := output.Seconds(r.Total)
	state, limit := v.endToEnd.limits.State(r.Total)
	switch {
	case r.NoResult && r.WrongKey:
		a.state, a.text = nagios.StateCritical, "end to end: a worker took the check but no result came back: the keys probably differ ("+roundtrip.KeyName(key)+" here), or the result went elsewhere"
	case r.NoResult:
		a.state, a.text = nagios.StateCritical, "end to end: "+r.Output
	case r.ReturnCode != nagios.StateOK:
		a.state, a.text = nagios.StateCritical, "end to end: worker "+r.Worker+" returned "+resultText(&r)
	case r.Server != servers[0]:
		a.state, a.text = nagios.StateCritical, "end to end: the check could only be sent to "+r.Server
	case state != nagios.StateOK:
		a.state, a.text = state, "end to end: "+took+" ("+strings.ToLower(nagios.StateName(state))+" "+limit.String()+"), worker "+r.Worker
	default:
		a.text = "end to end: back after " + took + ", worker " + r.Worker
	}
	return a
}

func resultText(r *roundtrip.Report) string {
	text, _, _ := strings.Cut(r.Output, "\n")
	return output.Count(int64(r.ReturnCode)) + ": " + text
}

// resultTimeout leaves time to cancel an unanswered check. ctx must have a deadline.
func resultTimeout(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline()
	left := time.Until(deadline)
	return max(left-min(probe.CancelTime, left/4), time.Millisecond)
}
