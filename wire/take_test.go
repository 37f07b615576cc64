package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
	"gearctl/wire/jobserver/gearmandtest"
)

// grabs is n GRAB_JOB_UNIQ.
func grabs(n int) (b []byte) {
	for range n {
		b = append(b, req(wire.GrabJobUniq)...)
	}
	return b
}

// assigns hands out jobs.
func assigns(numbers ...int) (b []byte) {
	for _, n := range numbers {
		b = append(b, res(wire.JobAssignUniq, fmt.Sprint("H:m:", n), "q", fmt.Sprint("k", n), fmt.Sprint("w", n))...)
	}
	return b
}

// fails acknowledges jobs and asks for the confirmation.
func fails(numbers ...int) (b []byte) {
	for _, n := range numbers {
		b = append(b, req(wire.WorkFail, fmt.Sprint("H:m:", n))...)
	}
	return append(b, req(wire.EchoReq, "acknowledged")...)
}

var (
	begins    = join(req(wire.CanDo, "q"), grabs(1))
	none      = res(wire.NoJob)
	confirmed = res(wire.EchoRes, "acknowledged")
	notFound  = res(wire.Error, "JOB_NOT_FOUND", "Job+given+in+work+result+not+found")
	leaves    = join(req(wire.CantDo, "q"), req(wire.EchoReq, "left"))
	left      = res(wire.EchoRes, "left")
)

// take takes as k says; without Job it accepts every job.
func take(t *testing.T, c *wire.Conn, k wire.Take) (wire.Taken, error) {
	t.Helper()
	k.Function = "q"
	if k.Job == nil {
		k.Job = func(wire.Job) error { return nil }
	}
	return c.Take(t.Context(), &k)
}

func checkTaken(t *testing.T, want, got wire.Taken, err, wantErr error) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken -want +got\n%s", diff)
	}
	if !errors.Is(err, wantErr) {
		t.Errorf("got error %v, want %v", err, wantErr)
	}
}

func TestTakeAllAcknowledgesNewestFirst(t *testing.T) {
	c := mock(t, expects(req(wire.SetClientID, "me"), begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2, 3)),
		expects(grabs(2)), replies(none, none), expects(fails(3, 2, 1), leaves), replies(confirmed, left))
	var jobs []string
	synced := 0
	got, err := take(t, c, wire.Take{
		ClientID: "me", Window: 2,
		Job: func(j wire.Job) error {
			jobs = append(jobs, fmt.Sprintf("%s %s %s %s", j.Handle, j.Function, j.Unique, j.Workload))
			return nil
		},
		Sync: func() error { synced = len(jobs); return nil },
	})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 3}, got, err, nil)
	if diff := cmp.Diff([]string{"H:m:1 q k1 w1", "H:m:2 q k2 w2", "H:m:3 q k3 w3"}, jobs); diff != "" || synced != 3 {
		t.Errorf("%d synced, want 3; jobs -want +got\n%s", synced, diff)
	}
}

func TestTakeAcknowledgesAsJobsCome(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2), fails(1)), replies(assigns(2, 3)),
		expects(grabs(2), fails(3, 2)), replies(confirmed, none), expects(), replies(none, confirmed), expects(leaves), replies(left))
	got, err := take(t, c, wire.Take{Window: 2, AckImmediately: true})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 3}, got, err, nil)
}

func TestTakeCompletes(t *testing.T) {
	c := mock(t, expects(begins), replies(none), expects(leaves), replies(left))
	got, err := take(t, c, wire.Take{Answer: wire.AnswerComplete})
	checkTaken(t, wire.Taken{}, got, err, nil)
	c = mock(t, expects(begins), replies(assigns(7)), expects(req(wire.WorkComplete, "H:m:7", ""), req(wire.EchoReq, "acknowledged"), leaves),
		replies(confirmed, left))
	got, err = take(t, c, wire.Take{Answer: wire.AnswerComplete, Max: 1})
	checkTaken(t, wire.Taken{Jobs: 1, Bytes: 2, Acknowledged: 1}, got, err, nil)
}

