package waittest_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/wire/waittest"
)

// watched records what a wait does to its test.
type watched struct {
	testing.TB
	said string
}

func (w *watched) Helper() {}

func (w *watched) Fatalf(format string, args ...any) {
	w.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// failure returns what f says when its test fails, and after how long.
func failure(t *testing.T, f func(t testing.TB)) (said string, took time.Duration) {
	w := &watched{TB: t}
	start := time.Now()
	ended := make(chan bool)
	go func() {
		defer close(ended)
		f(w)
	}()
	<-ended
	return w.said, time.Since(start)
}

func TestAWaitInVainFailsAndSaysWhatItWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan int)
		for name, f := range map[string]func(t testing.TB){
			"receive": func(t testing.TB) { waittest.Receive(t, "the moon is full", never) },
			"send":    func(t testing.TB) { waittest.Send(t, "the moon is full", never, 1) },
			"return":  func(t testing.TB) { waittest.Return(t, "the moon is full", func() { time.Sleep(time.Hour) }) },
		} {
			if said, took := failure(t, f); !strings.Contains(said, "until the moon is full") || took != waittest.Limit {
				t.Errorf("%s: after %v it says %q", name, took, said)
			}
		}
		time.Sleep(time.Hour) // until f has returned
	})
}

func TestAnEventEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := make(chan int, 1)
		start := time.Now()
		waittest.Send(t, "there is room", ch, 7)
		if got := waittest.Receive(t, "there is a number", ch); got != 7 {
			t.Errorf("got %d, want 7", got)
		}
		called := false
		waittest.Return(t, "f returns", func() { called = true })
		if took := time.Since(start); !called || took != 0 {
			t.Errorf("called: %v, after %v", called, took)
		}
	})
}
