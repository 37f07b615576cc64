package jobserver

import (
	"fmt"
	"strconv"
	"strings"
)

// endOfList is the last line of every answer that is a list.
const endOfList = ".\n"

const (
	listStep  = 32 << 10  // bytes of rows that are made at once
	listAhead = 256 << 10 // bytes that may wait while more rows are made; a list up to this size shows one moment
)

// listing is an answer that is made while its client reads it: however many lists are asked for and however long they
// are, a connection holds no more than listAhead of them. A longer one shows what is added and removed meanwhile.
type listing struct {
	// rows appends what follows, about listStep bytes, and reports whether that was the end.
	rows func(b []byte) (longer []byte, end bool)
}

// list returns the listing that an admin command asks for, or nil when it asks for something else.
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

// writeList writes the list that was asked for, if one was, as fast as the client reads it.
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
		if !c.out.await(func(waiting int) bool { return waiting <= listAhead/2 }) {
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

// appendPriorities counts what waits, ignored and future jobs included, not what runs (B.5.17).
func appendPriorities(b []byte, f *function) []byte {
	w := &f.waiting
	return appendRow(b, f.name, w[high].n, w[normal].n, w[low].n, f.workers.n)
}

func appendJob(b []byte, j *job) []byte {
	return appendRow(b, j.handle, int(j.retries), digit(j.ignored), digit(j.stored))
}

func appendRow(b, name []byte, numbers ...int) []byte {
	b = append(b, name...)
	for _, n := range numbers {
		b = strconv.AppendInt(append(b, '\t'), int64(n), 10)
	}
	return append(b, '\n')
}

func appendUnique(b []byte, j *job) []byte { return append(append(b, j.unique...), '\n') }

func digit(b bool) int {
	if b {
		return 1
	}
	return 0
}
