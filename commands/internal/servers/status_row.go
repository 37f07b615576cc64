package servers

import (
	"cmp"
	"context"
	"slices"

	"gearctl/output"
	"gearctl/wire"
)

// PriorityCountsSince is the first gearmand whose prioritystatus counts correctly.
const PriorityCountsSince = "1.1.20"

// ResultQueuePrefix begins the names of the queues where we wait for results.
const ResultQueuePrefix = "gearctl_check_"

// AskQueue returns the row of a queue. Of a server that does not list it the row is empty.
func AskQueue(ctx context.Context, c *wire.Conn, queue string) (*wire.FunctionStatus, error) {
	s, err := AskQueues(ctx, c)
	if q := s.Queue(queue); q != nil || err != nil {
		return q, err
	}
	return &wire.FunctionStatus{Function: queue}, nil
}

// MaxListedJobs is up to how many jobs a server may have to be asked for all of them: it stands still meanwhile.
const MaxListedJobs = 20_000

// ExtraReleases is how often a job may be handed back beyond what has happened to it: by us, who may be killed, and once by a
// worker after that. Where jobs are handed back for certain, to keep their order, it is once more.
const ExtraReleases = 2

func FindQueue(list []wire.FunctionStatus, name string) *wire.FunctionStatus {
	i := slices.IndexFunc(list, func(q wire.FunctionStatus) bool { return q.Function == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func TotalJobs(list []wire.FunctionStatus) int64 {
	var n int64
	for _, q := range list {
		n += q.Total
	}
	return n
}

// StatusRow is a Queue as it is printed.
type StatusRow struct {
	Server  string `json:"server"`
	Queue   string `json:"queue" out:"wide"`
	Total   int64  `json:"total"`
	High    *int64 `json:"high" out:"optional"`
	Normal  *int64 `json:"normal" out:"optional"`
	Low     *int64 `json:"low" out:"optional"`
	Waiting int64  `json:"waiting"`
	Running int64  `json:"running"`
	Workers int64  `json:"workers"`
}

// Style marks the queue that nobody works on.
func (r StatusRow) Style(key string) output.Style {
	switch {
	case key == "waiting" && r.Waiting > 0 && r.Workers == 0, key == "workers" && r.Waiting > 0 && r.Workers == 0:
		return output.Bad
	case key == "waiting" && r.Waiting > 0:
		return output.Warn
	case key == "running" && r.Running > 0:
		return output.Good
	}
	return output.Plain
}

func CompareStatusRows(a, b StatusRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}

// NewStatusRow returns the row of a queue. p is nil where its jobs by priority are not known.
func NewStatusRow(q Queue, p *wire.PriorityStatus) StatusRow {
	r := StatusRow{Server: q.Server, Queue: q.Function, Total: q.Total, Waiting: q.Waiting(), Running: q.Running, Workers: q.Workers}
	if p != nil {
		r.High, r.Normal, r.Low = &p.High, &p.Normal, &p.Low
	}
	return r
}