func TestTakeNeverGrabsMoreThanMax(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2)), replies(assigns(3)),
		expects(fails(3, 2, 1), leaves), replies(confirmed, left))
	got, err := take(t, c, wire.Take{Max: 3, Window: 10})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 3}, got, err, nil)
}

func TestTakeAcknowledgesWhenItHoldsEnough(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(1)), replies(assigns(2)), expects(fails(2, 1)), replies(confirmed),
		expects(grabs(1)), replies(none), expects(leaves), replies(left))
	got, err := take(t, c, wire.Take{MaxUnacked: 2, Window: 1})
	checkTaken(t, wire.Taken{Jobs: 2, Bytes: 4, Acknowledged: 2}, got, err, nil)
}

func TestTakeFromAServerWithoutGrabJobUniq(t *testing.T) {
	unknown := res(wire.Error, "UNKNOWN_COMMAND", "Unknown+server+command")
	grab := req(wire.GrabJob)
	c := mock(t, expects(begins), replies(unknown), expects(grab), replies(res(wire.JobAssign, "H:m:1", "q", "w\x001")),
		expects(grab), replies(none), expects(fails(1), leaves), replies(confirmed, left))
	got, err := take(t, c, wire.Take{Window: 1, Job: func(j wire.Job) error {
		if j.Unique != nil || string(j.Workload) != "w\x001" {
			t.Errorf("got %q with unique %q", j.Workload, j.Unique)
		}
		return nil
	}})
	checkTaken(t, wire.Taken{Jobs: 1, Bytes: 3, Acknowledged: 1}, got, err, nil)

	c = mock(t, expects(begins), replies(unknown), expects(grab), replies(unknown))
	_, err = take(t, c, wire.Take{})
	var refused *wire.ServerError
	if !errors.As(err, &refused) || refused.Code != "UNKNOWN_COMMAND" {
		t.Errorf("got %v, want UNKNOWN_COMMAND", err)
	}
}

func TestJobsThatTheServerDoesNotKnowAreGone(t *testing.T) {
	start := []step{expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2, 3)), expects(grabs(2)), replies(none, none), expects(fails(3, 2, 1), leaves)}
	for _, c := range []struct {
		name string
		end  []step
		want wire.Taken
		err  error
	}{
		{"one", []step{replies(notFound, confirmed, left)}, wire.Taken{Acknowledged: 2, Gone: 1}, nil},
		{"all", []step{replies(notFound, notFound, notFound, confirmed, left)}, wire.Taken{Gone: 3}, nil},
		{"as other servers say it", []step{
			replies(res(wire.Error, "job_not_found", ""), res(wire.Error, "not_worker", ""), confirmed, left),
		}, wire.Taken{Acknowledged: 1, Gone: 2}, nil},
		{"not confirmed", []step{replies(notFound, notFound), hangsUp}, wire.Taken{Unconfirmed: 3}, wire.ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := take(t, mock(t, append(start[:len(start):len(start)], c.end...)...), wire.Take{Window: 2})
			c.want.Jobs, c.want.Bytes = 3, 6
			checkTaken(t, c.want, got, err, c.err)
		})
	}
}

func TestTakeRefusesWhatItDidNotAskFor(t *testing.T) {
	start := []step{expects(begins), replies(assigns(1)), expects(grabs(1)), replies(none), expects(fails(1), leaves)}
	for name, answer := range map[string][]byte{
		"job":            assigns(2),
		"no job":         none,
		"not found":      join(notFound, notFound),
		"other error":    res(wire.Error, "QUEUE_ERROR", ""),
		"client packets": res(wire.JobCreated, "H:1"),
	} {
		t.Run(name, func(t *testing.T) {
			c := mock(t, append(start[:len(start):len(start)], replies(answer), ignoresTheRest)...)
			_, err := take(t, c, wire.Take{Window: 1})
			var op *wire.OpError
			if !errors.As(err, &op) || op.Op != "take jobs of q from" {
				t.Errorf("got %v, want an OpError", err)
			}
		})
	}
}

