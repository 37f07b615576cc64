package wire_test

import (
	"context"
	"net"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/jobserver"
	"gearctl/wire/jobserver/gearmandtest"
)

func TestSameServer(t *testing.T) {
	other := embedded(t, jobserver.Options{})
	onServers(t, func(t *testing.T, addr string) {
		a, b, c := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, other)
		for _, pair := range []struct {
			x, y *wire.Conn
			want bool
		}{{a, b, true}, {a, a, true}, {a, c, false}, {c, a, false}} {
			if got, err := wire.SameServer(t.Context(), pair.x, pair.y); got != pair.want || err != nil {
				t.Errorf("got %v, %v, want %v", got, err, pair.want)
			}
		}
		if list, err := a.Status(t.Context()); err != nil || len(list.Rows) > 0 {
			t.Errorf("queues are left: %v, %v", list.Rows, err)
		}
	})
}

// TestSameServers has one server under three names, another, and one that is not there.
func TestSameServers(t *testing.T) {
	other, dead := embedded(t, jobserver.Options{}), gearmandtest.FreeAddr(t)
	onServers(t, func(t *testing.T, addr string) {
		_, port, _ := net.SplitHostPort(addr)
		local, third := "localhost:"+port, "127.0.0.2:"+port
		d := &wire.Dialer{NetDial: func(ctx context.Context, network, server string) (net.Conn, error) {
			if server == third {
				server = addr
			}
			return new(net.Dialer).DialContext(ctx, network, server)
		}}
		got := wire.SameServers(t.Context(), d, []string{dead, local, other, addr, third})
		if diff := cmp.Diff(map[string]string{addr: local, third: local}, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

func TestHandleMark(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		c := dial(t, &wire.Dialer{}, addr)
		if _, err := c.Submit(t.Context(), &wire.Submission{Function: "q", Unique: "old", Background: true}); err != nil {
			t.Fatal(err)
		}
		mark, err := c.HighWaterMark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var merged []bool
		s := wire.NewSubmitter(t.Context(), c, 0, func(r wire.SubmitResult) error {
			merged = append(merged, r.Merged)
			return r.Err
		})
		s.SetHighWaterMark(mark)
		for _, unique := range []string{"new", "old", "new", "newer", "old"} {
			s.Send(&wire.Submission{Function: "q", Unique: unique, Background: true})
		}
		if _, _, err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if want := []bool{false, true, true, false, true}; !slices.Equal(merged, want) {
			t.Errorf("merged: got %v, want %v", merged, want)
		}
		if list, err := c.Status(t.Context()); err != nil || len(list.Rows) != 1 {
			t.Errorf("queues are left: %v, %v", list.Rows, err)
		}
	})
}
