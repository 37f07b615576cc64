package wire_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

var keepAlive = req(wire.EchoReq, "keep-alive")

// await waits for H:1 and returns the updates as text.
// await waits for the end of job H:1, in a bubble at most an hour of its time.
func await(t *testing.T, c *wire.Conn) (got []string, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	err = c.Await(ctx, "H:1", func(u wire.Update) error {
		got = append(got, fmt.Sprintf("%v %s %d/%d", u.Type, u.Data, u.Numerator, u.Denominator))
		return nil
	})
	return got, err
}

func TestUpdatesOfAJob(t *testing.T) {
	c := mock(t, replies(
		res(wire.WorkData, "H:1", "part"), res(wire.WorkWarning, "H:1", "hm"), res(wire.WorkStatus, "H:1", "3", "10"),
		res(wire.WorkComplete, "H:2", "of another job"), res(wire.WorkStatus, "H:1", "x", ""), res(wire.WorkComplete, "H:1", "all")))
	got, err := await(t, c)
	want := []string{"WORK_DATA part 0/0", "WORK_WARNING hm 0/0", "WORK_STATUS  3/10", "WORK_STATUS  0/0", "WORK_COMPLETE all 0/0"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

func TestJobsThatFail(t *testing.T) {
	for answer, want := range map[string]string{
		string(res(wire.WorkFail, "H:1")):                                   "WORK_FAIL  0/0",
		string(res(wire.WorkFail, "H:1\x00")):                               "WORK_FAIL  0/0", // as gearmand makes it of an exception
		string(join(res(wire.WorkException, "H:1", "ouch"))):                "WORK_EXCEPTION ouch 0/0",
		string(join(res(wire.WorkException, "H:1", ""), res(wire.Noop))):    "WORK_EXCEPTION  0/0",
		string(join(res(wire.WorkFail, "H:10"), res(wire.WorkFail, "H:1"))): "WORK_FAIL  0/0",
	} {
		c := mock(t, replies([]byte(answer)))
		got, err := await(t, c)
		if diff := cmp.Diff([]string{want}, got); err != nil || diff != "" {
			t.Errorf("%q: %v, -want +got\n%s", answer, err, diff)
		}
	}
}

func TestWhileWaitingAnEchoProvesThatTheServerIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := mock(t, expects(keepAlive), replies(res(wire.EchoRes, "keep-alive")),
			expects(keepAlive), replies(res(wire.EchoRes, "keep-alive"), res(wire.WorkFail, "H:1")))
		if got, err := await(t, c); err != nil || len(got) != 1 || time.Since(start) != time.Minute {
			t.Errorf("after %v: %q, %v; want one update after a minute", time.Since(start), got, err)
		}
	})
}

func TestAServerThatFallsSilentWhileWeWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := mock(t, expects(keepAlive))
		_, err := await(t, c)
		if took := time.Since(start); !errors.Is(err, wire.ErrSilent) || took != 30*time.Second+wire.DefaultTimeout {
			t.Errorf("after %v: %v; want ErrSilent after 35s", took, err)
		}
	})
}

// The answer to the ECHO_REQ may come after the job's end; whoever uses the connection next must not see it.
func TestALateEchoIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mock(t, expects(keepAlive), replies(res(wire.WorkFail, "H:1")),
			expects(req(wire.SubmitJob, "q", "", "")), replies(res(wire.EchoRes, "keep-alive"), res(wire.JobCreated, "H:2")))
		if _, err := await(t, c); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Submit(t.Context(), &wire.Submission{Function: "q"}); got != "H:2" || err != nil {
			t.Errorf("got %q, %v, want H:2", got, err)
		}
	})
}

func TestAPacketThatStopsInTheMiddleIsASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := mock(t, replies(res(wire.WorkData, "H:1", "data")[:14]))
		_, err := await(t, c)
		if took := time.Since(start); !errors.Is(err, wire.ErrSilent) || took != wire.DefaultTimeout {
			t.Errorf("after %v: %v; want ErrSilent after %v", took, err, wire.DefaultTimeout)
		}
	})
}

func TestWaitingEndsWithItsServer(t *testing.T) {
	c := mock(t, replies(res(wire.WorkData, "H:1", "data")), hangsUp)
	if got, err := await(t, c); !errors.Is(err, wire.ErrClosed) || len(got) != 1 {
		t.Errorf("got %q, %v, want one update and ErrClosed", got, err)
	}
}
