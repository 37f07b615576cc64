package wire_test

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"gearctl/wire"
)

// operations are requests that a hostile server may mistreat, with what they send.
var operations = []struct {
	name string
	sent []byte
	run  func(*testing.T, *wire.Conn) error
}{
	{"version", []byte("version\r\n"), func(t *testing.T, c *wire.Conn) error { _, err := c.Version(t.Context()); return err }},
	{"status", []byte("status\r\n"), func(t *testing.T, c *wire.Conn) error { _, err := c.Status(t.Context()); return err }},
	{"jobs", []byte("show jobs\r\n"), func(t *testing.T, c *wire.Conn) error { _, err := c.JobTotals(t.Context()); return err }},
	{"raw", join([]byte("x\r\n"), req(wire.EchoReq, "x")), func(t *testing.T, c *wire.Conn) error {
		return c.Raw(t.Context(), "x", func([]byte) error { return nil })
	}},
	{"echo", req(wire.EchoReq, "x"), func(t *testing.T, c *wire.Conn) error { return c.Echo(t.Context(), []byte("x")) }},
	{"submit", req(wire.SubmitJob, "q", "", ""), func(t *testing.T, c *wire.Conn) error {
		_, err := c.Submit(t.Context(), &wire.Submission{Function: "q"})
		return err
	}},
	{"take", join(req(wire.CanDo, "q"), req(wire.GrabJobUniq)), func(t *testing.T, c *wire.Conn) error {
		_, err := c.Take(t.Context(), &wire.Take{Function: "q"})
		return err
	}},
}

func TestASilentServer(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			c := impatientMock(t, expects(op.sent))
			within(t, prompt, func() {
				if err := op.run(t, c); !errors.Is(err, wire.ErrSilent) || wire.IsUnreachable(err) {
					t.Errorf("got %v, want ErrSilent", err)
				}
			})
		})
	}
}

func TestAServerThatDoesNotRead(t *testing.T) {
	for _, op := range operations {
		t.Run(op.name, func(t *testing.T) {
			client, server := net.Pipe()
			defer server.Close()
			d := &wire.Dialer{Timeout: short, NetDial: dials(client)}
			var opErr *wire.OpError
			if err := op.run(t, dial(t, d, "mock:1")); !errors.Is(err, wire.ErrSilent) || !errors.As(err, &opErr) || !opErr.Safe {
				t.Errorf("got %v, want ErrSilent, safe", err)
			}
		})
	}
}

// drips writes b byte by byte, each after a pause, until the client closes.
func drips(b []byte, pause time.Duration) step {
	return func(nc net.Conn) error {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for i := 0; ; i = (i + 1) % len(b) {
			if _, err := nc.Write(b[i : i+1]); err != nil {
				return nil
			}
			<-tick.C
		}
	}
}

func TestAnEndlessLine(t *testing.T) {
	for _, op := range operations[:4] {
		c := mock(t, expects(op.sent), repliesUntilClosed(bytes.Repeat([]byte("x"), 1<<16)))
		var frame *wire.FrameError
		if err := op.run(t, c); !errors.As(err, &frame) || frame.TooLarge {
			t.Errorf("%s: got %v, want a FrameError", op.name, err)
		}
		c.Close()
	}
}

func TestAnEndlessAnswer(t *testing.T) {
	for _, op := range operations[1:4] {
		c := mock(t, expects(op.sent), repliesUntilClosed(bytes.Repeat([]byte("q\t1\t0\t0\n"), 1000)))
		c.SetMaxAnswer(1 << 20)
		var limit *wire.LimitError
		if err := op.run(t, c); !errors.As(err, &limit) || *limit != (wire.LimitError{Limit: wire.LimitAnswer, Max: 1 << 20}) {
			t.Errorf("%s: got %v, want the limit of 1 MiB", op.name, err)
		}
		c.Close()
	}
}

func TestAnAnswerOfTheLimitIsAccepted(t *testing.T) {
	answer := []byte("q\t1\t0\t0\n.\n")
	for _, limit := range []int{len(answer), len(answer) - 1} {
		c := mock(t, expects([]byte("status\r\n")), replies(answer))
		c.SetMaxAnswer(int64(limit))
		if _, err := c.Status(t.Context()); (err == nil) != (limit == len(answer)) {
			t.Errorf("limit %d for %d bytes: got %v", limit, len(answer), err)
		}
	}
}

