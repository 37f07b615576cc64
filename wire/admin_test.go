package wire_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gearctl/wire"
)

func TestVersion(t *testing.T) {
	for answer, want := range map[string]string{
		"OK 1.1.20+ds\n":   "1.1.20+ds",
		"OK 1.1.20\r\n":    "1.1.20",
		"0.14\n":           "0.14",
		"1.130\r\n":        "1.130",
		"v1.130.1\n":       "v1.130.1",
		"OK 2.0 (beta)\n":  "2.0 (beta)",
		"OK trunk-12345\n": "trunk-12345",
		"OK \n":            "",
		"OK\r\n":           "",
	} {
		c := mock(t, expects([]byte("version\r\n")), replies([]byte(answer)))
		if got, err := c.Version(t.Context()); got != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", answer, got, err, want)
		}
	}
}

func TestVersionIsGarbage(t *testing.T) {
	for _, answer := range []string{"HTTP/1.1 400 Bad Request\r\n", "\n", "OKAY\n", "ok 1.1\n", "v\n", "vv1\n", "-ERR unknown command\r\n", "\x16\x03\n"} {
		c := mock(t, expects([]byte("version\r\n")), replies([]byte(answer)))
		var frame *wire.FrameError
		if got, err := c.Version(t.Context()); !errors.As(err, &frame) || got != "" {
			t.Errorf("%q: got %q, %v, want a FrameError", answer, got, err)
		}
	}
}

const statusAnswer = "q\t3\t1\t2\nwith\ttabs\t10\t0\t0\n\x1b[31m\t0\t0\t1\nERR x\t1\t1\t1\n.\n"

var statusRows = []wire.FunctionStatus{
	{Function: "q", Total: 3, Running: 1, Workers: 2},
	{Function: "with\ttabs", Total: 10},
	{Function: "\x1b[31m", Workers: 1},
	{Function: "ERR x", Total: 1, Running: 1, Workers: 1},
}

func TestStatusSplitAnywhere(t *testing.T) {
	for _, answer := range []string{statusAnswer, strings.ReplaceAll(statusAnswer, "\n", "\r\n")} {
		for at := range len(answer) + 1 {
			c := mock(t, expects([]byte("status\r\n")), repliesSplit([]byte(answer), at))
			got, err := c.Status(t.Context())
			if diff := cmp.Diff(wire.Listing[wire.FunctionStatus]{Rows: statusRows}, got); err != nil || diff != "" {
				t.Fatalf("split at %d: %v, -want +got\n%s", at, err, diff)
			}
		}
	}
}

// TestStatusIntoReusesMemory: the second answer is in the memory of the first, also where names came and went.
func TestStatusIntoReusesMemory(t *testing.T) {
	c := mock(t, expects([]byte("status\r\n")), replies([]byte("first\t1\t0\t0\nsecond\t2\t1\t0\nthird\t3\t0\t0\n.\n")),
		expects([]byte("status\r\n")), replies([]byte("first\t9\t0\t1\nbad\nthird\t4\t0\t0\n.\n")),
		expects([]byte("status\r\n")), replies([]byte("ERR UNKNOWN_COMMAND x\r\n")))
	first, err := c.StatusInto(t.Context(), nil)
	if err != nil || len(first.Rows) != 3 {
		t.Fatalf("got %+v, %v", first, err)
	}
	name := unsafe.StringData(first.Rows[0].Function)
	second, err := c.StatusInto(t.Context(), first.Rows)
	want := []wire.FunctionStatus{{Function: "first", Total: 9, Workers: 1}, {Function: "third", Total: 4}}
	if diff := cmp.Diff(want, second.Rows); err != nil || diff != "" || len(second.Bad) != 1 {
		t.Fatalf("%v, %d bad, -want +got\n%s", err, len(second.Bad), diff)
	}
	if &second.Rows[0] != &first.Rows[0] || unsafe.StringData(second.Rows[0].Function) != name {
		t.Error("the rows or the names were copied")
	}
	if first.Rows[2] != (wire.FunctionStatus{}) {
		t.Errorf("the row of a queue that is gone keeps its name: %+v", first.Rows[2])
	}
	var refused *wire.ServerError
	if l, err := c.StatusInto(t.Context(), second.Rows); !errors.As(err, &refused) || l.Rows != nil {
		t.Errorf("got %+v, %v, want the refusal alone", l, err)
	}
}

