package wire_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"gearctl/wire"
)

func TestEcho(t *testing.T) {
	c := mock(t, expects(req(wire.EchoReq, "a\x00b")), replies(res(wire.EchoRes, "a\x00b")),
		expects(req(wire.EchoReq, "x")), replies(res(wire.EchoRes, "y")))
	if err := c.Echo(t.Context(), []byte("a\x00b")); err != nil {
		t.Error(err)
	}
	var frame *wire.FrameError
	if err := c.Echo(t.Context(), []byte("x")); !errors.As(err, &frame) {
		t.Errorf("another echo: got %v, want a FrameError", err)
	}
}

func TestExceptions(t *testing.T) {
	c := mock(t, expects(req(wire.OptionReq, "exceptions")), replies(res(wire.OptionRes, "exceptions")))
	if err := c.Exceptions(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSetClientIDMakesOneWord(t *testing.T) {
	long := strings.Repeat("x", 200)
	c := mock(t, expects(req(wire.SetClientID, "a_b_c_d"), req(wire.SetClientID, long[:127])))
	c.SetClientID("a b\tc\x00d")
	c.SetClientID(long)
	if err := c.Flush(); err != nil {
		t.Error(err)
	}
}

func TestSubmit(t *testing.T) {
	job := &wire.Submission{Function: "q", Unique: "k", Workload: []byte("a\x00b"), Background: true}
	c := mock(t, expects(req(wire.SubmitJobBG, "q", "k", "a\x00b")),
		replies(res(wire.WorkFail, "H:0"), res(wire.JobCreated, "H:1"))) // the first belongs to an earlier job
	if got, err := c.Submit(t.Context(), job); got != "H:1" || err != nil {
		t.Errorf("got %q, %v, want H:1", got, err)
	}
	later := &wire.Submission{Function: "q", Background: true, At: time.Unix(1_900_000_000, 0)}
	c = mock(t, expects(req(wire.SubmitJobEpoch, "q", "", "1900000000", "")), replies(res(wire.Error, "QUEUE_ERROR", "Job+queue+is+full")))
	_, err := c.Submit(t.Context(), later)
	var refused *wire.ServerError
	if !errors.As(err, &refused) || *refused != (wire.ServerError{Code: "QUEUE_ERROR", Text: "Job queue is full"}) {
		t.Errorf("got %v, want QUEUE_ERROR", err)
	}
	if want := `SUBMIT_JOB_EPOCH mock:4730: server error "QUEUE_ERROR": "Job queue is full"`; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAnswersOfTheWrongType(t *testing.T) {
	for _, answer := range [][]byte{res(wire.Noop), res(wire.JobCreated, "H:1"), req(wire.EchoReq, "x"), []byte("OK\r\n"), req(wire.GrabJob)} {
		c := mock(t, expects(req(wire.EchoReq, "x")), replies(answer))
		var frame *wire.FrameError
		if err := c.Echo(t.Context(), []byte("x")); !errors.As(err, &frame) {
			t.Errorf("%q: got %v, want a FrameError", answer, err)
		}
	}
	c := mock(t, expects([]byte("status\r\n")), replies(res(wire.Noop)))
	var frame *wire.FrameError
	if _, err := c.Status(t.Context()); !errors.As(err, &frame) {
		t.Errorf("a packet for status: got %v, want a FrameError", err)
	}
}

func TestTheServerClosesInMidAnswer(t *testing.T) {
	for _, part := range []string{"", "\x00", "\x00RES\x00\x00\x00\x11\x00\x00\x00\x05", "\x00RES\x00\x00\x00\x11\x00\x00\x00\x05hell"} {
		c := mock(t, expects(req(wire.EchoReq, "hello")), replies([]byte(part)), hangsUp)
		if err := c.Echo(t.Context(), []byte("hello")); !errors.Is(err, wire.ErrClosed) || wire.IsUnreachable(err) {
			t.Errorf("%q: got %v, want ErrClosed", part, err)
		}
	}
	for _, part := range []string{"", "q", "q\t1\t0\t0\n", "q\t1\t0\t0\nr\t1"} {
		c := mock(t, expects([]byte("status\r\n")), replies([]byte(part)), hangsUp)
		if _, err := c.Status(t.Context()); !errors.Is(err, wire.ErrClosed) {
			t.Errorf("%q: got %v, want ErrClosed", part, err)
		}
	}
}

// cutConn accepts limit bytes and then fails as a broken connection does.
type cutConn struct {
	net.Conn
	limit int
}

func (c *cutConn) Write(p []byte) (int, error) {
	n := min(c.limit, len(p))
	c.limit -= n
	if n < len(p) {
		return n, errors.New("network is down")
	}
	return n, nil
}

func TestSafeMeansThatNoByteLeft(t *testing.T) {
	for limit, want := range map[int]bool{0: true, 1: false, 30: false} {
		client, server := net.Pipe()
		defer server.Close()
		d := &wire.Dialer{NetDial: func(context.Context, string, string) (net.Conn, error) { return &cutConn{client, limit}, nil }}
		c := dial(t, d, "cut:1")
		_, err := c.Submit(t.Context(), &wire.Submission{Function: "q", Workload: make([]byte, 100)})
		var op *wire.OpError
		if !errors.As(err, &op) || op.Safe != want {
			t.Errorf("after %d bytes: got %v, want Safe %v", limit, err, want)
		}
	}
}

func TestWritingLargeWorkloads(t *testing.T) {
	addr := echoServer(t)
	c := dial(t, &wire.Dialer{}, addr)
	for _, n := range []int{0, 1, 64 << 10, 1<<20 + 1, 9 << 20} {
		if err := c.Echo(t.Context(), make([]byte, n)); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// echoServer answers every ECHO_REQ.
func echoServer(t *testing.T) (addr string) {
	l := listen(t)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			return
		}
		defer nc.Close()
		for r := wire.NewReader(nc); ; {
			p, _, err := r.ReadPacket()
			if err != nil {
				return
			}
			nc.Write(wire.AppendResponse(nil, wire.EchoRes, p.Arg(0)))
		}
	}()
	return l.Addr().String()
}

func TestAContextEndsABlockedOperation(t *testing.T) {
	reason := errors.New("the user had enough")
	for name, blocked := range map[string]func(context.Context, *wire.Conn) error{
		"Echo":   func(ctx context.Context, c *wire.Conn) error { return c.Echo(ctx, nil) },
		"Status": func(ctx context.Context, c *wire.Conn) error { _, err := c.Status(ctx); return err },
		"Await":  func(ctx context.Context, c *wire.Conn) error { return c.Await(ctx, "H:1", nil) },
		"Begin": func(ctx context.Context, c *wire.Conn) error {
			end := c.Begin(ctx)
			defer end()
			c.Send(wire.GrabJob)
			c.Flush()
			_, err := c.Receive()
			if err != nil {
				return context.Cause(ctx)
			}
			return nil
		},
		"write": func(ctx context.Context, c *wire.Conn) error { return c.Echo(ctx, make([]byte, 1<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			d := play(t, func(nc net.Conn) error {
				nc.Read(make([]byte, 100)) // Await sends nothing: its client closes
				return nil
			}, func(nc net.Conn) error {
				for b := make([]byte, 1<<20); ; {
					if _, err := nc.Read(b); err != nil {
						return nil
					}
				}
			})
			c := dial(t, d, "mock:1")
			stop := time.AfterFunc(short, func() { cancel(reason) })
			defer stop.Stop()
			within(t, prompt, func() {
				if err := blocked(ctx, c); !errors.Is(err, reason) && name != "write" {
					t.Errorf("got %v, want the context's cause", err)
				}
			})
		})
	}
}

func TestAContextThatHasEndedEndsEverything(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := mock(t)
	if err := c.Echo(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// The end of an inner operation must not make the outer one deaf to its context.
func TestAnOperationInsideAnother(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := mock(t, expects(req(wire.EchoReq, "x")), replies(res(wire.EchoRes, "x")))
	end := c.Begin(ctx)
	defer end()
	if err := c.Echo(context.Background(), []byte("x")); err != nil {
		t.Fatal(err)
	}
	cancel()
	within(t, prompt, func() {
		if _, err := c.Receive(); err == nil {
			t.Error("Receive returned without error after its operation had ended")
		}
	})
}
