package top

import (
	"errors"
	"testing"

	"gearctl/commands/internal/cmderr"
)

// TestTheOutcomeOfARecording: a recording in which a server missed some rounds is partial, also if it is the only one; without any
// answer it failed.
func TestTheOutcomeOfARecording(t *testing.T) {
	t.Parallel()
	down := errors.New("b: connection refused")
	for name, c := range map[string]struct {
		rounds  int
		missed  []int
		text    string // of the error; empty: none
		partial bool
	}{
		"interrupted before the first round": {0, []int{0, 0}, "", false},
		"all answered":                       {10, []int{0, 0}, "", false},
		"the only one missed a round":        {10, []int{1}, "a: no answer 1 of 10 times", true},
		"it answered once":                   {10, []int{9}, "a: no answer 9 of 10 times", true},
		"all missed rounds":                  {10, []int{1, 9}, "a: no answer 1 of 10 times\nb: no answer 9 of 10 times", true},
		"one answered":                       {10, []int{0, 10}, "b: connection refused", true},
		"none ever answered":                 {10, []int{10}, "b: connection refused", false},
	} {
		r := &recorder{rounds: c.rounds, missed: c.missed}
		for i := range c.missed {
			r.servers = append(r.servers, &serverState{name: string(rune('a' + i))})
			r.why = append(r.why, down)
		}
		err := r.outcome()
		text := ""
		if err != nil {
			text = err.Error()
		}
		var partial *cmderr.Partial
		if got := errors.As(err, &partial); text != c.text || got != c.partial {
			t.Errorf("%s: got %q, partial %v", name, text, got)
		}
	}
}
