package wire_test

import (
	"errors"
	"strings"
	"testing"

	"gearctl/wire"
)

func TestARefusedDropLeavesTheConnectionGood(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		conn, worker := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr)
		worker.Send(wire.CanDo, []byte("used"))
		if err := worker.Echo(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"nope", "used"} {
			var refused *wire.ServerError
			if err := conn.DropFunction(t.Context(), name); !errors.As(err, &refused) {
				t.Errorf("drop %s: got %v, want a refusal", name, err)
			}
			if _, err := conn.Version(t.Context()); err != nil {
				t.Errorf("version after a refused drop: %v", err)
			}
		}
	})
}

func TestDropTakesEveryMatch(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		c := dial(t, &wire.Dialer{}, addr)
		for _, name := range []string{"foo", "Foo", "fOO", "food"} {
			if err := c.CreateFunction(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.DropFunction(t.Context(), "FOO"); err != nil {
			t.Error(err)
		}
		if l, err := c.Status(t.Context()); err != nil || len(l.Rows) != 1 || l.Rows[0].Function != "food" {
			t.Errorf("got %+v, %v, want food alone", l, err)
		}
	})
}

func TestAnswersToADrop(t *testing.T) {
	const line = "drop function q"
	drop := func(answer string) error {
		c := mock(t, expects([]byte(line+"\r\n"), req(wire.EchoReq, line)), replies([]byte(answer), res(wire.EchoRes, line)))
		return c.DropFunction(t.Context(), "q")
	}
	for _, answer := range []string{"OK\r\n", "OK\n", "OK\r\nOK\r\nOK\r\n"} {
		if err := drop(answer); err != nil {
			t.Errorf("%q: %v", answer, err)
		}
	}
	for answer, want := range map[string]string{
		"ERR function not found\r\n":       "function not found",
		"OK\r\nERR there are\r\nOK\r\n":    "there are",
		"ERR first one\r\nERR second\r\n":  "first one",
		"ERR unknown_command \r\n":         "unknown_command",
		"ERR INVALID_ARGUMENTS An+in\r\n":  "INVALID_ARGUMENTS",
		"ERR function not found\r\nhm\r\n": "function not found",
	} {
		var refused *wire.ServerError
		var op *wire.OpError
		if err := drop(answer); !errors.As(err, &refused) || refused.Code != want || !errors.As(err, &op) || op.Op != line {
			t.Errorf("%q: got %v, want %s", answer, err, want)
		}
	}
	for _, answer := range []string{"", "maybe\r\n", "OK then\r\n", "\r\n"} {
		var frame *wire.FrameError
		if err := drop(answer); !errors.As(err, &frame) {
			t.Errorf("%q: got %v, want a FrameError", answer, err)
		}
	}
}

func TestFunctionsThatWouldInjectAreNeitherDroppedNorLimited(t *testing.T) {
	c := mock(t) // which gets nothing
	for _, name := range []string{"", "a b", "a\tb", "a\r\nshutdown", "a\x00"} {
		if c.DropFunction(t.Context(), name) == nil || c.MaxQueue(t.Context(), name, 1) == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

func TestMaxQueueLines(t *testing.T) {
	for want, sizes := range map[string][]int{"maxqueue q": nil, "maxqueue q 7": {7}, "maxqueue q 3 0 1": {3, 0, 1}} {
		c := mock(t, expects([]byte(want+"\r\n")), replies([]byte("OK\r\n")))
		if err := c.MaxQueue(t.Context(), "q", sizes...); err != nil {
			t.Errorf("%q: %v", want, err)
		}
	}
	c := mock(t, expects([]byte("maxqueue q 1\r\n")), replies([]byte("ERR INVALID_ARGUMENTS An+incomplete+set\r\n")))
	var refused *wire.ServerError
	if err := c.MaxQueue(t.Context(), "q", 1); !errors.As(err, &refused) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestMaxQueueOfServers(t *testing.T) {
	low, normal, high := wire.PriorityLow, wire.PriorityNormal, wire.PriorityHigh
	type submission struct {
		priority wire.Priority
		accepted bool
	}
	onServers(t, func(t *testing.T, addr string) {
		for name, c := range map[string]struct {
			sizes []int
			then  []submission
		}{
			"one":   {[]int{2}, []submission{{low, true}, {high, true}, {low, false}, {normal, false}, {high, false}}},
			"three": {[]int{3, 2, 1}, []submission{{low, true}, {low, false}, {normal, true}, {normal, false}, {high, true}, {high, false}}},
			"none":  {nil, []submission{{low, true}, {normal, true}, {high, true}}},
		} {
			conn := dial(t, &wire.Dialer{}, addr)
			if err := errors.Join(conn.CreateFunction(t.Context(), name), conn.MaxQueue(t.Context(), name, c.sizes...)); err != nil {
				t.Fatal(err)
			}
			for i, s := range c.then {
				_, err := conn.Submit(t.Context(), &wire.Submission{Function: name, Priority: s.priority, Background: true})
				var refused *wire.ServerError
				if full := errors.As(err, &refused) && strings.HasPrefix(refused.Code, "QUEUE"); full == s.accepted || err != nil && !full {
					t.Errorf("%s, job %d of priority %v: got %v, want accepted: %v", name, i, s.priority, err, s.accepted)
				}
			}
			if err := conn.MaxQueue(t.Context(), name); err != nil {
				t.Error(err)
			}
			submit(t, conn, wire.Submission{Function: name, Background: true})
		}
	})
}
