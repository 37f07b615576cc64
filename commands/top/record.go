package top

import (
	"slices"
	"time"

	"gearctl/commands/internal/servers"
)

// topRecord is a queue on a server at a time, for recording.
type topRecord struct {
	Time time.Time `json:"time"`
	servers.StatusRow
	In  *float64 `json:"in_per_second"`
	Out *float64 `json:"out_per_second"`
}

// records returns the rows of a round.
func (r *topRecorder) records(now time.Time, addrs []*topServer) []topRecord {
	var rows []topRecord
	for _, s := range addrs {
		for _, q := range s.queues {
			if r.wanted(q) {
				rows = append(rows, newTopRecord(now, s, q))
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b topRecord) int { return servers.CompareStatusRows(a.StatusRow, b.StatusRow) })
	return rows
}

func newTopRecord(now time.Time, s *topServer, q *topQueue) topRecord {
	row := topRecord{Time: now, StatusRow: servers.NewStatusRow(servers.Queue{Server: s.name, FunctionStatus: q.FunctionStatus}, nil)}
	if q.split {
		high, normal, low := q.high, q.normal, q.low
		row.High, row.Normal, row.Low = &high, &normal, &low
	}
	if in, out, ok := s.lastRates(q); ok {
		row.In, row.Out = &in, &out
	}
	return row
}

// lastRates returns the rates of a queue between the last two looks; ok is false when there were none.
func (s *topServer) lastRates(q *topQueue) (in, out float64, ok bool) {
	i := (s.looks + topLooks - 1) % topLooks
	d := s.spans.spans[i].Seconds()
	if d <= 0 {
		return 0, 0, false
	}
	rise, fall := q.flow.at(int64(i))
	return float64(rise) / d, float64(fall) / d, true
}
