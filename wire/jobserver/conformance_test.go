package jobserver_test

import (
	"slices"
	"testing"

	"gearctl/wire/jobserver"
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
	for _, release := range []jobserver.Release{jobserver.Release11, jobserver.Release20} {
		holdAll(t, column{"embedded", release}, func(t *testing.T, c conversation) string {
			c.embedded.Like = release
			_, addr := start(t, c.embedded)
			return addr
		})
	}
}

func TestGearmandHoldsEveryConversation(t *testing.T) {
	onGearmandOf(t, gearmandtest.Start)
}

// TestGearmand20HoldsEveryConversation needs gearmandtest.Newer.
func TestGearmand20HoldsEveryConversation(t *testing.T) {
	onGearmandOf(t, gearmandtest.StartNewer)
}

// onGearmandOf starts one gearmand for all conversations without options of their own.
func onGearmandOf(t *testing.T, start func(testing.TB, ...string) string) {
	shared := start(t)
	holdAll(t, column{"gearmand", jobserver.ReleaseOf(gearmandtest.Version(t, shared))}, func(t *testing.T, c conversation) string {
		if c.gearmand == nil {
			return shared
		}
		return start(t, c.gearmand...)
	})
}

// holdAll holds the conversations of a column, each with the server that start returns.
func holdAll(t *testing.T, in column, start func(*testing.T, conversation) (addr string)) {
	for _, c := range conversations() {
		if c.release != "" && c.release != in.release {
			continue
		}
		t.Run(string(in.release)+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			c.hold(t, in, start(t, c))
		})
	}
}
