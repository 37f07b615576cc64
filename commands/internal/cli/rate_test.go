package cli

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPacerKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Pacer{Rate: 100}
		idle := 0
		start := time.Now()
		for range 301 {
			if alive, err := p.Wait(t.Context(), func() error { idle++; return nil }); !alive || err != nil {
				t.Fatal(alive, err)
			}
		}
		if took := time.Since(start); took != 3*time.Second || idle != 300 {
			t.Errorf("301 took %v and %d pauses, want 3s and 300", took, idle)
		}
	})
}

func TestAPacerEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := &Pacer{Rate: 0.01}
		n := 0
		for {
			alive, err := p.Wait(ctx, func() error { return nil })
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
