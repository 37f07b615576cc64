package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// TestAServerThatStaysAwayIsTriedEveryTenSeconds: the pauses double up to that, and an interrupt in one of them is no error.
func TestAServerThatStaysAwayIsTriedEveryTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := newNetwork(nil)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 35*time.Second, cmderr.ErrInterrupted)
		defer cancel()
		err := NewSupervisor(textLog{&log}, n.dialer()).Run(ctx, "gm1:4730", func(context.Context, *wire.Conn) error { return nil })
		want := strings.Fields("0 0.1 0.3 0.7 1.5 3.1 6.3 12.7 22.7 32.7")
		for i, at := range want {
			want[i] = "gm1:4730 " + at
		}
		if diff := cmp.Diff(want, n.opened()); diff != "" || err != nil {
			t.Errorf("%v; tries -want +got\n%s", err, diff)
		}
		if took := time.Since(n.start); took != 35*time.Second {
			t.Errorf("it ended after %v, not when it was interrupted", took)
		}
		if log.String() != "dial gm1:4730: connection refused; retrying\n" {
			t.Errorf("an outage is reported once, and this was: %q", log.String())
		}
	})
}

// TestAConnectionThatIsChangedEndsAnOutage, and there is no pause before the next.
func TestAConnectionThatIsChangedEndsAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		n := newNetwork(map[string]func(net.Conn){})
		s := NewSupervisor(textLog{&log}, n.dialer())
		time.AfterFunc(50*time.Millisecond, func() { n.begin("gm1:4730", answers()) })
		calls := 0
		err := s.Run(t.Context(), "gm1:4730", func(context.Context, *wire.Conn) error {
			if calls++; calls == 1 {
				return ErrReconnect
			}
			if down := s.Outages(); len(down) > 0 || time.Since(n.start) != 100*time.Millisecond {
				t.Errorf("the second connection came after %v, while %v were down", time.Since(n.start), down)
			}
			return nil
		})
		if err != nil || calls != 2 {
			t.Errorf("there were %d connections, %v", calls, err)
		}
		if want := "dial gm1:4730: connection refused; retrying\ngm1:4730 is back\n"; log.String() != want {
			t.Errorf("logged %q, want %q", log.String(), want)
		}
	})
}

// TestOutagesAreOfServersThatAreUsed: a server that is used no more is not down, and is reported when it is used again.
func TestOutagesAreOfServersThatAreUsed(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := NewSupervisor(textLog{&log}, nil)
	for range 2 {
		s.ReportDown("b", errors.New("b is away"))
		s.ReportDown("a", errors.New("a is away"))
	}
	if diff := cmp.Diff([]string{"a", "b"}, s.Outages()); diff != "" {
		t.Errorf("down -want +got\n%s", diff)
	}
	s.WithDialer(nil).Forget(func(server string) bool { return server == "b" })
	if diff := cmp.Diff([]string{"b"}, s.Outages()); diff != "" {
		t.Errorf("down without what is not used -want +got\n%s", diff)
	}
	s.ReportDown("a", errors.New("a is away again"))
	s.ReportUp("b")
	s.ReportUp("b")
	if diff := cmp.Diff([]string{"a"}, s.Outages()); diff != "" {
		t.Errorf("down -want +got\n%s", diff)
	}
	if want := "b is away; retrying\na is away; retrying\na is away again; retrying\nb is back\n"; log.String() != want {
		t.Errorf("logged %q, want %q", log.String(), want)
	}
}

// TestOneServerThatAnswersIsEnough to begin with, and if there is none each is named.
func TestOneServerThatAnswersIsEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(map[string]func(net.Conn){"good:1": answers(echoed), "silent:1": answers()})
		s := NewSupervisor(textLog{io.Discard}, n.dialer())
		if err := s.CheckReachable(t.Context(), []string{"dead:1", "silent:1", "good:1"}); err != nil {
			t.Errorf("one of three answers: %v", err)
		}
		err := s.CheckReachable(t.Context(), []string{"dead:1", "silent:1"})
		if err == nil || !strings.Contains(err.Error(), "dead:1: connection refused") || !strings.Contains(err.Error(), "silent:1") {
			t.Errorf("of two servers neither answers: %v", err)
		}
	})
}

// TestAConnectionIsKeptOpen for as long as is asked for, or until the end, while the next serves: the server keeps its job that long.
func TestAConnectionIsKeptOpen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ until, closed time.Duration }{
		"as long as is asked for": {2 * time.Hour, time.Hour},
		"until the end":           {time.Minute, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(map[string]func(net.Conn){"gm1:4730": answers()})
				ctx, cancel := context.WithTimeout(t.Context(), c.until)
				defer cancel()
				calls, freed := 0, ""
				keep := &KeepOpenError{For: time.Hour, Closed: func() { freed = strings.Join(n.closed(), ", ") }}
				err := NewSupervisor(textLog{io.Discard}, n.dialer()).Run(ctx, "gm1:4730", func(context.Context, *wire.Conn) error {
					if calls++; calls == 1 {
						return keep
					}
					return nil
				})
				want := []string{"gm1:4730 0", fmt.Sprint("gm1:4730 ", c.closed.Seconds())}
				if diff := cmp.Diff(want, n.closed()); diff != "" || calls != 2 || err != nil {
					t.Errorf("%d connections, %v; closed -want +got\n%s", calls, err, diff)
				}
				if took := time.Since(n.start); took != c.closed || freed != strings.Join(want, ", ") {
					t.Errorf("it ended after %v, and the room of the connection was free once %q were closed", took, freed)
				}
			})
		})
	}
}

// TestGraceBeginsWithTheEnd: the longer context ends that much later, for the same reason, or when it is not needed any more.
func TestGraceBeginsWithTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, stop := context.WithCancelCause(t.Context())
		longer, cancel := WithGrace(ctx, 5*time.Second)
		defer cancel()
		time.Sleep(time.Minute)
		stop(cmderr.ErrInterrupted)
		if synctest.Wait(); longer.Err() != nil {
			t.Error("it ended with the other")
		}
		<-longer.Done()
		if took := time.Since(start); took != 65*time.Second || !errors.Is(context.Cause(longer), cmderr.ErrInterrupted) {
			t.Errorf("it ended after %v: %v", took, context.Cause(longer))
		}
		longer, cancel = WithGrace(ctx, 5*time.Second)
		cancel()
		if <-longer.Done(); time.Since(start) != 65*time.Second {
			t.Error("it was not needed any more, and went on")
		}
	})
}
