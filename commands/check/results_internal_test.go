package check

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"gearctl/commands/internal/servertest"
	"gearctl/wire"
)

func TestAResultIsNeverLost(t *testing.T) {
	t.Parallel()
	// Results go on connections of their own, which the server may close while they are idle.
	addr := servertest.Embedded(t)
	d := &wire.Dialer{Timeout: 5 * time.Second}
	var conns []net.Conn
	d.NetDial = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		conns = append(conns, c)
		return c, err
	}
	p := newResultPool(d)
	defer p.close()
	for i := range 3 {
		job := &wire.Submission{Function: "r", Unique: p.key(), Workload: []byte("x"), Background: true}
		if err := p.submit(t.Context(), addr, job); err != nil {
			t.Fatal(err)
		}
		if got := len(conns); got != i+1 {
			t.Errorf("%d connections after %d results", got, i+1)
		}
		conns[i].Close()
	}
	if n := len(servertest.Workloads(t, addr, "r")); n != 3 {
		t.Errorf("%d results, want 3", n)
	}
}

// TestChecksThatEndAtTheSameTimeHaveKeysOfTheirOwn: a result with the key of another would be merged into it.
func TestChecksThatEndAtTheSameTimeHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	const workers, each = 8, 5000
	p := newResultPool(&wire.Dialer{})
	keys := make([][]string, workers)
	var wg sync.WaitGroup
	for w := range keys {
		wg.Go(func() {
			for range each {
				keys[w] = append(keys[w], p.key())
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, k := range slices.Concat(keys...) {
		seen[k] = true
	}
	if len(seen) != workers*each {
		t.Errorf("%d keys for %d results", len(seen), workers*each)
	}
}
