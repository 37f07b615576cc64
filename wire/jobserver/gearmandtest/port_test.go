package gearmandtest_test

import (
	"testing"

	"gearctl/wire/jobserver/gearmandtest"
)

// TestAPortIsGivenOnce: or one test would start a server where another one has a server that is down.
func TestAPortIsGivenOnce(t *testing.T) {
	t.Parallel()
	given := map[string]bool{}
	for range 700 { // of 17,000: some would be given twice
		addr := gearmandtest.FreeAddr(t)
		if given[addr] {
			t.Errorf("%s was given twice", addr)
		}
		given[addr] = true
	}
}
