package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// textLog writes Info and Warn messages, one per line.
type textLog struct{ io.Writer }

func (l textLog) Info(format string, args ...any)    { fmt.Fprintf(l, format+"\n", args...) }
func (l textLog) Verbose(format string, args ...any) {}
func (l textLog) Warn(format string, args ...any)    { l.Info(format, args...) }

// pipeDialer returns a NetDial whose connections are served by serve.
func pipeDialer(serve func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go serve(server)
		return client, nil
	}
}

func TestSupervisorBackoffDoublesUntilConnectionLasts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		start, n := time.Now(), 0
		var at []time.Duration
		s := NewSupervisor(textLog{&stderr}, &wire.Dialer{NetDial: pipeDialer(func(c net.Conn) { c.Close() })})
		err := s.Run(t.Context(), "mock:4730", func(ctx context.Context, c *wire.Conn) error {
			at = append(at, time.Since(start).Round(time.Millisecond))
			if n++; n == 5 {
				cmderr.Pause(ctx, time.Second) // longer than Backoff.Min
			}
			if n == 7 {
				return nil
			}
			return c.Echo(ctx, nil)
		})
		const ms = time.Millisecond
		want := []time.Duration{0, 100 * ms, 300 * ms, 700 * ms, 1500 * ms, 2600 * ms, 2800 * ms}
		if err != nil || !slices.Equal(at, want) {
			t.Errorf("connections at %v, %v, want %v", at, err, want)
		}
		if got := strings.Count(stderr.String(), "retrying"); got != 2 || strings.Count(stderr.String(), "is back") != 1 {
			t.Errorf("logged %q, want two outages and one recovery", stderr.String())
		}
	})
}

func TestSupervisorReturnsRefusal(t *testing.T) {
	t.Parallel()
	refuse := func(c net.Conn) {
		defer c.Close()
		if _, _, err := wire.NewReader(c).ReadPacket(); err == nil {
			c.Write(wire.AppendResponse(nil, wire.Error, []byte("DENIED"), []byte("not for you")))
		}
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("a minute later it still tries to connect"))
		defer cancel()
		s := NewSupervisor(textLog{io.Discard}, &wire.Dialer{NetDial: pipeDialer(refuse)})
		err := s.Run(ctx, "mock:4730", func(ctx context.Context, c *wire.Conn) error { return c.Echo(ctx, nil) })
		var refused *wire.ServerError
		if !errors.As(err, &refused) || refused.Code != "DENIED" {
			t.Errorf("run: got %v, %v, want the refusal", err, context.Cause(ctx))
		}
	})
}

// TestSupervisorReturnsErrorAfterInterrupt: an error during shutdown is returned, but not the interruption itself or a
// lost connection.
func TestSupervisorReturnsErrorAfterInterrupt(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk full")
	for _, tt := range []struct{ fails, want error }{{broken, broken}, {cmderr.ErrInterrupted, nil}, {context.Canceled, nil}, {&wire.OpError{Op: "take", Err: io.EOF}, nil}, {ErrReconnect, nil}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := NewSupervisor(textLog{io.Discard}, &wire.Dialer{NetDial: pipeDialer(func(c net.Conn) { io.Copy(io.Discard, c) })})
		err := s.Run(ctx, "mock:4730", func(context.Context, *wire.Conn) error {
			cancel(cmderr.ErrInterrupted)
			return tt.fails
		})
		if err != tt.want {
			t.Errorf("%v became %v, want %v", tt.fails, err, tt.want)
		}
	}
}
