package top

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// workerList is the connections that serve the queue that is open, as lines under its row.
type workerList struct {
	id      rowID
	at      int // its row; -1 while it has none
	servers []string
	lines   []string
	asking  bool
	next    time.Time // when to ask again
}

// workerListInterval is the least time between two queries of the connections: a server with many queues takes long to answer.
const workerListInterval = 5 * time.Second

// openOrClose opens the row under the cursor, or closes it.
func (s *state) openOrClose() action {
	if len(s.rows) == 0 {
		return actionNone
	}
	at, _ := s.rowAt(s.cursor)
	id := s.id(at)
	if s.open != nil && s.open.id == id {
		s.close()
		return actionNone
	}
	s.close()
	at = s.find(id)
	s.open = &workerList{id: id, at: at, lines: []string{"querying the workers of this queue"}}
	for _, server := range s.servers {
		if id.server == "" || id.server == server.name {
			s.open.servers = append(s.open.servers, server.name)
		}
	}
	s.move(at)
	if at == 0 {
		s.held = id // the lines below belong to this queue: stay with it
	}
	return actionAskWorkers
}

// close closes what is open, and puts the cursor on its row if it was under it.
func (s *state) close() {
	if s.open == nil {
		return
	}
	row := 0
	if len(s.rows) > 0 {
		row, _ = s.rowAt(s.cursor)
	}
	s.open = nil
	s.move(row)
}

// workersDue reports whether the open queue's connections are to be asked for again.
func (s *state) workersDue() bool {
	return s.open != nil && !s.open.asking && !s.now.Before(s.open.next)
}

// workersMsg are the connections that serve a queue.
type workersMsg struct {
	id    rowID
	lines []string
	took  time.Duration
}

// showWorkers shows the connections, unless another queue is open by now.
func (s *state) showWorkers(news workersMsg) {
	if s.open == nil || s.open.id != news.id {
		return
	}
	s.open.asking = false
	s.open.next = s.now.Add(max(workerListInterval, 10*news.took))
	s.open.lines = news.lines
	s.findCursor()
}

// queryWorkers asks servers for the workers of a queue, each on a connection of its own: the answer may be long.
func queryWorkers(ctx context.Context, now func() time.Time, d *wire.Dialer, id rowID, addrs []string) workersMsg {
	began := now()
	news := workersMsg{id: id}
	for _, r := range wire.FanOut(ctx, d, addrs, servers.AskWorkers) {
		if r.Err != nil {
			news.lines = append(news.lines, r.Err.Error())
			continue
		}
		for _, w := range r.Value.Workers.Rows {
			if slices.Contains(w.Functions, id.queue) {
				news.lines = append(news.lines, workerLine(r.Server, id, w))
			}
		}
		if n := wire.CountBad(r.Value.Workers.Bad); n > 0 {
			news.lines = append(news.lines, fmt.Sprintf("%s: cannot parse %s", r.Server, output.Plural(n, "line", "lines")))
		}
	}
	if len(news.lines) == 0 {
		news.lines = []string{"no worker serves this queue"}
		if strings.ContainsAny(id.queue, " \t") {
			news.lines = []string{"workers unknown: the connection list splits queue names at blanks"}
		}
	}
	news.took = now().Sub(began)
	return news
}

// workerLine describes one connection.
func workerLine(server string, id rowID, w wire.WorkerStatus) string {
	var b strings.Builder
	if id.server == "" {
		b.WriteString(server + "  ")
	}
	b.WriteString(w.Address)
	if w.ID != "" && w.ID != "-" { // else its address and number have to do
		b.WriteString("  " + w.ID)
	}
	if w.FD >= 0 {
		fmt.Fprintf(&b, "  fd %d", w.FD)
	}
	if others := len(w.Functions) - 1; others > 0 {
		fmt.Fprintf(&b, "  and %s", output.Plural(int64(others), "other queue", "other queues"))
	}
	return b.String()
}
