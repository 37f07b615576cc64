package health

import (
	"context"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// checkStalled samples the queues with workers and waiting jobs, and adds reasons for those that made no progress.
func (v *inspection) checkStalled(ctx context.Context, c *wire.Conn, s *serverResult, list []wire.FunctionStatus) {
	still := map[string]*judge.Stall{}
	for _, q := range list {
		if judge.MayStall(q) && v.wants(q.Function) {
			stall := judge.NewStall(q)
			still[q.Function] = &stall
		}
	}
	start := v.env.Now()
	for i := range judge.StallSamples {
		if len(still) == 0 {
			return
		}
		if !cmderr.Pause(ctx, start.Add(v.o.stalled/judge.StallSamples*time.Duration(i+1)).Sub(v.env.Now())) {
			v.fail(s, "", context.Cause(ctx))
			return
		}
		now, err := servers.AskQueues(ctx, c)
		if err != nil {
			v.fail(s, "", err)
			return
		}
		s.addUnreadable("status", now.Bad())
		if len(now.Bad()) > 0 {
			return
		}
		v.dropMoving(s, still, now.Queues.Rows)
	}
	for _, q := range list { // in the order of the server
		if q := still[q.Function]; q != nil {
			s.addProblems(q.Last.Function, q.Problem(v.o.stalled))
		}
	}
}

// dropMoving removes the queues that made progress, and those that are gone: gearmand forgets none by itself.
func (v *inspection) dropMoving(s *serverResult, still map[string]*judge.Stall, now []wire.FunctionStatus) {
	for name, q := range still {
		f := servers.FindQueue(now, name)
		switch {
		case f == nil:
			s.add(nagios.StateUnknown, name, "jobs waited, then the queue disappeared: the server was restarted or the queue dropped")
			delete(still, name)
		case !q.Add(*f):
			delete(still, name)
		}
	}
}
