package jobserver_test

import (
	"slices"
	"testing"

	"gearctl/wire/jobserver/gearmandtest"
)

// conversations returns the conformance suite. Each theme has a file.
func conversations() []conversation {
	return slices.Concat(
		submitting(), coalescing(), grabbing(), sleeping(), results(), releasing(), abandoning(), timingOut(),
		scheduled(), reducing(), statusRequests(), refusing(), listing(), managing(), framing(),
	)
}

func TestTheEmbeddedServerHoldsEveryConversation(t *testing.T) {
	for _, c := range conversations() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, addr := start(t, c.embedded)
			c.hold(t, "embedded", addr)
		})
	}
}

// Conversations without options of their own share one gearmand.
func TestGearmandHoldsEveryConversation(t *testing.T) {
	shared := gearmandtest.Start(t)
	for _, c := range conversations() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			addr := shared
			if c.gearmand != nil {
				addr = gearmandtest.Start(t, c.gearmand...)
			}
			c.hold(t, "gearmand", addr)
		})
	}
}
