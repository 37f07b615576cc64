package commands_test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

const tlsHint = "a server that expects TLS closes plain connections like this: --tls"

// TestAPlainConnectionToATLSServer: such a server closes the connection, which says nothing to the user.
func TestAPlainConnectionToATLSServer(t *testing.T) {
	t.Parallel()
	server := servertest.StartBad(t, func(c net.Conn) { tls.Server(c, new(tls.Config)).Handshake() })
	for _, line := range []string{"status", "ping", "submit -b q x", "drain q --yes", "check host h --command true --no-encryption --queue q --wait 1s", "health"} {
		r := commandtest.Gearctl(t, "", append([]string{"-s", server}, strings.Fields(line)...)...)
		if r.Code == commandtest.ExitOK || strings.Count(r.Stdout+r.Stderr, tlsHint) != 1 {
			t.Errorf("%s: %+v", line, r)
		}
	}
}

// TestAServerThatClosesLaterNeedsNoTLS: it has answered before.
func TestAServerThatClosesLaterNeedsNoTLS(t *testing.T) {
	t.Parallel()
	server := servertest.StartBad(t, func(c net.Conn) {
		if _, _, err := wire.NewReader(c).ReadPacket(); err == nil {
			c.Write(wire.AppendResponse(nil, wire.EchoRes, []byte("gearctl"))[:4])
		}
	})
	r := commandtest.Gearctl(t, "", "-s", server, "ping")
	commandtest.WantRun(t, r, commandtest.ExitFailed, "the server closed the connection")
	if strings.Contains(r.Stderr, "TLS") {
		t.Error(r.Stderr)
	}
}
