package servertest

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"

	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
	"gearctl/wire/waittest"
)

// DeadAddr is an address on which nothing listens.
const DeadAddr = "127.0.0.1:1"

// Start runs an embedded job server on address at until the test ends.
func Start(t testing.TB, at string, o jobserver.Options) (addr string) {
	t.Helper()
	l := Listen(t, at)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- jobserver.New(o).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		waittest.Receive(t, "the embedded server ends", served)
	})
	return l.Addr().String()
}

// Listen listens on an address, which a server of the test may have had before: a process that another test starts may still hold
// its socket for a moment.
func Listen(t testing.TB, addr string) (l net.Listener) {
	t.Helper()
	var err error
	Until(t, addr+" is free", func() bool {
		l, err = net.Listen("tcp", addr)
		return !errors.Is(err, syscall.EADDRINUSE)
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Embedded starts an embedded job server on a free port.
func Embedded(t testing.TB) (addr string) {
	t.Helper()
	return Start(t, "127.0.0.1:0", jobserver.Options{})
}

// OfVersion starts an embedded job server that reports a version.
func OfVersion(t testing.TB, version string) (addr string) {
	t.Helper()
	return Start(t, "127.0.0.1:0", jobserver.Options{Version: version})
}

// Each runs f against an embedded job server and against the gearmand that is installed, in parallel: f may run after Each has
// returned. Both behave like 1.1.
func Each(t *testing.T, f func(t *testing.T, addr string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		f(t, Start(t, "127.0.0.1:0", jobserver.Options{Like: jobserver.Release11}))
	})
	t.Run("gearmand", func(t *testing.T) {
		t.Parallel()
		f(t, gearmandtest.Start(t))
	})
}
