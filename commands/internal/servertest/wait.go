package servertest

import (
	"testing"
	"time"

	"gearctl/wire/waittest"
)

// Timeout is how long a test waits for an expected event.
const Timeout = waittest.Limit

// Until polls a condition until it holds; the test fails if it does not within Timeout.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(Timeout)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited %v until %s", Timeout, what)
		}
	}
}
