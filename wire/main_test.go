package wire_test

import (
	"bytes"
	"context"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/waittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short is the Timeout of connections to servers that do not behave.
const short = 50 * time.Millisecond

// prompt is less than DefaultTimeout, and long enough for a busy machine.
const prompt = 4 * time.Second

// bytesOf returns args as an encoder takes them.
func bytesOf(args []string) [][]byte {
	b := make([][]byte, len(args))
	for i, a := range args {
		b[i] = []byte(a)
	}
	return b
}

// stringsOf is the inverse of bytesOf.
func stringsOf(args [][]byte) []string {
	s := make([]string, len(args))
	for i, a := range args {
		s[i] = string(a)
	}
	return s
}

func req(t wire.Type, args ...string) []byte { return wire.AppendRequest(nil, t, bytesOf(args)...) }

func res(t wire.Type, args ...string) []byte { return wire.AppendResponse(nil, t, bytesOf(args)...) }

// join makes one piece of several.
func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// dial connects to server until the test ends.
func dial(t testing.TB, d *wire.Dialer, server string) *wire.Conn {
	t.Helper()
	c, err := d.Dial(t.Context(), server)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// embedded serves an embedded server on a free loopback port until the test ends.
func embedded(t testing.TB, o jobserver.Options) (addr string) {
	t.Helper()
	l := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- jobserver.New(o).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := waittest.Receive(t, "Serve returns", served); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}

// listen listens on a free loopback port until the test ends.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// within fails the test when f took longer than limit.
func within(t testing.TB, limit time.Duration, f func()) {
	t.Helper()
	start := time.Now()
	f()
	if d := time.Since(start); d > limit {
		t.Errorf("took %v, want at most %v", d, limit)
	}
}
