package wire_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

func TestParseJobLine(t *testing.T) {
	for line, want := range map[string]wire.JobEntry{
		"H:lap:1\t0\t0\t1":                 {Handle: "H:lap:1", Background: true},
		"H:lap:1\t12\t1\t0":                {Handle: "H:lap:1", Retries: 12, Ignored: true},
		"pre fix:9\t0\t0\t0":               {Handle: "pre fix:9"},
		"x\t9223372036854775807\t1\t1":     {Handle: "x", Retries: 1<<63 - 1, Ignored: true, Background: true},
		"H:[fe80::1%eth0]:77\t3\t255\t255": {Handle: "H:[fe80::1%eth0]:77", Retries: 3, Ignored: true, Background: true},
	} {
		if got, err := wire.ParseJobLine([]byte(line)); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", line, got, err, want)
		}
	}
}

func TestParseJobLineRefuses(t *testing.T) {
	for _, line := range []string{
		"", ".", "OK", "H:1", "H:1\t0\t0", "H:1\t0\t0\t0\t0", "H:1\t0\t0\t0 ", "H:1\t0\t0\t0\t", "\t0\t0\t0", "H:1\t-1\t0\t0",
		"H:1\t0\t\t0", "H:1\tx\t0\t0", "H:1\t00\t0\t0", "H:1\t9223372036854775808\t0\t0", "H:1 0 0 0",
	} {
		if got, err := wire.ParseJobLine([]byte(line)); err == nil {
			t.Errorf("%q: got %+v, want an error", line, got)
		}
	}
}

// jobLine writes j as a server does.
func jobLine(j wire.JobEntry) string {
	bit := map[bool]int{true: 1}
	return fmt.Sprintf("%s\t%d\t%d\t%d", j.Handle, j.Retries, bit[j.Ignored], bit[j.Background])
}

func FuzzParseJobLine(f *testing.F) {
	f.Add("H:lap:1", int64(0), false, true)
	f.Add("a b", int64(-1), true, false)
	f.Fuzz(func(t *testing.T, handle string, retries int64, ignored, background bool) {
		want := wire.JobEntry{Handle: handle, Retries: retries, Ignored: ignored, Background: background}
		line := jobLine(want)
		got, err := wire.ParseJobLine([]byte(line))
		valid := handle != "" && !strings.Contains(handle, "\t") && retries >= 0
		if (err == nil) != valid || valid && got != want {
			t.Fatalf("%q: got %+v, %v; valid: %v", line, got, err, valid)
		}
	})
}

// FuzzParseJobText: of any text, what is accepted is read again as it is.
func FuzzParseJobText(f *testing.F) {
	f.Add([]byte("H:lap:1\t0\t0\t1"))
	f.Add([]byte("H:lap:1\t0\t7\t8"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if first, err := wire.ParseJobLine(line); err == nil {
			if again, err := wire.ParseJobLine([]byte(jobLine(first))); err != nil || again != first {
				t.Fatalf("%q: first %+v, then %+v, %v", line, first, again, err)
			}
		}
	})
}

func TestUniqueKeysThatLookLikeTheProtocol(t *testing.T) {
	const command = "show unique jobs"
	ask := expects([]byte(command+"\r\n"), req(wire.EchoReq, command))
	for answer, want := range map[string][]string{
		".\n":                   {},
		"a\n\n-\n.\n":           {"a", "", "-"},
		".\na\n.\n.\n":          {".", "a", "."},
		"ERR KEY of a job\n.\n": {"ERR KEY of a job"},
	} {
		c := mock(t, ask, replies([]byte(answer), res(wire.EchoRes, command)))
		if got, err := uniqueKeys(t, c); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", answer, got, err, want)
		}
	}
	c := mock(t, ask, replies([]byte("ERR UNKNOWN_SHOW_ARGUMENTS\r\n"), res(wire.EchoRes, command)))
	var refused *wire.ServerError
	if _, err := uniqueKeys(t, c); !errors.As(err, &refused) || refused.Code != "UNKNOWN_SHOW_ARGUMENTS" {
		t.Errorf("got %v, want the refusal", err)
	}
	for answer, want := range map[string][]string{"": nil, "a\n": nil, "a\nERR x\n": {"a"}, "ERR x\na\n": {"ERR x"}} {
		var frame *wire.FrameError
		c := mock(t, ask, replies([]byte(answer), res(wire.EchoRes, command)))
		if got, err := uniqueKeys(t, c); !errors.As(err, &frame) || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q and a FrameError", answer, got, err, want)
		}
	}
}

// uniqueKeys returns what EachUniqueKey gives.
func uniqueKeys(t *testing.T, c *wire.Conn) (keys []string, err error) {
	err = c.EachUniqueKey(t.Context(), func(key string) error {
		keys = append(keys, key)
		return nil
	})
	return keys, err
}

// submit submits j and returns its handle.
func submit(t *testing.T, c *wire.Conn, j wire.Submission) string {
	t.Helper()
	handle, err := c.Submit(t.Context(), &j)
	if err != nil {
		t.Fatal(err)
	}
	return handle
}

