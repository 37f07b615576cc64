package statuspage

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/judge"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/trend"
	"gearctl/output"
)

// A queue is reported as stalled after so much time without progress, and as rising from so many waiting jobs on.
const (
	minStalled = 100 * time.Second
	minRising  = 10
)

// stateRising is no state of a plugin: a queue that grows is worth a look, and no more.
const stateRising = nagios.StateOK

// problem is what is wrong with a server, or with one of its queues.
type problem struct {
	judge.Problem
	word   string // what the row of a queue says; empty: what it says as it is
	server *serverState
	queue  *queueState // nil: the server
	since  time.Time   // zero: not known

	servers int64 // if it is of so many servers, of which server is the first
}

// collapse makes one problem of those of a queue that several servers have: its jobs are the sum, its time is the earliest.
func collapse(problems []problem) []problem {
	type key struct {
		queue, word string
		state       int
	}
	keyOf := func(pr *problem) key { return key{pr.name(), pr.word, pr.State} }
	type together struct{ servers, waiting int64 }
	sums := map[key]*together{}
	first := map[key]int{}
	var list []problem
	for _, pr := range problems {
		if pr.queue == nil {
			list = append(list, pr)
			continue
		}
		k := keyOf(&pr)
		if sums[k] == nil {
			sums[k], first[k] = new(together), len(list)
			list = append(list, pr)
		}
		sums[k].servers++
		sums[k].waiting += pr.waiting()
		if one := &list[first[k]]; pr.since.Before(one.since) {
			one.since = pr.since
		}
	}
	for k, i := range first {
		if t := sums[k]; t.servers > 1 {
			pr := &list[i]
			pr.servers, pr.Text = t.servers, k.word+": "+judge.WaitingJobs(t.waiting)
		}
	}
	return list
}

// problems returns what is wrong, the worst first.
func (p *Page) problems() []problem {
	var list []problem
	for _, s := range p.servers {
		for _, pr := range p.serverProblems(s) {
			pr.server = s
			list = append(list, pr)
		}
		if s.err != nil {
			continue // its queues are as they were
		}
		for _, q := range s.queues {
			list = q.appendProblems(list)
		}
	}
	slices.SortFunc(list, func(a, b problem) int {
		return cmp.Or(judge.Severity(b.State)-judge.Severity(a.State), a.rank()-b.rank(), cmp.Compare(b.waiting(), a.waiting()),
			cmp.Compare(a.server.name, b.server.name), cmp.Compare(a.name(), b.name()), cmp.Compare(a.Text, b.Text))
	})
	return list
}

// rank puts servers before queues of the same state.
func (pr *problem) rank() int {
	if pr.queue == nil {
		return 0
	}
	return 1
}

func (pr *problem) waiting() int64 {
	if pr.queue == nil {
		return 0
	}
	return pr.queue.Waiting()
}

func (pr *problem) name() string {
	if pr.queue == nil {
		return ""
	}
	return pr.queue.Function
}

// serverProblems returns what is wrong with a server.
func (p *Page) serverProblems(s *serverState) (list []problem) {
	switch {
	case s.err != nil:
		pr := problem{Problem: judge.Failure(s.name, s.err), since: cmpTime(s.lastAnswer, p.started)}
		pr.Text = "no answer (" + pr.Text + ")"
		return append(list, pr)
	case s.lastAnswer.IsZero():
		return nil
	case s.known == 0 && len(s.bad) == 0:
		list = append(list, problem{Problem: judge.NoQueues()})
	}
	for _, pr := range judge.Unreadable("status", s.bad) {
		list = append(list, problem{Problem: pr})
	}
	if s.leftOut > 0 {
		list = append(list, problem{Problem: judge.Problem{State: nagios.StateUnknown, Text: fmt.Sprintf(
			"%s left out: this page keeps %s of each server, those with the most jobs",
			output.Plural(int64(s.leftOut), "queue", "queues"), output.Count(int64(len(s.queues))),
		)}})
	}
	return list
}

func cmpTime(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

// appendProblems adds what is wrong with a queue.
func (q *queueState) appendProblems(list []problem) []problem {
	for _, pr := range judge.Queue(q.FunctionStatus) {
		found := problem{Problem: pr, word: "cannot be true", server: q.server, queue: q}
		if pr.State == nagios.StateCritical {
			found.word, found.since = "no worker", q.unserved
		}
		list = append(list, found)
	}
	switch watched := q.server.lastAnswer.Sub(q.stalled); {
	case judge.Unserved(q.FunctionStatus):
	case q.stall != nil && q.samples >= judge.StallSamples && watched >= minStalled:
		list = append(list, problem{Problem: q.stall.Problem(watched.Round(time.Second)), word: "stalled", server: q.server, queue: q, since: q.stalled})
	case q.rising():
		before := max(0, q.Waiting()-(q.flow.Rise-q.flow.Fall))
		list = append(list, problem{Problem: judge.Problem{State: stateRising, Text: fmt.Sprintf(
			"rising: %s then %s waiting within %s, %s", output.Count(before), output.Count(q.Waiting()), q.server.window(), output.Plural(q.Workers, "worker", "workers"),
		)}, word: "rising", server: q.server, queue: q})
	}
	return list
}

// rising reports whether a queue with a backlog has grown over the last trend.Window polls.
func (q *queueState) rising() bool {
	return q.Waiting() >= minRising && q.server.polls > trend.Window && judge.Growing(float64(q.flow.Rise), float64(q.flow.Fall))
}

// window is how much time the last trend.Window polls of a server took, as a rule.
func (s *serverState) window() string {
	each := s.lastAnswer.Sub(s.answersSince) / time.Duration(max(1, s.polls-1))
	return cmderr.ShortDuration((each * trend.Window).Round(time.Second))
}
