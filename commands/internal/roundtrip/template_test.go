package roundtrip

import (
	"context"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// TestALargeCheckIsExact sends a command line that is as large as a packet may be.
func TestALargeCheckIsExact(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	m := &Template{Check: modgearman.Check{
		Kind: modgearman.KindHost, ResultQueue: "r", TargetQueue: "host", Host: "h\xff", CommandLine: strings.Repeat("x", 10<<20),
	}}
	job, err := m.Job(time.Now(), "u")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wire.WithConn(t.Context(), new(wire.Dialer), addr, func(ctx context.Context, c *wire.Conn) (string, error) {
		return c.Submit(ctx, job)
	}); err != nil {
		t.Fatal(err)
	}
	p, err := modgearman.Decode([]byte(servertest.Workloads(t, addr, "host")[0]))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Check(); err != nil || got.CommandLine != m.Check.CommandLine || got.Host != m.Check.Host {
		t.Errorf("got %d bytes of command line, host %q, %v", len(got.CommandLine), got.Host, err)
	}
}
