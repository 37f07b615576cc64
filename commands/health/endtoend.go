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

// healthTripMaker knows what a test check is made of and where it goes.
type healthTripMaker struct {
	key     modgearman.Key
	command string
	limits  nagios.Limits // of the seconds until the result is back
	queues  []string      // of --config; none: nobody says
	never   []string      // queues that take no checks
}

// newTripMaker returns nil without --end-to-end.
func (o *healthOptions) newTripMaker(env *cli.Env) (*healthTripMaker, error) {
	if !o.endToEnd {
		return nil, nil
	}
	m := &healthTripMaker{command: o.command}
	var err error
	if m.limits, err = nagios.NewLimits(o.tripLimits.warning, o.tripLimits.critical); err != nil {
		return nil, cmderr.Usagef("--end-to-end-warning, --end-to-end-critical: %v", err)
	}
	if m.key, err = o.keys.Encoding(env); err != nil {
		return nil, err
	}
	set, err := env.NebSettings()
	if err != nil {
		return nil, err
	}
	if env.Globals.Config.Path != "" {
		m.queues = set.Queues()
	}
	m.never = append(set.PerfdataQueues, set.ResultQueue, modgearman.QueueEventhandler, modgearman.QueueNotification)
	return m, nil
}

// choose returns the queues of a server through which checks are sent: those that the arguments name, else those of
// --config, else those that the server knows by names of Mod-Gearman.
func (v *healthVisit) chooseTrips(list []wire.FunctionStatus) []string {
	queues := slices.Clone(v.o.matcher.Exact)
	if v.o.matcher.All() {
		queues = slices.Clone(v.maker.queues)
	}
	for _, q := range list {
		byGlob := !v.o.matcher.All() && v.o.matcher.Match(q.Function)
		byName := v.o.matcher.All() && len(v.maker.queues) == 0 && modgearman.Registrable(q.Function)
		if byGlob || byName {
			queues = append(queues, q.Function)
		}
	}
	slices.Sort(queues)
	return slices.DeleteFunc(slices.Compact(queues), func(q string) bool {
		return v.rules.excludes(q) || slices.Contains(v.maker.never, q) || strings.HasPrefix(q, modgearman.PrefixWorker)
	})
}

// sendTrips sends a test check through each queue of a server and waits until it is back. It sends none to a queue that
// nobody serves, where it would be left behind.
func (v *healthVisit) sendTrips(ctx context.Context, s *healthServer, list []wire.FunctionStatus) {
	var queues []string
	for _, queue := range v.chooseTrips(list) {
		switch q := servers.FindQueue(list, queue); {
		case q != nil && q.Workers > 0:
			queues = append(queues, queue)
		case q == nil || q.Waiting() == 0: // else it was said already
			s.add(nagios.StateCritical, queue, "no worker; end-to-end check skipped")
		}
	}
	if len(queues) == 0 {
		if len(s.reasons) == 0 {
			s.add(nagios.StateUnknown, "", "no queue for the end-to-end check: name one, or use --config FILE")
		}
		return
	}
	servers := v.reached.wait(ctx, s.server, v.o.total/10)
	s.trips = make([]healthAnswer, len(queues))
	inShares(ctx, len(queues), v.tripsAtOnce(), func(ctx context.Context, i int) { s.trips[i] = v.sendTrip(ctx, servers, queues[i]) })
	for i := range s.trips {
		s.addAnswer(&s.trips[i])
	}
}

// tripsAtOnce is how many test checks of a server are on their way at the same time. Each has a connection for the check,
// and one to every server for the result: some 500 in all, or one check where there are very many servers.
func (v *healthVisit) tripsAtOnce() int {
	n := len(v.servers)
	return max(1, min(50, 500/(n*(n+1))))
}

// sendTrip sends one check to the first of servers and judges what became of it.
func (v *healthVisit) sendTrip(ctx context.Context, servers []string, queue string) healthAnswer {
	t := &roundtrip.TestCheck{Servers: servers, Queue: queue, Key: v.maker.key, Service: "health", Command: v.maker.command, Wait: timeToWait(ctx)}
	r := t.Send(ctx, v.env.Client(v.dialer))
	a := healthAnswer{queue: queue, seconds: microseconds(r.Total), limits: v.maker.limits, worker: r.Worker, failed: r.Failed}
	took := output.Seconds(r.Total)
	state, limit := v.maker.limits.State(r.Total)
	switch {
	case r.Failed && r.WrongKey:
		a.state, a.text = nagios.StateCritical, "end to end: a worker took the check but no result came back: the keys probably differ ("+roundtrip.KeyName(v.maker.key)+" here), or the result went elsewhere"
	case r.Failed:
		a.state, a.text = nagios.StateCritical, "end to end: "+r.Output
	case r.ReturnCode != nagios.StateOK:
		a.state, a.text = nagios.StateCritical, "end to end: worker "+r.Worker+" returned "+codeAndText(&r)
	case r.Server != servers[0]:
		a.state, a.text = nagios.StateCritical, "end to end: the check could only be sent to "+r.Server
	case state != nagios.StateOK:
		a.state, a.text = state, "end to end: "+took+" ("+strings.ToLower(nagios.StateName(state))+" "+limit.String()+"), worker "+r.Worker
	default:
		a.text = "end to end: back after " + took + ", worker " + r.Worker
	}
	return a
}

func codeAndText(r *roundtrip.CheckRow) string {
	text, _, _ := strings.Cut(r.Output, "\n")
	return output.Count(int64(r.ReturnCode)) + ": " + text
}

// timeToWait leaves time for taking back what was not answered. ctx must end.
func timeToWait(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline()
	left := time.Until(deadline)
	return max(left-min(probe.TakingBack, left/4), time.Millisecond)
}
