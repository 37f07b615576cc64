package work

import (
	"testing"
	"time"
)

// TestTheListOfJobsIsReadSeldom: gearmand answers nobody else while it writes the list.
func TestTheListOfJobsIsReadSeldom(t *testing.T) {
	t.Parallel()
	at := time.Unix(1e9, 0)
	for name, c := range map[string]struct {
		f        *failures
		interval time.Duration
		want     bool
	}{
		"never read":                       {&failures{}, time.Second, true},
		"the server has no list":           {&failures{none: true}, 0, false},
		"a short list, just under":         {&failures{read: at.Add(-999 * time.Millisecond), took: time.Millisecond}, time.Second, false},
		"a short list":                     {&failures{read: at.Add(-time.Second), took: time.Millisecond}, time.Second, true},
		"a long list, after the interval":  {&failures{read: at.Add(-99 * time.Second), took: time.Second}, time.Second, false},
		"a long list":                      {&failures{read: at.Add(-100 * time.Second), took: time.Second}, time.Second, true},
		"no unique key, a long list":       {&failures{read: at.Add(-99 * time.Second), took: time.Second}, 0, false},
		"no unique key, a list of no time": {&failures{read: at}, 0, true},
	} {
		if got := c.f.due(at, c.interval); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}
