package servers

import (
	"cmp"

	"gearctl/output"
	"gearctl/wire"
)

// StatusRow is a Queue as it is printed.
type StatusRow struct {
	Server  string `json:"server" out:"name"`
	Queue   string `json:"queue" out:"name"`
	Total   int64  `json:"total" out:"drop1"`
	High    *int64 `json:"high" out:"optional,drop3"`
	Normal  *int64 `json:"normal" out:"optional,drop3"`
	Low     *int64 `json:"low" out:"optional,drop3"`
	Waiting int64  `json:"waiting" out:"keep"`
	Running int64  `json:"running" out:"drop2"`
	Workers int64  `json:"workers" out:"drop6"`
}

// Style highlights queues without workers.
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

// CompareStatusRows orders rows by server and queue.
func CompareStatusRows(a, b StatusRow) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Queue, b.Queue))
}

// NewStatusRow returns the row of a queue. p is nil if its jobs by priority are not known.
func NewStatusRow(q Queue, p *wire.PriorityStatus) StatusRow {
	r := StatusRow{Server: q.Server, Queue: q.Function, Total: q.Total, Waiting: q.Waiting(), Running: q.Running, Workers: q.Workers}
	if p != nil {
		r.High, r.Normal, r.Low = &p.High, &p.Normal, &p.Low
	}
	return r
}

// Cell returns the number in a column, 0 for other columns.
func (r StatusRow) Cell(key string) int64 {
	switch key {
	case "total":
		return r.Total
	case "waiting":
		return r.Waiting
	case "running":
		return r.Running
	case "workers":
		return r.Workers
	}
	return 0
}
