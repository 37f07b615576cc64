package gearmandtest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports below the ephemeral range (from 32768 on Linux), so that connections and listeners of other tests cannot take them.
const (
	firstPort = 15000
	lastPort  = 32000
)

// FreeAddr returns a loopback address with a free port, for a server that is started later, or that is down. Until the end of the
// test it gives this port to no other one, in no other process: a UDP socket of the same number holds the place.
func FreeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+rand.IntN(lastPort-firstPort)))
		place, err := net.ListenPacket("udp", addr)
		if err != nil {
			continue
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			place.Close()
			continue
		}
		l.Close()
		t.Cleanup(func() { place.Close() })
		return addr
	}
	t.Fatalf("no free port between %d and %d", firstPort, lastPort)
	return ""
}
