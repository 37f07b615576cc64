package top

import (
	"bufio"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// printClassic prints a round as gearman_top -b does.
func (r *recorder) printClassic(now time.Time, states []*serverState) error {
	w := bufio.NewWriter(r.env.Stdout)
	for _, s := range states {
		var queues []wire.FunctionStatus
		for _, q := range s.queues {
			if r.wanted(q) {
				queues = append(queues, q.FunctionStatus)
			}
		}
		servers.WriteClassicHeader(w, now, s.name, s.version)
		servers.WriteClassic(w, queues)
	}
	return w.Flush()
}