func TestAJobErrorHandsBack(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2, 3)),
		expects(fails(1), leaves), replies(confirmed, left))
	calls := 0
	got, err := take(t, c, wire.Take{Window: 2, Job: func(j wire.Job) error {
		if calls++; string(j.Handle) == "H:m:2" {
			return errDisk
		}
		return nil
	}})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 1, Released: 2}, got, err, errDisk)
	if calls != 2 {
		t.Errorf("Job was called %d times, want 2: not after it failed", calls)
	}
}

func TestASyncErrorHandsBack(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(1)), replies(none), expects(leaves), replies(left))
	got, err := take(t, c, wire.Take{Window: 1, Sync: func() error { return errDisk }})
	checkTaken(t, wire.Taken{Jobs: 1, Bytes: 2, Released: 1}, got, err, errDisk)
	c = mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2), none), expects(leaves), replies(left))
	_, err = take(t, c, wire.Take{Window: 2, AckImmediately: true, Max: 3, Sync: func() error { return errDisk }})
	if !errors.Is(err, errDisk) {
		t.Errorf("got %v, want %v", err, errDisk)
	}
}

func TestAFullDiskIsToldEvenWhenTheConnectionFailsToo(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(leaves), hangsUp)
	got, err := take(t, c, wire.Take{Job: func(wire.Job) error { return errDisk }})
	checkTaken(t, wire.Taken{Jobs: 1, Bytes: 2, Released: 1}, got, err, errDisk)
	if !errors.Is(err, wire.ErrClosed) {
		t.Errorf("got %v, want ErrClosed in it as well", err)
	}
}

func TestAConnectionKilledInMidDrain(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2)), expects(grabs(1)), hangsUp)
	got, err := take(t, c, wire.Take{Window: 2})
	checkTaken(t, wire.Taken{Jobs: 2, Bytes: 4}, got, err, wire.ErrClosed)
}

func TestWhatIsInHandIsFinishedWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2, 3)),
		expects(fails(3, 2, 1), leaves), replies(confirmed, left))
	n := 0
	got, err := c.Take(ctx, &wire.Take{Function: "q", Window: 2, Job: func(wire.Job) error {
		if n++; n == 2 {
			cancel(errDisk)
		}
		return nil
	}})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 3}, got, err, errDisk)
}

// follow runs a Follow that ends when the script cancels it, and checks how long that took.
func follow(t *testing.T, want time.Duration, script func(cancel step) []step) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		c := mock(t, script(does(func() { cancel(errDisk) }))...)
		start := time.Now()
		got, err := c.Take(ctx, &wire.Take{Function: "q", Window: 1, AckImmediately: true, Follow: true, Job: func(wire.Job) error { return nil }})
		checkTaken(t, wire.Taken{Jobs: got.Jobs, Bytes: 2 * got.Jobs, Acknowledged: got.Jobs}, got, err, errDisk)
		if took := time.Since(start); took != want {
			t.Errorf("took %v, want %v", took, want)
		}
	})
}

var (
	sleeps = req(wire.PreSleep)
	noop   = res(wire.Noop)
)

func TestFollowIsWokenByNOOP(t *testing.T) {
	follow(t, 0, func(cancel step) []step {
		return []step{
			expects(begins), replies(none), expects(sleeps), replies(noop), expects(grabs(1)), replies(assigns(1)),
			expects(grabs(1), fails(1)), replies(none, confirmed), expects(sleeps), cancel, expects(leaves), replies(left),
		}
	})
}

// The confirmation comes after NO_JOB, when there is nothing more to do than to sleep.
func TestFollowWaitsForConfirmationsBeforeItSleeps(t *testing.T) {
	follow(t, 0, func(cancel step) []step {
		return []step{
			expects(begins), replies(assigns(1)), expects(grabs(1), fails(1)), replies(none), replies(confirmed),
			expects(sleeps), cancel, expects(leaves), replies(left),
		}
	})
}

func TestFollowBacksOffAtANOOPWithoutJob(t *testing.T) {
	follow(t, 200*time.Millisecond, func(cancel step) []step {
		empty := []step{expects(sleeps), replies(noop), expects(grabs(1)), replies(none), expects(grabs(1)), replies(none)}
		script := []step{expects(begins), replies(none)}
		script = append(append(script, empty...), empty...)
		return append(script, expects(sleeps), cancel, expects(leaves), replies(left))
	})
}

