package wire_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

func TestHandlesComeOutNewestFirst(t *testing.T) {
	var l wire.HandleList
	var want []string
	for i := range 300_000 { // several pieces
		h := fmt.Sprintf("H:lap:%d", i+1)
		l.Add([]byte(h))
		want = append(want, h)
	}
	slices.Reverse(want)
	if got := popAll(t, &l); !slices.Equal(got, want) {
		t.Error("300,000 handles did not come out reversed")
	}
}

func TestHandlesOfOtherShapesAreKeptWhole(t *testing.T) {
	in := []string{"123", "H:a:5", "456", "H:a:6", "H:b:1", "no number", "H:a:007", "", "H:a:4294967296", "H:a:4294967295"}
	var l wire.HandleList
	for _, h := range in {
		l.Add([]byte(h))
	}
	want := slices.Clone(in)
	slices.Reverse(want)
	if diff := cmp.Diff(want, popAll(t, &l)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAHandleListMayGrowAgain(t *testing.T) {
	var l wire.HandleList
	for round := range 3 {
		for i := range 1000 {
			l.Add(fmt.Appendf(nil, "H:lap:%d", round*1000+i+1))
		}
		for range 700 {
			l.AppendLast(nil)
		}
	}
	if got := string(l.AppendLast(nil)); l.Len() != 899 || got != "H:lap:2300" {
		t.Errorf("%d left after %s, want 899 after H:lap:2300", l.Len(), got)
	}
}

func TestAHandleCostsFourBytes(t *testing.T) {
	const n = 1_000_000
	var l wire.HandleList
	handle := []byte("H:lap:1000000")
	got := allocated(func() {
		for range n {
			l.Add(handle)
		}
	})
	if got > n*9/2 {
		t.Errorf("%d handles cost %d bytes, want 4 each", n, got)
	}
	var one wire.HandleList
	if got := allocated(func() { one.Add(handle) }); got > 4<<10 {
		t.Errorf("one handle costs %d bytes, want little", got)
	}
	runtime.KeepAlive(l)
}

func TestHandleNumber(t *testing.T) {
	for handle, want := range map[string]uint64{"H:lap:17": 17, "H:a:b:1": 1, "5": 5, "": 0, "H:lap:": 0, "H:lap:x": 0, "H:lap:-1": 0} {
		if got, ok := wire.HandleNumber([]byte(handle)); got != want || ok != (want > 0) {
			t.Errorf("%q: got %d, %v, want %d", handle, got, ok, want)
		}
	}
}

func TestAHandleSet(t *testing.T) {
	var s wire.HandleSet
	for _, h := range []string{"H:a:1", "H:a:64", "H:a:65", "H:a:4294967295", "H:a:65"} {
		if s.Has([]byte(h)) != (h == "H:a:65" && s.Len() == 4) || !s.Add([]byte(h)) || !s.Has([]byte(h)) {
			t.Errorf("%s cannot be added, or was there before", h)
		}
	}
	if s.Add([]byte("H:a:x")) || s.Has([]byte("H:a:x")) || s.Has([]byte("H:a:2")) || s.Has([]byte("H:a:16384")) || s.Len() != 4 {
		t.Errorf("others are there: %d in all", s.Len())
	}
}

// TestAHandleSetIsBounded: numbers far apart from each other take a page each.
func TestAHandleSetIsBounded(t *testing.T) {
	var s wire.HandleSet
	added := 0
	for n := range 20_000 {
		if s.Add(fmt.Appendf(nil, "H:a:%d", 1+n<<14)) {
			added++
		}
	}
	if added != 8192 {
		t.Errorf("%d pages of 2 KiB", added)
	}
}
