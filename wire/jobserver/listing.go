package jobserver

import (
	"fmt"
	"strconv"
	"strings"

	"gearctl/wire"
)

// endOfList is the last line of a list.
const endOfList = ".\n"

const (
	listStep  = 32 << 10  // bytes of rows generated at a time
	listAhead = 256 << 10 // bytes generated before the client reads them; a list up to this size is a consistent snapshot
)

// listing generates a list while its client reads it, so that a connection buffers at most listAhead bytes. A longer list
// shows changes made meanwhile.
type listing struct {
	// rows appends the next rows, about listStep bytes, and reports whether they were the last.
	rows func(b []byte) (longer []byte, end bool)
}

// list returns the listing for an admin command, or nil if the command is not a list.
func (s *Server) list(words []string) *listing {
	command := strings.ToLower(strings.Join(words, " "))
	switch {
	case strings.EqualFold(words[0], "workers"):
		return newListing(&s.conns, appendConn)
	case strings.EqualFold(words[0], "status"):
		return newListing(&s.functions.order, appendStatus)
	case strings.EqualFold(words[0], "prioritystatus"):
		return newListing(&s.functions.order, appendPriorities)
	case command == "show jobs":
		return newListing(&s.jobs.all, appendJob)
	case command == "show unique jobs":
		return newListing(&s.jobs.all, appendUnique)
	}
	return nil
}

func newListing[T any](all *sequence[T], row func([]byte, *T) []byte) *listing {
	last := uint64(0)
	return &listing{rows: func(b []byte) ([]byte, bool) {
		for n, v := range all.after(last) {
			if len(b) >= listStep {
				return b, false
			}
			b, last = row(b, v), n
		}
		return append(b, endOfList...), true
	}}
}

// writeList writes the pending list, if any, as fast as the client reads it.
func (c *conn) writeList() {
	var b []byte
	for c.listing != nil {
		c.srv.mu.Lock()
		for waiting := 0; c.listing != nil && waiting < listAhead; {
			var end bool
			if b, end = c.listing.rows(b[:0]); end {
				c.listing = nil
			}
			_, waiting = c.out.text(b)
		}
		if c.listing == nil {
			c.out.endList()
		}
		c.srv.mu.Unlock()
		c.out.wake()
		if !c.out.waitUntil(func(waiting int) bool { return waiting <= listAhead/2 }) {
			c.listing = nil
		}
	}
}

func appendConn(b []byte, c *conn) []byte {
	b = fmt.Appendf(b, "%d %s %s :", c.fd, c.host, c.id)
	for a := range c.abilities.all {
		b = append(append(b, ' '), a.fn.name...)
	}
	return append(b, '\n')
}

func appendStatus(b []byte, f *function) []byte {
	return appendRow(b, f.name, f.total, f.running, f.workers.n)
}

// appendPriorities counts waiting jobs, including ignored and future ones, but not running ones (B.5.17).
func appendPriorities(b []byte, f *function) []byte {
	w := &f.waiting
	return appendRow(b, f.name, w[wire.PriorityHigh].n, w[wire.PriorityNormal].n, w[wire.PriorityLow].n, f.workers.n)
}

func appendJob(b []byte, j *job) []byte {
	return appendRow(b, j.handle, int(j.retries), boolToInt(j.ignored), boolToInt(j.queued))
}

func appendRow(b, name []byte, numbers ...int) []byte {
	b = append(b, name...)
	for _, n := range numbers {
		b = strconv.AppendInt(append(b, '\t'), int64(n), 10)
	}
	return append(b, '\n')
}

func appendUnique(b []byte, j *job) []byte { return append(append(b, j.unique...), '\n') }

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
