package commandtest

import (
	"regexp"
	"testing"

	"gearctl/wire/disk/disktest"
)

// longText is the contents of a file that a failure message shortens.
var longText = regexp.MustCompile(`("[^"]{200})[^\n]*`)

// SurviveCrashes is disktest.Survive for whole commands, which take a while: it lets the power fail a second time, during a
// restart, only with the tag soak. It logs how many crash points and states it tried.
func SurviveCrashes(t testing.TB, s *disktest.Sim, restart func(d *disktest.Sim, c disktest.Crash) error) {
	t.Helper()
	if CrashRounds > 1 {
		first, second := disktest.Survive(t, s, restart)
		t.Logf("crashes: %+v, and during a restart %+v", first, second)
		return
	}
	for c := range s.Crashes {
		if err := restart(c.Restart(), c); err != nil {
			found := longText.ReplaceAllString(c.Restart().String(), "$1…")
			t.Fatalf("%s\n%v\nfound:\n%snotes: %q", c.What, err, found, c.Notes())
		}
	}
	t.Logf("crashes: %+v", s.Tally())
}
