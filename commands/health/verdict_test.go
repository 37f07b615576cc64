package health

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
)

// allStates are the states from the best to the gravest, as the Monitoring Plugins order them.
var allStates = []int{nagios.StateOK, nagios.StateUnknown, nagios.StateWarning, nagios.StateCritical}

// gravest returns the gravest of states.
func gravest(states []int) int {
	return allStates[slices.Max(append([]int{0}, indexes(states)...))]
}

func indexes(states []int) (list []int) {
	for _, s := range states {
		list = append(list, slices.Index(allStates, s))
	}
	return list
}

// sequences calls f for every sequence of states of up to n.
func sequences(n int, f func(states []int)) {
	var extend func(states []int)
	extend = func(states []int) {
		f(states)
		if len(states) < n {
			for _, s := range allStates {
				extend(append(slices.Clone(states), s))
			}
		}
	}
	extend(nil)
}

// TestALighterLaterReasonNeverLowersAQueue: whatever reasons come for a queue, in whatever order, its state is that of the
// gravest, and so is that of the report; another queue and the server's own reasons leave it alone.
func TestALighterLaterReasonNeverLowersAQueue(t *testing.T) {
	t.Parallel()
	tried := 0
	sequences(5, func(states []int) {
		for first := range len(states) + 1 { // reasons of the queue's own check; those after it come from slow checks
			tried++
			s := &serverResult{server: "gm1:4730", queues: []queueResult{
				{FunctionStatus: wire.FunctionStatus{Function: "other"}},
				{FunctionStatus: wire.FunctionStatus{Function: "q"}, state: gravest(states[:first])},
			}}
			for i, state := range states {
				s.add(state, "q", "reason %d", i)
				s.add(nagios.StateCritical, "", "of the server")
			}
			for i := first; i < len(states); i++ { // one part after the other
				s.propagate(s.reasons[2*i : 2*i+2])
			}
			if got, want := s.queues[1].state, gravest(states); got != want {
				t.Fatalf("a lighter later reason must not lower a queue: reasons %v, the first %d of its own check: state %d, want %d", states, first, got, want)
			}
			if s.queues[0].state != nagios.StateOK {
				t.Fatalf("reasons of q changed the queue other: state %d", s.queues[0].state)
			}
		}
	})
	if tried < 1365*3 {
		t.Errorf("only %d orders were tried", tried)
	}
}

// TestTheReportHasTheGravestState: over all servers and whatever order their reasons have; the first reason printed is one of
// the gravest, and none is missing.
func TestTheReportHasTheGravestState(t *testing.T) {
	t.Parallel()
	all, err := servers.NewMatcher(nil)
	if err != nil {
		t.Fatal(err)
	}
	sequences(4, func(states []int) {
		for split := range len(states) + 1 {
			a, b := &serverResult{server: "a"}, &serverResult{server: "b"}
			for i, state := range states {
				if i < split {
					a.add(state, "q", "%d", i)
				} else {
					b.add(state, "", "%d", i)
				}
			}
			r := newReport([]*serverResult{b, a}, &options{matcher: all}, &ruleSet{})
			if r.state() != gravest(states) || len(r.reasons) != len(states) {
				t.Fatalf("reasons %v, %d of them of the first server: the report says state %d with %d reasons, want %d with all", states, split, r.state(), len(r.reasons), gravest(states))
			}
			if !slices.IsSortedFunc(r.reasons, func(x, y reason) int {
				return slices.Index(allStates, y.state) - slices.Index(allStates, x.state)
			}) {
				t.Fatalf("the gravest reason is not the first: %+v", r.reasons)
			}
		}
	})
}

// TestAQueueHasTheGravestOfItsReasons judges queues with every combination of thresholds, and compares the state of each queue
// with the reasons that name it.
func TestAQueueHasTheGravestOfItsReasons(t *testing.T) {
	t.Parallel()
	all, err := servers.NewMatcher(nil)
	if err != nil {
		t.Fatal(err)
	}
	none, _ := servers.NewMatcher(nil)
	limits := []nagios.Limits{}
	for _, l := range [][2]string{{"", ""}, {"2", ""}, {"", "2"}, {"0", "2"}, {"2", "0"}, {"0:", "0:"}, {"1:", ""}, {"", "1:"}} {
		p, err := nagios.ParseLimits(l[0], l[1])
		if err != nil {
			t.Fatal(err)
		}
		limits = append(limits, p)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		v := &inspection{o: &options{matcher: all}, rules: &ruleSet{excluded: none}}
		for m := range v.rules.general {
			if !nagios.Metric(m).ByPriority() {
				v.rules.general[m] = limits[rng.IntN(len(limits))]
			}
		}
		snap := &servers.Snapshot{}
		for i := range 4 {
			running := rng.Int64N(4)
			snap.Queues.Rows = append(snap.Queues.Rows, wire.FunctionStatus{
				Function: fmt.Sprint("q", i), Total: running + rng.Int64N(4), Running: running, Workers: rng.Int64N(3),
			})
		}
		s := &serverResult{server: "gm1:4730"}
		v.checkQueues(t.Context(), nil, s, snap)
		for _, q := range s.queues {
			var states []int
			for _, r := range s.reasons {
				if r.queue == q.Function {
					states = append(states, r.state)
				}
			}
			if q.state != gravest(states) {
				t.Fatalf("queue %+v has state %d, its reasons are %+v", q.FunctionStatus, q.state, s.reasons)
			}
			if q.Waiting() > 0 && q.Workers == 0 && q.state != nagios.StateCritical {
				t.Fatalf("jobs wait and nobody works: %+v must be CRITICAL, is %d", q.FunctionStatus, q.state)
			}
		}
	}
}
