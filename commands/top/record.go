package top

import (
	"slices"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/trend"
)

// record is a queue on a server at a time, for recording.
type record struct {
	Time time.Time `json:"time"`
	servers.StatusRow
	In  *float64 `json:"in_per_second"`
	Out *float64 `json:"out_per_second"`
}

// records returns the rows of a round.
func (r *recorder) records(now time.Time, addrs []*serverState) []record {
	var rows []record
	for _, s := range addrs {
		for _, q := range s.queues {
			if r.wanted(q) {
				rows = append(rows, newRecord(now, s, q))
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b record) int { return servers.CompareStatusRows(a.StatusRow, b.StatusRow) })
	return rows
}

func newRecord(now time.Time, s *serverState, q *queueState) record {
	row := record{Time: now, StatusRow: servers.NewStatusRow(servers.Queue{Server: s.name, FunctionStatus: q.FunctionStatus}, nil)}
	if q.hasPriorities {
		high, normal, low := q.high, q.normal, q.low
		row.High, row.Normal, row.Low = &high, &normal, &low
	}
	if in, out, ok := s.lastRates(q); ok {
		row.In, row.Out = &in, &out
	}
	return row
}

// lastRates returns the rates of a queue between the last two polls; ok is false when there were none.
func (s *serverState) lastRates(q *queueState) (in, out float64, ok bool) {
	d := s.lastSpan()
	if d <= 0 {
		return 0, 0, false
	}
	rise, fall := q.lastFlow()
	return float64(rise) / d, float64(fall) / d, true
}

// lastSpan returns how many seconds lie between the last two polls; 0: that is not known.
func (s *serverState) lastSpan() float64 {
	return s.spans.At((s.polls + trend.Window - 1) % trend.Window).Seconds()
}
