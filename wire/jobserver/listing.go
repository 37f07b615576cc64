package jobserver

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// endOfList is the last line of every answer that is a list.
const endOfList = ".\n"

func (s *Server) listWorkers() []byte {
	var b []byte
	for c := range s.conns.all {
		b = fmt.Appendf(b, "%d %s %s :", c.fd, c.host, c.id)
		for a := range c.abilities.all {
			b = append(append(b, ' '), a.fn.name...)
		}
		b = append(b, '\n')
	}
	return append(b, endOfList...)
}

func (s *Server) listStatus() []byte {
	var b []byte
	for f := range s.functions.order.all {
		b = fmt.Appendf(b, "%s\t%d\t%d\t%d\n", f.name, f.total, f.running, f.workers.n)
	}
	return append(b, endOfList...)
}

// listPriorities counts what waits, ignored and future jobs included, not what runs (B.5.17).
func (s *Server) listPriorities() []byte {
	var b []byte
	for f := range s.functions.order.all {
		w := &f.waiting
		b = fmt.Appendf(b, "%s\t%d\t%d\t%d\t%d\n", f.name, w[high].n, w[normal].n, w[low].n, f.workers.n)
	}
	return append(b, endOfList...)
}

func (s *Server) show(words []string) []byte {
	switch {
	case len(words) == 3 && strings.EqualFold(words[1], "unique") && strings.EqualFold(words[2], "jobs"):
		return s.listUniques()
	case len(words) == 2 && strings.EqualFold(words[1], "jobs"):
		return s.listJobs()
	}
	return []byte(answerUnknownShow)
}

func (s *Server) listJobs() []byte {
	var b []byte
	for _, n := range s.jobs.numbers() {
		j := s.jobs.byNumber[n]
		b = fmt.Appendf(b, "%s\t%d\t%d\t%d\n", j.handle, j.retries, digit(j.ignored), digit(j.stored))
	}
	return append(b, endOfList...)
}

func (s *Server) listUniques() []byte {
	var b []byte
	for _, n := range s.jobs.numbers() {
		b = append(append(b, s.jobs.byNumber[n].unique...), '\n')
	}
	return append(b, endOfList...)
}

// numbers returns the numbers of all jobs, oldest first.
func (t *jobTable) numbers() []uint64 { return slices.Sorted(maps.Keys(t.byNumber)) }

func digit(b bool) int {
	if b {
		return 1
	}
	return 0
}
