package servertest

import (
	"testing"
	"time"
)

// Patience is how long a test waits for what must happen, however busy the machine is.
const Patience = time.Minute

// Until waits until a condition holds, and fails the test when it never does.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(Patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("waited in vain until ", what)
		}
	}
}