func TestStatusIntoIsLimited(t *testing.T) {
	d := play(t, expects([]byte("status\r\n")), replies([]byte("a\t1\t0\t0\nb\t2\t1\t0\nc\t3\t0\t0\n.\n")))
	d.MaxRows = 2
	var limit *wire.LimitError
	if l, err := dial(t, d, "mock:1").StatusInto(t.Context(), nil); !errors.As(err, &limit) || l.Rows != nil {
		t.Errorf("got %+v, %v, want a LimitError", l, err)
	}
}

func TestStatusBeginningWithAQueueNamedERR(t *testing.T) {
	c := mock(t, expects([]byte("status\r\n")), replies([]byte("ERR x\t1\t1\t1\n.\n")))
	if got, err := c.Status(t.Context()); err != nil || len(got.Rows) != 1 {
		t.Errorf("got %+v, %v, want one row", got, err)
	}
}

func TestStatusOfAMillionLines(t *testing.T) {
	const n = 1_000_000
	var lines []byte
	for i := range 1000 {
		lines = fmt.Appendf(lines, "queue_%d\t%d\t0\t1\n", i, i)
	}
	d := play(t, expects([]byte("status\r\n")), replies(bytes.Repeat(lines, n/1000), []byte("last\t0\t0\t0\n.\n")))
	d.MaxRows = n + 1
	c := dial(t, d, "mock:1")
	within(t, 10*time.Second, func() { // a third of a second without the race detector
		got, err := c.Status(t.Context())
		if err != nil || len(got.Rows) != n+1 || len(got.Bad) > 0 {
			t.Fatalf("%d rows, %d bad, %v; want %d rows", len(got.Rows), len(got.Bad), err, n+1)
		}
		for i := range n {
			if got.Rows[i].Total != int64(i%1000) {
				t.Fatalf("row %d is %+v", i, got.Rows[i])
			}
		}
	})
}

