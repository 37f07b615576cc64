package replay

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPacerKeepsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{rate: 100, now: time.Now}
		idle := 0
		start := time.Now()
		for range 301 {
			if alive, err := p.wait(t.Context(), func() error { idle++; return nil }); !alive || err != nil {
				t.Fatal(alive, err)
			}
		}
		if took := time.Since(start); took != 3*time.Second || idle != 300 {
			t.Errorf("301 took %v and %d pauses, want 3s and 300", took, idle)
		}
	})
}

func TestAPacerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := &pacer{rate: 0.01, now: time.Now}
		n := 0
		for {
			alive, err := p.wait(ctx, func() error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			if !alive {
				break
			}
			n++
		}
		if n != 1 {
			t.Errorf("%d were let through in a second at 0.01/s, want the first alone", n)
		}
	})
}

func TestRates(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]float64{"100": 100, "100/s": 100, "90/m": 1.5, "1800/h": 0.5, "0.5": 0.5} {
		var r rate
		if err := r.Set(in); err != nil || float64(r) != want {
			t.Errorf("%q: got %v, %v, want %v", in, float64(r), err, want)
		}
	}
	for _, in := range []string{"", "0", "-1", "fast", "10/d", "NaN", "Inf", "1e10", "/s"} {
		var r rate
		if err := r.Set(in); err == nil {
			t.Errorf("%q: got %v, want an error", in, float64(r))
		}
	}
}
