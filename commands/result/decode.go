package result

import (
	"time"

	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/nagios"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// newTailRow decodes a job that should be a result.
func newTailRow(now time.Time, server string, j wire.Job, keys []modgearman.Key) tailRow {
	row := tailRow{ReceivedAt: now.Truncate(time.Millisecond), Server: server, Queue: string(j.Function), Handle: string(j.Handle)}
	row.Preview = jobs.Preview(j.Workload, keys)
	p, err := modgearman.Decode(j.Workload, keys...)
	if err != nil {
		row.setProblem(jobs.DecodeReason(err), err.Error())
		row.locked = jobs.IsLocked(err)
		return row
	}
	row.Kind, row.Form = new(p.Kind.String()), new(p.Form.String())
	if p.Kind != modgearman.KindResult {
		row.setProblem("no_result", "no result: "+describeKind(p.Kind))
		return row
	}
	r, err := p.Result()
	row.setResult(r)
	if err != nil {
		row.ReturnCode, row.State, row.Output = nil, nil, jobs.Known(r.Output) // a missing code is not OK
		row.setProblem("incomplete", jobs.PacketProblem(err).Error())
	}
	return row
}

func (r *tailRow) setProblem(reason, text string) { r.Reason, r.Error = &reason, &text }

// setResult copies the fields of a result; missing ones stay null.
func (r *tailRow) setResult(p modgearman.Result) {
	r.Type = new("active")
	if p.Passive {
		r.Type = new("passive")
	}
	r.Host, r.Service, r.Source = jobs.Known(p.Host), jobs.Known(p.Service), jobs.Known(modgearman.SourceText(p.Source))
	r.ReturnCode, r.State, r.Output = &p.ReturnCode, new(nagios.StateName(p.ReturnCode)), &p.Output
	r.CoreStart, r.Start, r.Finish = jobs.Known(p.CoreStart), jobs.Known(p.Start), jobs.Known(p.Finish)
	r.Latency = jobs.Known(p.Latency.Seconds())
}

// describeKind describes a job in a result queue that is not a result.
func describeKind(k modgearman.Kind) string {
	switch {
	case k == modgearman.KindProbe:
		return "status request to the reader of this queue"
	case k == modgearman.KindStatus:
		return "status reply"
	case k == modgearman.KindUnknown:
		return "not a Mod-Gearman text"
	case k == modgearman.KindHost, k == modgearman.KindService:
		return "a " + k.String() + " check for a worker"
	case k == modgearman.KindNotification, k == modgearman.KindEventhandler:
		return "a job for a worker: " + k.String()
	}
	return k.String() + " data"
}
