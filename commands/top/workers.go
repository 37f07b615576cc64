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

// topCrew is the connections that serve the queue that is open, as lines under its row.
type topCrew struct {
	id      topID
	at      int // its row; -1 while it has none
	servers []string
	lines   []string
	asking  bool
	next    time.Time // when to ask again
}

// topCrewPause is the least time between two questions for connections: a server with many queues takes long to tell.
const topCrewPause = 5 * time.Second

// openOrClose opens the row under the cursor, or closes it.
func (s *topState) openOrClose() topDo {
	if len(s.rows) == 0 {
		return topNothing
	}
	at, _ := s.rowAt(s.cursor)
	id := s.rows[at].id()
	if s.open != nil && s.open.id == id {
		s.close()
		return topNothing
	}
	s.close()
	at = s.find(id)
	s.open = &topCrew{id: id, at: at, lines: []string{"querying the workers of this queue"}}
	for _, server := range s.servers {
		if id.server == "" || id.server == server.name {
			s.open.servers = append(s.open.servers, server.name)
		}
	}
	s.move(at)
	if at == 0 {
		s.held = id // the lines below belong to this queue: stay with it
	}
	return topAskCrew
}

// close closes what is open, and puts the cursor on its row if it was under it.
func (s *topState) close() {
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

// crewDue reports whether the open queue's connections are to be asked for again.
func (s *topState) crewDue() bool {
	return s.open != nil && !s.open.asking && !s.now.Before(s.open.next)
}

// topCrewNews is what was told of the connections that serve a queue.
type topCrewNews struct {
	id    topID
	lines []string
	took  time.Duration
}

// crewTold shows what was told, unless another queue is open by now.
func (s *topState) crewTold(news topCrewNews) {
	if s.open == nil || s.open.id != news.id {
		return
	}
	s.open.asking = false
	s.open.next = s.now.Add(max(topCrewPause, 10*news.took))
	s.open.lines = news.lines
	s.findCursor()
}

// askCrew asks servers who serves a queue, each on a connection of its own: the answer may be long.
func askCrew(ctx context.Context, now func() time.Time, d *wire.Dialer, id topID, addrs []string) topCrewNews {
	began := now()
	news := topCrewNews{id: id}
	for _, r := range wire.FanOut(ctx, d, addrs, servers.AskWorkers) {
		if r.Err != nil {
			news.lines = append(news.lines, r.Err.Error())
			continue
		}
		for _, w := range r.Value.Workers.Rows {
			if slices.Contains(w.Functions, id.queue) {
				news.lines = append(news.lines, crewLine(r.Server, id, w))
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

// crewLine tells of one connection.
func crewLine(server string, id topID, w wire.WorkerStatus) string {
	var b strings.Builder
	if id.server == "" {
		b.WriteString(server + "  ")
	}
	fmt.Fprintf(&b, "%s  %s", w.Address, w.ID)
	if w.FD >= 0 {
		fmt.Fprintf(&b, "  fd %d", w.FD)
	}
	if others := len(w.Functions) - 1; others > 0 {
		fmt.Fprintf(&b, "  and %s", output.Plural(int64(others), "other queue", "other queues"))
	}
	return b.String()
}
