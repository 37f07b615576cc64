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
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// inspection checks all servers in parallel.
type inspection struct {
	env          *cli.Env
	o            *options
	rules        *ruleSet
	endToEnd     *endToEndCheck // nil: no end-to-end checks
	dialer       *wire.Dialer
	servers      []string
	readOnly     map[string]bool // servers on which only status and the like is asked
	reachability *reachability
	dials        chan struct{} // holds an element for each server that is dialed
}

// errTimeLimit is the cause when --timeout is over.
var errTimeLimit = errors.New("time limit reached")

// printTime is the part of --timeout kept for printing, at most a tenth.
const printTime = 200 * time.Millisecond

// run returns the report within the total time. A server that has not been checked by then did not answer.
func (v *inspection) run(ctx context.Context) (*report, error) {
	total := v.o.total
	vctx, cancel := context.WithTimeoutCause(ctx, total-min(printTime, total/10), errTimeLimit)
	defer cancel()
	over := time.NewTimer(total)
	defer over.Stop()
	found := make([]*serverResult, len(v.servers))
	type visited struct {
		i    int
		s    *serverResult
		last bool // no further result follows
	}
	done := make(chan visited, 2*len(v.servers))
	v.dials = make(chan struct{}, wire.MaxDials)
	for i := range v.servers {
		go func() {
			s := v.inspectServer(vctx, i, func(s *serverResult) { done <- visited{i, s, false} })
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
			found[i] = v.failed(server, errTimeLimit)
		}
	}
	return newReport(found, v.o, v.rules), nil
}

// failed returns the result of a server that did not list its queues.
func (v *inspection) failed(server string, err error) *serverResult {
	s := &serverResult{server: server, err: err}
	v.fail(s, "", err)
	return s
}

// fail adds a reason for an error: CRITICAL, or UNKNOWN if the server refused the command.
func (v *inspection) fail(s *serverResult, queue string, err error) {
	s.add(judge.Failure(s.server, err).State, queue, "%s", v.failureText(s.server, err))
}

// failureText describes an error without the server, which is printed before it.
func (v *inspection) failureText(server string, err error) string {
	if errors.Is(err, errTimeLimit) {
		return "no answer within " + cmderr.ShortDuration(v.o.total)
	}
	return judge.FailureText(server, err)
}

// inspectServer checks a server. Before slow checks it calls early with the result so far.
func (v *inspection) inspectServer(ctx context.Context, i int, early func(*serverResult)) *serverResult {
	server := v.servers[i]
	v.dials <- struct{}{}
	c, err := v.dialer.Dial(ctx, server)
	<-v.dials
	if err != nil {
		v.reachability.set(i, false)
		return v.failed(server, err)
	}
	defer c.Close()
	snap, err := servers.AskQueues(ctx, c)
	v.reachability.set(i, err == nil)
	if err != nil {
		return v.failed(server, err)
	}
	list := snap.Queues.Rows
	slices.SortFunc(list, func(a, b wire.FunctionStatus) int { return strings.Compare(a.Function, b.Function) })
	s := &serverResult{server: server, known: snap.Names()}
	s.addUnreadable("status", snap.Queues.Bad)
	v.checkQueues(ctx, c, s, snap)
	v.notePhantoms(ctx, c, s, list)
	if active := !v.readOnly[server]; v.o.stalled > 0 || active && (v.o.probes() || v.endToEnd != nil || v.o.checksStorage()) {
		soFar := *s
		soFar.queues, soFar.reasons = slices.Clone(s.queues), slices.Clone(s.reasons)
		v.fail(&soFar, "", errTimeLimit)
		early(&soFar)
		v.runSlowChecks(ctx, c, s, list)
	}
	return s
}

// runSlowChecks runs slow checks in parallel; each collects its own reasons.
func (v *inspection) runSlowChecks(ctx context.Context, c *wire.Conn, s *serverResult, list []wire.FunctionStatus) {
	parts := []*serverResult{{server: s.server}, {server: s.server}, {server: s.server}, {server: s.server}}
	var wg sync.WaitGroup
	if v.o.stalled > 0 {
		wg.Go(func() { v.checkStalled(ctx, c, parts[0], list) })
	}
	active := !v.readOnly[s.server]
	if active && v.o.probes() {
		wg.Go(func() { v.probeAll(ctx, parts[1], list) })
	}
	if active && v.endToEnd != nil {
		wg.Go(func() { v.checkEndToEnd(ctx, parts[2], list) })
	}
	if active && v.o.checksStorage() {
		wg.Go(func() { v.checkStorage(ctx, parts[3]) })
	}
	wg.Wait()
	for _, part := range parts {
		s.reasons = append(s.reasons, part.reasons...)
		s.probes = append(s.probes, part.probes...)
		s.endToEnd = append(s.endToEnd, part.endToEnd...)
		s.storage = append(s.storage, part.storage...)
		s.propagate(part.reasons)
	}
}

// propagate raises the state of queues to that of later reasons.
func (s *serverResult) propagate(reasons []reason) {
	for _, r := range reasons {
		for i := range s.queues {
			if q := &s.queues[i]; q.Function == r.queue {
				q.state = worse(q.state, r.state)
			}
		}
	}
}
