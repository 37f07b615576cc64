package wire_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/wire"
)

// Only dials are bounded: a server that answers late, or never, delays no other.
func TestFanOutBoundsDials(t *testing.T) {
	for _, test := range []struct {
		hanging int
		within  time.Duration // the servers that answer have answered
	}{
		{0, 0},
		{wire.MaxDials - 1, 0},
		{wire.MaxDials + 1, wire.DefaultTimeout},
	} {
		t.Run(fmt.Sprint(test.hanging, " hang"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var servers []string
				add := func(kind string, n int) {
					for i := range n {
						servers = append(servers, fmt.Sprint(kind, i))
					}
				}
				add("silent", 100)
				add("hanging", test.hanging)
				add("well", 100)
				var mu sync.Mutex
				now, most := 0, 0
				d := &wire.Dialer{NetDial: func(ctx context.Context, _, server string) (net.Conn, error) {
					mu.Lock()
					now++
					most = max(most, now)
					mu.Unlock()
					defer func() {
						mu.Lock()
						now--
						mu.Unlock()
					}()
					if strings.HasPrefix(server, "hanging") {
						<-ctx.Done()
						return nil, ctx.Err()
					}
					near, far := net.Pipe()
					if strings.HasPrefix(server, "silent") {
						go io.Copy(io.Discard, far)
						return near, nil
					}
					go func() {
						far.Read(make([]byte, 100))
						io.WriteString(far, "OK 1.1.20\n")
						io.Copy(io.Discard, far)
					}()
					return near, nil
				}}
				start, took, answered := time.Now(), time.Duration(0), 0
				wire.FanOutEach(t.Context(), d, servers, func(ctx context.Context, c *wire.Conn) (string, error) {
					return c.Version(ctx)
				}, func(i int, r wire.Result[string]) {
					mu.Lock()
					defer mu.Unlock()
					if r.Server != servers[i] || (r.Err == nil) != strings.HasPrefix(r.Server, "well") {
						t.Errorf("%s at %d: %v", r.Server, i, r.Err)
					}
					if r.Err == nil {
						answered, took = answered+1, max(took, time.Since(start))
					}
				})
				if answered != 100 || took > test.within || most > wire.MaxDials || test.hanging > wire.MaxDials && most < wire.MaxDials {
					t.Errorf("%d answered, the last after %v, %d dials at a time; want 100 within %v and at most %d dials", answered, took, most, test.within, wire.MaxDials)
				}
			})
		})
	}
}
