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
	for name, start := range map[string]func(testing.TB) string{
		"embedded 1.1": func(t testing.TB) string { return Like(t, jobserver.Release11) },
		"embedded 2.0": func(t testing.TB) string { return Like(t, jobserver.Release20) },
		"gearmand":     func(t testing.TB) string { return gearmandtest.Start(t) },
		"gearmand 2.0": func(t testing.TB) string { return gearmandtest.StartNewer(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := start(t)
			f(t, addr, jobserver.ReleaseOf(gearmandtest.Version(t, addr)))
		})
	}
}

// Like starts an embedded job server that behaves like a release.
func Like(t testing.TB, release jobserver.Release) (addr string) {
	t.Helper()
	return Start(t, "127.0.0.1:0", jobserver.Options{Like: release})
}
