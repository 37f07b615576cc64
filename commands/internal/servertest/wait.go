package servertest

import (
	"testing"
	"time"
)

// Timeout is how long a test waits for an expected event, generous enough for a busy machine.
const Timeout = time.Minute

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
			t.Fatal("timed out waiting until ", what)
		}
	}
}
