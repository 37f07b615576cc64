package gearmandtest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// Ports below those that the kernel gives to clients and to listeners on port 0 (from 32768 on Linux): what another test
// opens in the meantime cannot take one of them.
const (
	firstPort = 15000
	lastPort  = 32000
)

// FreeAddr returns a loopback address at which nobody listens, and at which a test may start a server later.
func FreeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+rand.IntN(lastPort-firstPort)))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatalf("no free port between %d and %d", firstPort, lastPort)
	return ""
}