func TestBadLinesAreReportedByNumber(t *testing.T) {
	c := mock(t, expects([]byte("status\r\n")),
		replies([]byte("good\t1\t0\t0\nno fields\nneg\t-1\t0\t0\n\nmore\t1\t2\t0\nlead\t01\t0\t0\nhuge\t9223372036854775808\t0\t0\nlast\t9223372036854775807\t0\t0\n.\n")))
	got, err := c.Status(t.Context())
	want := wire.Listing[wire.FunctionStatus]{
		Rows: []wire.FunctionStatus{{Function: "good", Total: 1}, {Function: "more", Total: 1, Running: 2}, {Function: "last", Total: 1<<63 - 1}},
		Bad: []*wire.LineError{
			{Server: "mock:4730", Number: 2, Cause: "1 fields where 4 are due"},
			{Server: "mock:4730", Number: 3, Cause: `"-1" is not a number`},
			{Server: "mock:4730", Number: 4, Cause: "1 fields where 4 are due"},
			{Server: "mock:4730", Number: 5, Cause: `more jobs running (2) than there are (1) (queue "more")`, Row: true},
			{Server: "mock:4730", Number: 6, Cause: `"01" is not a number`},
			{Server: "mock:4730", Number: 7, Cause: `"9223372036854775808" is not a number`},
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v, -want +got\n%s", err, diff)
	}
	if got, want := got.Bad[0].Error(), "mock:4730: line 2 of the answer: 1 fields where 4 are due"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPriorityStatus(t *testing.T) {
	c := mock(t, expects([]byte("prioritystatus\r\n")), replies([]byte("a\tb\t1\t2\t3\t4\nshort\t1\t2\t3\n.\n")))
	got, err := c.PriorityStatus(t.Context())
	want := wire.Listing[wire.PriorityStatus]{
		Rows: []wire.PriorityStatus{{Function: "a\tb", High: 1, Normal: 2, Low: 3, Workers: 4}},
		Bad:  []*wire.LineError{{Number: 2}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(wire.LineError{}, "Server", "Cause")); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

func TestTheServerRefuses(t *testing.T) {
	for answer, want := range map[string]wire.ServerError{
		"ERR UNKNOWN_COMMAND Unknown+server+commandprioritystatus\r\n":     {Code: "UNKNOWN_COMMAND", Text: "Unknown server commandprioritystatus"},
		"ERR unknown_command \r\n":                                         {Code: "unknown_command"},
		"ERR function not found\r\n":                                       {Code: "function not found"},
		"ERR there are still connected workers or executing clients\r\n":   {Code: "there are still connected workers or executing clients"},
		"ERR UNKNOWN_JOB\r\n":                                              {Code: "UNKNOWN_JOB"},
		"ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent\n":  {Code: "INVALID_ARGUMENTS", Text: "An incomplete set of arguments was sent"},
		"ERR incomplete_args An+incomplete+set+of+arguments+was+sent+to\n": {Code: "incomplete_args", Text: "An incomplete set of arguments was sent to"},
	} {
		c := mock(t, expects([]byte("prioritystatus\r\n")), replies([]byte(answer)))
		_, err := c.PriorityStatus(t.Context())
		var got *wire.ServerError
		if !errors.As(err, &got) || *got != want {
			t.Errorf("%q: got %v, want %+v", answer, err, want)
		}
	}
}

func TestCreateFunction(t *testing.T) {
	c := mock(t, expects([]byte("create function abc\r\n")), replies([]byte("OK\r\n")))
	if err := c.CreateFunction(t.Context(), "abc"); err != nil {
		t.Error(err)
	}
	c = mock(t, expects([]byte("create function abc\r\n")), replies([]byte("ERR CREATE_FUNCTION abc\r\n")))
	var refused *wire.ServerError
	if err := c.CreateFunction(t.Context(), "abc"); !errors.As(err, &refused) {
		t.Errorf("got %v, want a ServerError", err)
	}
	c = mock(t, expects([]byte("create function abc\r\n")), replies([]byte("maybe\r\n")))
	var frame *wire.FrameError
	if err := c.CreateFunction(t.Context(), "abc"); !errors.As(err, &frame) {
		t.Errorf("got %v, want a FrameError", err)
	}
}

func TestNamesThatWouldInjectAreNotSent(t *testing.T) {
	c := mock(t) // which gets nothing
	for _, name := range []string{"", "a b", "a\r\nshutdown", "a\nshutdown", "a\tb", "a\x00", strings.Repeat("x", 512)} {
		if err := c.CreateFunction(t.Context(), name); err == nil {
			t.Errorf("%.20q was accepted", name)
		}
	}
	for _, line := range []string{"status\r\nshutdown", "status\n", "a\x00"} {
		if err := c.Raw(t.Context(), line, nil); err == nil {
			t.Errorf("%.20q was accepted", line)
		}
	}
}

func TestRawEndsAtTheEcho(t *testing.T) {
	for _, lines := range [][]string{nil, {"OK"}, {"a", "", "."}, {"ERR UNKNOWN_COMMAND x"}, {".", "."}} {
		var answer []byte
		for _, l := range lines {
			answer = append(answer, l+"\r\n"...)
		}
		c := mock(t, expects([]byte("say it\r\n"), req(wire.EchoReq, "say it")), replies(answer, res(wire.EchoRes, "say it")))
		var got []string
		err := c.Raw(t.Context(), "say it", func(line []byte) error {
			got = append(got, string(line))
			return nil
		})
		if diff := cmp.Diff(lines, got); err != nil || diff != "" {
			t.Errorf("%v, -want +got\n%s", err, diff)
		}
	}
}

func TestRawOfTooManyWords(t *testing.T) {
	line := "maxqueue f 1 2 3 4"
	c := mock(t, expects([]byte(line+"\r\n"), req(wire.EchoReq, line)), hangsUp)
	err := c.Raw(t.Context(), line, func([]byte) error { return nil })
	var op *wire.OpError
	if !errors.As(err, &op) || !errors.Is(err, wire.ErrClosed) || op.Safe {
		t.Errorf("got %v, want ErrClosed, not safe", err)
	}
}

func TestRawAnsweredByAnotherPacket(t *testing.T) {
	c := mock(t, expects([]byte("x\r\n"), req(wire.EchoReq, "x")), replies(res(wire.Noop)))
	var frame *wire.FrameError
	if err := c.Raw(t.Context(), "x", nil); !errors.As(err, &frame) {
		t.Errorf("got %v, want a FrameError", err)
	}
}

func TestErrorsOfCallbacksComeBackAsTheyAre(t *testing.T) {
	own := fmt.Errorf("write a file: %w", errDisk)
	c := mock(t, expects([]byte("x\r\n"), req(wire.EchoReq, "x")), replies([]byte("OK\n")))
	if err := c.Raw(t.Context(), "x", func([]byte) error { return own }); err != own {
		t.Errorf("Raw: got %v, want %v", err, own)
	}
	c = mock(t, replies(res(wire.WorkData, "H:1", "x")))
	if err := c.Await(t.Context(), "H:1", func(wire.Update) error { return own }); err != own {
		t.Errorf("Await: got %v, want %v", err, own)
	}
}

var errDisk = errors.New("disk full")