func TestFollowGrabsEveryTenSecondsWhileAsleep(t *testing.T) {
	follow(t, 20*time.Second, func(cancel step) []step {
		return []step{
			expects(begins), replies(none), expects(sleeps), expects(grabs(1)), replies(none), expects(sleeps), expects(grabs(1)),
			replies(noop, noop, assigns(1)), expects(grabs(1), fails(1)), replies(none, confirmed), expects(sleeps), cancel, expects(leaves), replies(left),
		}
	})
}

func TestFollowEndsWhileItBacksOff(t *testing.T) {
	follow(t, 0, func(cancel step) []step {
		return []step{
			expects(begins), replies(none), expects(sleeps), replies(noop), expects(grabs(1)), replies(none), cancel, expects(leaves), replies(left),
		}
	})
}

func TestFollowNoticesASilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := mock(t, expects(begins), replies(none), expects(sleeps), expects(grabs(1)))
		start := time.Now()
		_, err := take(t, c, wire.Take{Follow: true})
		if took := time.Since(start); !errors.Is(err, wire.ErrSilent) || took != 15*time.Second {
			t.Errorf("after %v: %v; want ErrSilent after 15s", took, err)
		}
	})
}

func TestOnlyWhatMayBeIsAcknowledged(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2, 3)), expects(grabs(2)), replies(none, none),
		expects(fails(3, 1), leaves), replies(confirmed, left))
	var asked []int64
	got, err := take(t, c, wire.Take{Window: 2, Acknowledge: func(n int64) bool {
		asked = append(asked, n)
		return n != 1
	}})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 2, Released: 1}, got, err, nil)
	if diff := cmp.Diff([]int64{2, 1, 0}, asked); diff != "" {
		t.Errorf("asked for -want +got\n%s", diff)
	}
}

// The numbers must name the right jobs whatever their handles look like.
func TestAcknowledgeNumbersJobsOfOddHandles(t *testing.T) {
	odd := res(wire.JobAssignUniq, "odd", "q", "k", "w2")
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(odd, assigns(3)), expects(grabs(2)), replies(none, none),
		expects(join(req(wire.WorkFail, "odd"), req(wire.EchoReq, "acknowledged")), leaves), replies(confirmed, left))
	got, err := take(t, c, wire.Take{Window: 2, Acknowledge: func(n int64) bool { return n == 1 }})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 1, Released: 2}, got, err, nil)
}

func TestAnOrderIsRestoredByHoldingTwice(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(2)), replies(assigns(2), none), expects(grabs(1)), replies(none),
		expects(fails(1), leaves, req(wire.CanDo, "q"), grabs(2)), replies(confirmed, left, assigns(2), none), expects(leaves), replies(left))
	got, err := take(t, c, wire.Take{Window: 2, Restore: true, Acknowledge: func(n int64) bool { return n == 0 }})
	checkTaken(t, wire.Taken{Jobs: 2, Bytes: 4, Acknowledged: 1, Released: 1}, got, err, nil)
}

func TestNothingIsHeldTwiceWhenAllWasAcknowledged(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(1)), replies(none), expects(fails(1), leaves), replies(confirmed, left))
	got, err := take(t, c, wire.Take{Window: 1, Restore: true})
	checkTaken(t, wire.Taken{Jobs: 1, Bytes: 2, Acknowledged: 1}, got, err, nil)
}

func TestToRestoreAnOrderAllAreHeldAfterAnError(t *testing.T) {
	c := mock(t, expects(begins), replies(assigns(1)), expects(grabs(1)), replies(assigns(2)), expects(grabs(1)), replies(assigns(3)),
		expects(grabs(1)), replies(none), expects(fails(1), leaves, begins), replies(confirmed, left, none), expects(leaves), replies(left))
	got, err := take(t, c, wire.Take{Window: 1, Restore: true, Job: func(j wire.Job) error {
		if string(j.Handle) == "H:m:1" {
			return nil
		}
		return errDisk
	}})
	checkTaken(t, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 1, Released: 2, Missing: 2}, got, err, errDisk)
}

