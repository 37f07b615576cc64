package disktest

import (
	"strings"
	"testing"
)

// maxReports is after how many violations Survive stops.
const maxReports = 5

// Survive calls restart with the file system found after every crash of s, and again with that after every crash during such
// a restart: a second loss of power while the first is being recovered from. restart does what the next start of a program
// does, and returns an error if the state, with the events c.Notes, breaks a promise. Equal states are tried once, and of
// those that differ in their notes only the last has a second crash. With -short there are no second crashes. It
// returns the counts of both rounds.
func Survive(t testing.TB, s *Sim, restart func(d *Sim, c Crash) error) (first, second Tally) {
	t.Helper()
	seen := map[crashKey]bool{}
	reports := 0
	try := func(c Crash) *Sim {
		t.Helper()
		seen[c.key] = true
		d := c.Restart()
		err := restart(d, c)
		if err == nil {
			return d
		}
		reports++
		t.Errorf("%s\n%v\nfound:\n%snotes: %q\nlog of the restart:\n%s\n", c.What, err, c.image.String(), c.notes, strings.Join(d.Log(), "\n"))
		if reports == maxReports {
			t.Fatal("there may be more")
		}
		return nil
	}
	restarted := map[uint64]*Sim{}
	var order []uint64
	for c := range s.Crashes {
		d := try(c)
		if d == nil {
			continue
		}
		if restarted[c.key.image] == nil {
			order = append(order, c.key.image)
		}
		restarted[c.key.image] = d
	}
	if testing.Short() {
		return s.Tally(), second
	}
	for _, image := range order {
		for again := range restarted[image].Crashes {
			if !seen[again.key] {
				try(again)
			}
		}
		second.Add(restarted[image].Tally())
	}
	return s.Tally(), second
}
