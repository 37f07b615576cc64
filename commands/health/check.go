package health

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// healthVisit looks at all servers at once.
type healthVisit struct {
	env     *cli.Env
	o       *healthOptions
	rules   *healthRules
	maker   *healthTripMaker // nil: no end-to-end checks
	dialer  *wire.Dialer
	servers []string
	reached *reachedServers
}

// errHealthTime is the cause when --timeout is over.
var errHealthTime = errors.New("time limit reached")

// timeToSay is what of --timeout is kept for gathering and printing, at most a tenth.
const timeToSay = 200 * time.Millisecond

// run returns what was found within the total time. A server that has not been dealt with by then did not answer.
func (v *healthVisit) run(ctx context.Context) (*healthReport, error) {
	total := v.o.total
	vctx, cancel := context.WithTimeoutCause(ctx, total-min(timeToSay, total/10), errHealthTime)
	defer cancel()
	over := time.NewTimer(total)
	defer over.Stop()
	found := make([]*healthServer, len(v.servers))
	type visited struct {
		i    int
		s    *healthServer
		last bool // else more is being looked at
	}
	done := make(chan visited, 2*len(v.servers))
	for i := range v.servers {
		go func() {
			s := v.visit(vctx, i, func(s *healthServer) { done <- visited{i, s, false} })
			done <- visited{i, s, true}
		}()
	}
	for left := len(v.servers); left > 0; {
		select {
		case d := <-done:
			if found[d.i] = d.s; d.last {
				left--
			}
		case <-over.C:
			left = 0
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for i, server := range v.servers {
		if found[i] == nil {
			found[i] = v.failed(server, errHealthTime)
		}
	}
	return newHealthReport(found, v.o, v.rules), nil
}

// failed is a server that did not tell its queues.
func (v *healthVisit) failed(server string, err error) *healthServer {
	s := &healthServer{server: server, err: err}
	v.fail(s, "", err)
	return s
}

// fail notes an error: CRITICAL, unless the server answered that it cannot tell.
func (v *healthVisit) fail(s *healthServer, queue string, err error) {
	state := nagios.StateCritical
	if servers.IsRefusal(err) {
		state = nagios.StateUnknown
	}
	s.add(state, queue, "%s", v.sayFailure(s.server, err))
}

// sayFailure is an error without the server's name, which stands before it.
func (v *healthVisit) sayFailure(server string, err error) string {
	var op *wire.OpError
	switch {
	case errors.Is(err, errHealthTime):
		return "no answer within " + cmderr.ShortDuration(v.o.total)
	case wire.IsUnreachable(err) && errors.As(err, &op):
		return "cannot be reached: " + cmderr.OneLine(op.Err)
	case errors.As(err, &op):
		return op.Op + ": " + cmderr.OneLine(op.Err) + cmderr.InBrackets(cmderr.LimitHint(err))
	}
	return strings.TrimPrefix(cmderr.OneLine(err), server+": ")
}

// visit looks at a server. Before what takes time, early is called with what was found so far, and that there is more.
func (v *healthVisit) visit(ctx context.Context, i int, early func(*healthServer)) *healthServer {
	server := v.servers[i]
	c, err := v.dialer.Dial(ctx, server)
	if err != nil {
		v.reached.tell(i, false)
		return v.failed(server, err)
	}
	defer c.Close()
	snap, err := servers.AskQueues(ctx, c)
	v.reached.tell(i, err == nil)
	if err != nil {
		return v.failed(server, err)
	}
	list := snap.Queues.Rows
	slices.SortFunc(list, func(a, b wire.FunctionStatus) int { return strings.Compare(a.Function, b.Function) })
	s := &healthServer{server: server, known: snap.Names()}
	s.addUnreadable("status", snap.Queues.Bad)
	v.lookAtQueues(ctx, c, s, snap)
	v.hintAtPhantoms(ctx, c, s, list)
	if v.o.stalled > 0 || v.o.asks() || v.maker != nil {
		soFar := *s
		soFar.queues, soFar.reasons = slices.Clone(s.queues), slices.Clone(s.reasons)
		v.fail(&soFar, "", errHealthTime)
		early(&soFar)
		v.lookFurther(ctx, c, s, list)
	}
	return s
}

// lookFurther does what takes time, all at once; each part gathers its own reasons.
func (v *healthVisit) lookFurther(ctx context.Context, c *wire.Conn, s *healthServer, list []wire.FunctionStatus) {
	parts := []*healthServer{{server: s.server}, {server: s.server}, {server: s.server}}
	var wg sync.WaitGroup
	if v.o.stalled > 0 {
		wg.Go(func() { v.lookForStalled(ctx, c, parts[0], list) })
	}
	if v.o.asks() {
		wg.Go(func() { v.probeAll(ctx, parts[1], list) })
	}
	if v.maker != nil {
		wg.Go(func() { v.sendTrips(ctx, parts[2], list) })
	}
	wg.Wait()
	for _, part := range parts {
		s.reasons = append(s.reasons, part.reasons...)
		s.probes = append(s.probes, part.probes...)
		s.trips = append(s.trips, part.trips...)
		s.blame(part.reasons)
	}
}

// blame makes queues as bad as what was found of them later.
func (s *healthServer) blame(reasons []healthReason) {
	for _, r := range reasons {
		for i := range s.queues {
			if q := &s.queues[i]; q.Function == r.queue {
				q.state = worse(q.state, r.state)
			}
		}
	}
}
