package jobserver_test

import (
	"context"
	"net"
	"testing"

	"go.uber.org/goleak"

	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves an embedded server on a free loopback port until the test ends.
func start(t testing.TB, o jobserver.Options) (s *jobserver.Server, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = jobserver.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := waittest.Receive(t, "Serve returns", served); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s, l.Addr().String()
}
