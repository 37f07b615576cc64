package wire_test

import (
	"slices"
	"testing"

	"gearctl/wire"
	"gearctl/wire/jobserver"
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

func TestHandleMark(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		c := dial(t, &wire.Dialer{}, addr)
		if _, err := c.Submit(t.Context(), &wire.Submission{Function: "q", Unique: "old", Background: true}); err != nil {
			t.Fatal(err)
		}
		mark, err := c.HandleMark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var merged []bool
		s := wire.NewSubmitter(t.Context(), c, 0, func(r wire.Receipt) error {
			merged = append(merged, r.Merged)
			return r.Err
		})
		s.Mark(mark)
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
