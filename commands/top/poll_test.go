package top

import (
	"context"
	"errors"
	"testing"

	"gearctl/wire"
)

// However many servers swallow packets, there is a place to dial for one that did not fail.
func TestRedialsLeavePlaces(t *testing.T) {
	t.Parallel()
	l := newDialLimit()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for range maxRedials {
		if _, err := l.acquire(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.acquire(stopped, true); !errors.Is(err, context.Canceled) {
		t.Errorf("one more redial: %v, want none", err)
	}
	var release func()
	for range wire.MaxDials - maxRedials {
		var err error
		if release, err = l.acquire(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.acquire(stopped, false); !errors.Is(err, context.Canceled) {
		t.Errorf("one more dial: %v, want none", err)
	}
	release()
	if _, err := l.acquire(t.Context(), false); err != nil {
		t.Errorf("after the end of a dial: %v", err)
	}
}