func TestWhatAListingKeepsIsBounded(t *testing.T) {
	rows := func(n, name int) string {
		return strings.Repeat(strings.Repeat("q", name)+"\t1\t0\t0\n", n) + ".\n"
	}
	for _, test := range []struct {
		answer string
		want   error
	}{
		{rows(100, 1), nil},
		{rows(101, 1), &wire.LimitError{Limit: wire.LimitRows, Max: 100}},
		{rows(2, 8000-40), nil},
		{rows(2, 8001-40), &wire.LimitError{Limit: wire.LimitKept, Max: 16_000}},
		{rows(1, 100_000), nil}, // a row alone always fits
	} {
		d := play(t, expects([]byte("status\r\n")), replies([]byte(test.answer)))
		d.MaxRows = 100
		c := dial(t, d, "mock:1")
		l, err := c.Status(t.Context())
		var limit *wire.LimitError
		if test.want == nil && err != nil || test.want != nil && (!errors.As(err, &limit) || *limit != *test.want.(*wire.LimitError) || l.Rows != nil) {
			t.Errorf("%d bytes: got %d rows, %v, want %v", len(test.answer), len(l.Rows), err, test.want)
		}
		c.Close()
	}
}

func TestUnreadableLinesAreCountedAndNotKept(t *testing.T) {
	c := mock(t, expects([]byte("status\r\n")), replies(bytes.Repeat([]byte("bad\n"), 1000), []byte("q\t1\t0\t0\n.\n")))
	l, err := c.Status(t.Context())
	if err != nil || len(l.Rows) != 1 || len(l.Bad) != 20 || wire.CountBad(l.Bad) != 1000 {
		t.Fatalf("%d rows, %d bad, %d in all, %v", len(l.Rows), len(l.Bad), wire.CountBad(l.Bad), err)
	}
	if got := l.Bad[19].Error(); !strings.Contains(got, "980 more") {
		t.Errorf("%q does not count the others", got)
	}
}

// TestACallbackThatWaitsCostsTheServerNoTime: the reader of the output may be slower than the limit of an answer.
func TestACallbackThatWaitsCostsTheServerNoTime(t *testing.T) {
	for waited, late := range map[time.Duration]bool{0: true, time.Hour: false} {
		c := mock(t, expects([]byte("status\r\n")), replies([]byte("a\t1\t0\t0\n")), repliesUntilClosed([]byte("b\t1\t0\t0\n.\n")))
		_, err := c.EachStatus(t.Context(), func(f wire.FunctionStatus) error {
			if f.Function == "a" {
				c.ExtendDeadline(-time.Hour) // as if the callback had taken an hour
				c.ExtendDeadline(waited)
			}
			return nil
		})
		var slow *wire.SlowError
		if errors.As(err, &slow) != late || !late && err != nil {
			t.Errorf("paused for %v: got %v, want a SlowError: %v", waited, err, late)
		}
		c.Close()
	}
}

func TestAHugePacket(t *testing.T) {
	for _, op := range operations[3:] {
		c := mock(t, expects(op.sent), replies(claim(1<<32-1)))
		var frame *wire.FrameError
		if err := op.run(t, c); !errors.As(err, &frame) || !frame.TooLarge {
			t.Errorf("%s: got %v, want a FrameError that is too large", op.name, err)
		}
		c.Close()
	}
}

func TestAConnectionReset(t *testing.T) {
	for _, op := range operations {
		l := listen(t)
		go func() {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			nc.Read(make([]byte, 1)) // what is unread makes it a reset
			nc.(*net.TCPConn).SetLinger(0)
			nc.Close()
		}()
		c := dial(t, &wire.Dialer{}, l.Addr().String())
		err := op.run(t, c)
		var opErr *wire.OpError
		if !errors.As(err, &opErr) || opErr.Safe || wire.IsUnreachable(err) {
			t.Errorf("%s: got %v, want an OpError that is not safe", op.name, err)
		}
	}
}