// TestAnExpectedNumberIsGrabbedAtOnce counts flights: each expects is one.
func TestAnExpectedNumberIsGrabbedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		script []step
		want   wire.Taken
	}{
		"as many":  {[]step{expects(req(wire.CanDo, "q"), grabs(4)), replies(assigns(1, 2, 3), none), expects(fails(3, 2, 1), leaves), replies(confirmed, left)}, wire.Taken{Jobs: 3, Bytes: 6, Acknowledged: 3}},
		"fewer":    {[]step{expects(req(wire.CanDo, "q"), grabs(4)), replies(assigns(1), none, none, none), expects(fails(1), leaves), replies(confirmed, left)}, wire.Taken{Jobs: 1, Bytes: 2, Acknowledged: 1}},
		"more":     {[]step{expects(req(wire.CanDo, "q"), grabs(4)), replies(assigns(1, 2, 3, 4)), expects(grabs(1)), replies(none), expects(fails(4, 3, 2, 1), leaves), replies(confirmed, left)}, wire.Taken{Jobs: 4, Bytes: 8, Acknowledged: 4}},
		"old Perl": {[]step{expects(req(wire.CanDo, "q"), grabs(4)), replies(bytes.Repeat(res(wire.Error, "unknown_command", ""), 4)), expects(req(wire.GrabJob)), replies(none), expects(leaves), replies(left)}, wire.Taken{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := take(t, mock(t, c.script...), wire.Take{Expect: 3})
			checkTaken(t, c.want, got, err, nil)
		})
	}
}

// TestAcknowledgementsDoNotWaitForTheLink takes jobs over a link with a delay of half a second each way: the batches
// between two confirmations follow each other at once, and grow by the server's own speed, and the window of grabs grows.
func TestAcknowledgementsDoNotWaitForTheLink(t *testing.T) {
	for jobs, want := range map[int64]time.Duration{900: 3 * time.Second, 20_000: 12 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			d := farServer(t, &gearmandtest.Link{Delay: 500 * time.Millisecond})
			c := dial(t, d, "far:4730")
			enqueue(t, c, jobs)
			start := time.Now()
			n, err := c.Take(t.Context(), &wire.Take{Function: "q", Expect: jobs, Job: func(wire.Job) error { return nil }})
			if err != nil || n.Acknowledged != jobs {
				t.Fatal(n, err)
			}
			if took := time.Since(start); took > want {
				t.Errorf("%d jobs took %v, want at most %v", jobs, took, want)
			}
			c.Close()
		})
	}
}

// TestJobsAreHeldUntilTheyAreDue: with AckDue jobs are held while the worker sleeps, until they are due or ctx ends.
func TestJobsAreHeldUntilTheyAreDue(t *testing.T) {
	begun := []step{expects(begins), replies(assigns(1)), expects(grabs(1)), replies(none), expects(sleeps)}
	for name, c := range map[string]struct {
		after time.Duration // when they are due
		want  wire.Taken
		rest  func(cancel step) []step
	}{
		"due while asleep": {15 * time.Second, wire.Taken{Jobs: 2, Bytes: 4, Acknowledged: 2}, func(cancel step) []step {
			return []step{
				expects(grabs(1)), replies(assigns(2)), expects(grabs(1)), replies(none), expects(sleeps),
				expects(grabs(1), fails(2, 1)), replies(none, confirmed), expects(sleeps), cancel, expects(leaves), replies(left),
			}
		}},
		"not due when ctx ends": {time.Hour, wire.Taken{Jobs: 1, Bytes: 2, Acknowledged: 1}, func(cancel step) []step {
			return []step{cancel, expects(fails(1), leaves), replies(confirmed, left)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				script := append(append([]step{}, begun...), c.rest(does(func() { cancel(errDisk) }))...)
				start := time.Now()
				got, err := mock(t, script...).Take(ctx, &wire.Take{
					Function: "q", Window: 1, Follow: true, AckImmediately: true, Job: func(wire.Job) error { return nil },
					AckDue: func() bool { return time.Since(start) > c.after },
				})
				checkTaken(t, c.want, got, err, errDisk)
			})
		})
	}
}