// jobsOf returns the jobs of a server by handle.
func jobsOf(t *testing.T, c *wire.Conn) map[string]wire.JobEntry {
	t.Helper()
	m := map[string]wire.JobEntry{}
	bad, err := c.EachJob(t.Context(), func(j wire.JobEntry) error {
		m[j.Handle] = j
		return nil
	})
	if err != nil || len(bad) > 0 {
		t.Fatalf("jobs: bad lines %v, %v", bad, err)
	}
	return m
}

func TestJobsOfServers(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		c := dial(t, &wire.Dialer{}, addr)
		var keys []string
		want := map[string]wire.JobEntry{}
		for i, key := range []string{"a b", "", ".", "ERR X y", "k\u00e9y"} {
			background := i%2 == 0
			handle := submit(t, c, wire.Submission{Function: "q", Unique: key, Background: background})
			want[handle] = wire.JobEntry{Handle: handle, Background: background}
			keys = append(keys, key)
		}
		if diff := cmp.Diff(want, jobsOf(t, c)); diff != "" {
			t.Errorf("jobs -want +got\n%s", diff)
		}
		got, err := uniqueKeys(t, c)
		slices.Sort(keys)
		slices.Sort(got)
		if diff := cmp.Diff(keys, got); err != nil || diff != "" {
			t.Errorf("keys: %v, -want +got\n%s", err, diff)
		}
		if _, err := c.Version(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestTheStatusOfAJob(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		client, admin := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		check := func(handle, unique string, want wire.JobState) {
			t.Helper()
			got, err := admin.JobStatusUnique(ctx, unique)
			if err != nil || got != want {
				t.Errorf("by key: got %+v, %v, want %+v", got, err, want)
			}
			want.Clients = -1
			if got, err := admin.JobStatus(ctx, handle); err != nil || got != want {
				t.Errorf("by handle: got %+v, %v, want %+v", got, err, want)
			}
		}
		check("H:nobody:1", "nobody's", wire.JobState{})
		handle := submit(t, client, wire.Submission{Function: "q", Unique: "key"})
		check(handle, "key", wire.JobState{Known: true, Clients: 1})
		background := submit(t, client, wire.Submission{Function: "other", Unique: "key 2", Background: true})
		check(background, "key 2", wire.JobState{Known: true})
		err := work(t, dial(t, &wire.Dialer{}, addr), wire.Work{Jobs: 1, Do: func(j *wire.ActiveJob) error {
			check(handle, "key", wire.JobState{Known: true, Running: true, Clients: 1})
			if err := j.Status(3, 10); err != nil {
				return err
			}
			for got := (wire.JobState{}); got.Numerator != 3; { // it travels on another connection than we ask on
				var err error
				if got, err = admin.JobStatus(ctx, handle); err != nil {
					return err
				}
			}
			check(handle, "key", wire.JobState{Known: true, Running: true, Numerator: 3, Denominator: 10, Clients: 1})
			return j.Complete(nil)
		}})
		if err != nil {
			t.Fatal(err)
		}
		check(handle, "key", wire.JobState{})
	})
}

func TestJobStatusRefused(t *testing.T) {
	c := mock(t, expects(req(wire.GetStatusUnique, "key")), replies(res(wire.Error, "unknown_command", "")))
	var refused *wire.ServerError
	if got, err := c.JobStatusUnique(t.Context(), "key"); !errors.As(err, &refused) || got != (wire.JobState{}) {
		t.Errorf("got %+v, %v, want a ServerError", got, err)
	}
	c = mock(t, expects(req(wire.GetStatus, "H:1")), replies(res(wire.StatusResUnique, "H:1", "1", "0", "0", "0", "0")))
	var frame *wire.FrameError
	if got, err := c.JobStatus(t.Context(), "H:1"); !errors.As(err, &frame) || got != (wire.JobState{}) {
		t.Errorf("got %+v, %v, want a FrameError", got, err)
	}
}

func TestCancelJob(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		client, admin := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr)
		handle := submit(t, client, wire.Submission{Function: "q"})
		background := submit(t, client, wire.Submission{Function: "q", Background: true})
		for _, h := range []string{handle, background, background} { // again is fine
			if err := admin.CancelJob(t.Context(), h); err != nil {
				t.Errorf("cancel %s: %v", h, err)
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		var got wire.Type
		if err := client.Await(ctx, handle, func(u wire.Update) error { got = u.Type; return nil }); err != nil || got != wire.WorkFail {
			t.Errorf("the client got %v, %v, want WORK_FAIL", got, err)
		}
		want := map[string]wire.JobEntry{handle: {Handle: handle, Ignored: true}, background: {Handle: background, Ignored: true}}
		if diff := cmp.Diff(want, jobsOf(t, admin)); diff != "" {
			t.Errorf("jobs -want +got\n%s", diff)
		}
		var refused *wire.ServerError
		if err := admin.CancelJob(t.Context(), "H:nobody:1"); !errors.As(err, &refused) || refused.Code != "UNKNOWN_JOB" {
			t.Errorf("cancel an unknown job: got %v, want UNKNOWN_JOB", err)
		}
	})
}

func TestHandlesThatWouldInjectAreNotSent(t *testing.T) {
	c := mock(t) // which gets nothing
	for _, handle := range []string{"", "H 1", "H:1\r\nshutdown", "H\x001", strings.Repeat("x", 64)} {
		if err := c.CancelJob(t.Context(), handle); err == nil {
			t.Errorf("%.20q was accepted", handle)
		}
	}
}
