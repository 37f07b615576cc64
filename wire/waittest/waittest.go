// Package waittest waits for events in tests. A fault of the code may keep an event from happening; then the test fails
// within Limit, and says what it waited for, instead of hanging until the time of the whole test run is over.
package waittest

import (
	"testing"
	"time"
)

// Limit is how long a test waits for an event, generous enough for a busy machine.
const Limit = 30 * time.Second

// Receive returns the next value from ch. The test fails if none comes within Limit; what names the event.
func Receive[T any](t testing.TB, what string, ch <-chan T) T {
	t.Helper()
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	select {
	case v := <-ch:
		return v
	case <-limit.C:
		t.Fatalf("waited %v until %s", Limit, what)
		panic("unreachable")
	}
}

// Send sends v to ch. The test fails if nobody receives it within Limit; what names the event.
func Send[T any](t testing.TB, what string, ch chan<- T, v T) {
	t.Helper()
	limit := time.NewTimer(Limit)
	defer limit.Stop()
	select {
	case ch <- v:
	case <-limit.C:
		t.Fatalf("waited %v until %s", Limit, what)
	}
}

// Return calls f in a goroutine of its own. The test fails if f does not return within Limit; what names its return. f may
// end the test as the test itself may.
func Return(t testing.TB, what string, f func()) {
	t.Helper()
	returned := make(chan bool, 1)
	go func() {
		whole := false
		defer func() { returned <- whole }()
		f()
		whole = true
	}()
	if !Receive(t, what, returned) {
		if t.Skipped() {
			t.SkipNow()
		}
		t.FailNow()
	}
}
