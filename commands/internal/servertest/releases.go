package servertest

import (
	"testing"

	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

// EachRelease runs f against the embedded server as either release, against the gearmand that is installed, and against the one
// of gearmandtest.NewerVariable, in parallel: f may run after EachRelease has returned.
func EachRelease(t *testing.T, f func(t *testing.T, addr string, release jobserver.Release)) {
	t.Helper()
	for _, s := range []struct {
		name    string
		release jobserver.Release
		start   func(testing.TB) string
	}{
		{"embedded 1.1", jobserver.Release11, func(t testing.TB) string { return Like(t, jobserver.Release11) }},
		{"embedded 2.0", jobserver.Release20, func(t testing.TB) string { return Like(t, jobserver.Release20) }},
		{"gearmand", jobserver.Release11, func(t testing.TB) string { return gearmandtest.Start(t) }},
		{"gearmand 2.0", jobserver.Release20, func(t testing.TB) string { return gearmandtest.StartNewer(t) }},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			f(t, s.start(t), s.release)
		})
	}
}

// Like starts an embedded job server that behaves like a release.
func Like(t testing.TB, release jobserver.Release) (addr string) {
	t.Helper()
	return Start(t, "127.0.0.1:0", jobserver.Options{Like: release})
}
