package top

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"gearctl/wire"
)

// refusing returns a poller of a server that refuses connections, and how often it was dialed.
func refusing(l *dialLimit) (e *poller, dials *int) {
	dials = new(int)
	return &poller{server: "gm1:4730", now: time.Now, dials: l, d: &wire.Dialer{NetDial: func(_ context.Context, network, _ string) (net.Conn, error) {
		*dials++
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}}}, dials
}

// TestADialThatFailsHoldsNoPlace, the first one and those that follow it.
func TestADialThatFailsHoldsNoPlace(t *testing.T) {
	t.Parallel()
	l := newDialLimit()
	e, dials := refusing(l)
	for range 3 {
		if p := e.poll(t.Context(), false); !errors.Is(p.err, syscall.ECONNREFUSED) {
			t.Errorf("got %v", p.err)
		}
		if len(l.dials)+len(l.redials) > 0 {
			t.Fatalf("%d places, %d of them for redials, are held after %d dials", len(l.dials), len(l.redials), *dials)
		}
	}
	e.close()
	if p := e.poll(t.Context(), false); !errors.Is(p.err, context.Canceled) || *dials != 3 {
		t.Errorf("a poller that is closed has dialed %d times: %v", *dials, p.err)
	}
}

// TestServersThatDoNotAnswerLeavePlaces: as many as there may be hold half of them, and who gives up holds none.
func TestServersThatDoNotAnswerLeavePlaces(t *testing.T) {
	t.Parallel()
	l := newDialLimit()
	for range maxRedials {
		if _, err := l.acquire(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for range wire.MaxDials {
		if _, err := l.acquire(stopped, true); !errors.Is(err, context.Canceled) {
			t.Fatalf("one more that does not answer is dialed: %v", err)
		}
	}
	if len(l.dials) != maxRedials || len(l.redials) != maxRedials {
		t.Errorf("%d places, %d of them for redials, are held by %d", len(l.dials), len(l.redials), maxRedials)
	}
}
