package status

import (
	"errors"
	"slices"
	"time"

	"gearctl/commands/internal/judge"
	"gearctl/wire"
)

// group is a row in the making.
type group struct {
	name               string
	named              bool
	servers, answering int
	answers            int // servers whose numbers are in the sums
	versions           []string
	totals
	workers  *int64
	problems []problem
	oldest   time.Time // of the answers in the sums
}

// servers sums servers by name or label.
func (g *grouping) servers(states []serverState) []*group {
	var list []*group
	type named struct {
		name string
		ok   bool
	}
	known := map[named]*group{}
	for i := range states {
		st := &states[i]
		name, ok := g.key(st.server)
		sum := known[named{name, ok}]
		if sum == nil {
			sum = &group{name: name, named: ok}
			known[named{name, ok}] = sum
			list = append(list, sum)
		}
		sum.servers++
		if st.err == nil && st.tally != nil {
			sum.answering++
		}
		if p := silence(st); p != nil {
			sum.problems = append(sum.problems, *p)
		}
		if st.tally != nil {
			sum.add(st)
		}
	}
	return list
}

// silence is the problem of a server that did not answer the last time, nil if it did.
func silence(st *serverState) *problem {
	err := st.err
	if err == nil && !st.silent.IsZero() { // it is being asked
		err = errNoAnswer
	}
	if err == nil {
		return nil
	}
	p := judge.Problem{State: judge.Failure(st.server, err).State, Text: failureText(st.server, err)}
	return &problem{Problem: p, server: st.server, silent: true, since: st.silent}
}

// failureText describes why a server did not answer. Which command it did not answer does not matter.
func failureText(server string, err error) string {
	if errors.Is(err, wire.ErrSilent) && !wire.IsUnreachable(err) {
		return wire.ErrSilent.Error()
	}
	return judge.FailureText(server, err)
}

// add adds the last answer of a server.
func (s *group) add(st *serverState) {
	t := st.tally
	s.answers++
	if v := t.version.Reported(); v != "" && !slices.Contains(s.versions, v) {
		s.versions = append(s.versions, v)
	}
	s.totals.queues += t.queues
	s.waiting += t.waiting
	s.running += t.running
	if t.workers != nil {
		s.addWorkers(*t.workers)
	}
	s.problems = append(s.problems, t.problems...)
	s.aged(st.answered)
}

func (s *group) addWorkers(n int64) {
	if s.workers == nil {
		s.workers = new(int64)
	}
	*s.workers += n
}

func (s *group) aged(answered time.Time) {
	if s.oldest.IsZero() || answered.Before(s.oldest) {
		s.oldest = answered
	}
}

// queues sums queues over all servers.
func (g *grouping) queues(states []serverState) []*group {
	var list []*group
	known := map[string]*group{}
	for i := range states {
		st := &states[i]
		if st.tally == nil {
			continue
		}
		for _, q := range st.tally.byQueue {
			s := known[q.Function]
			if s == nil {
				s = &group{name: q.Function, named: true}
				known[q.Function] = s
				list = append(list, s)
			}
			s.servers++
			s.answers++
			s.totals.add(q)
			s.addWorkers(wire.Counted(q.Workers))
			s.aged(st.answered)
		}
		for _, p := range st.tally.problems {
			if s := known[p.queue]; s != nil && p.queue != "" {
				s.problems = append(s.problems, p)
			}
		}
	}
	return list
}
