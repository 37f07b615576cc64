package disktest

import (
	"strings"
	"testing"
)

// maxReports is after how many violations Survive stops.
const maxReports = 5

// Survive calls restart with the file system found after every crash of s, and again with that after every crash during such
// a restart: a second loss of power while the first is being recovered from. restart does what the next start of a program
// does, and returns an error if the state, with the events c.Notes, breaks a promise. Equal states are tried once. The count
// is of both rounds; the second is Tally.Points of the restarts.
func Survive(t testing.TB, s *Sim, restart func(d *Sim, c Crash) error) (first, second Tally) {
	t.Helper()
	seen := map[crashKey]bool{}
	reports := 0
	try := func(c Crash) (*Sim, bool) {
		seen[c.key] = true
		d := c.Restart()
		err := restart(d, c)
		if err == nil {
			return d, true
		}
		reports++
		t.Errorf("%s\n%v\nfound:\n%snotes: %q\nlog of the restart:\n%s\n", c.What, err, c.image.String(), c.notes, strings.Join(d.Log(), "\n"))
		return d, false
	}
	for c := range s.Crashes {
		d, ok := try(c)
		if reports >= maxReports {
			t.Fatal("there may be more")
		}
		if !ok {
			continue
		}
		for again := range d.Crashes {
			if !seen[again.key] {
				try(again)
			}
			if reports >= maxReports {
				t.Fatal("there may be more")
			}
		}
		second.Add(d.Tally())
	}
	return s.Tally(), second
}
