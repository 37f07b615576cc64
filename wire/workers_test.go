package wire_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

func TestParseWorkerLine(t *testing.T) {
	for line, want := range map[string]wire.WorkerStatus{
		"38 127.0.0.1 - :":                   {FD: 38, Address: "127.0.0.1", ID: "-"},
		"38 127.0.0.1 - : ":                  {FD: 38, Address: "127.0.0.1", ID: "-"},
		"38 127.0.0.1 - : a":                 {FD: 38, Address: "127.0.0.1", ID: "-", Functions: []string{"a"}},
		"38 127.0.0.1 - : a  b ":             {FD: 38, Address: "127.0.0.1", ID: "-", Functions: []string{"a", "b"}},
		"0 127.0.0.1 my worker 1 : a:b :":    {Address: "127.0.0.1", ID: "my worker 1", Functions: []string{"a:b", ":"}},
		"9 10.0.0.1 gm1:4730: x::y : a":      {FD: 9, Address: "10.0.0.1", ID: "gm1:4730: x::y", Functions: []string{"a"}},
		"9 10.0.0.1 : x : a":                 {FD: 9, Address: "10.0.0.1", ID: ": x", Functions: []string{"a"}},
		"9 10.0.0.1  : a":                    {FD: 9, Address: "10.0.0.1", Functions: []string{"a"}}, // an empty ID
		"9 10.0.0.1  :":                      {FD: 9, Address: "10.0.0.1"},
		"9 10.0.0.1 id  : a":                 {FD: 9, Address: "10.0.0.1", ID: "id ", Functions: []string{"a"}},
		"12 ::1 - : a":                       {FD: 12, Address: "::1", ID: "-", Functions: []string{"a"}},
		"12 fe80::1%eth0 ::1 : a":            {FD: 12, Address: "fe80::1%eth0", ID: "::1", Functions: []string{"a"}},
		"- 127.0.0.1:40112 - : a":            {FD: -1, Address: "127.0.0.1:40112", ID: "-", Functions: []string{"a"}},
		"-1 127.0.0.1 - :":                   {FD: -1, Address: "127.0.0.1", ID: "-"},
		"5 h - : tab\tin no\u00a0break \xff": {FD: 5, Address: "h", ID: "-", Functions: []string{"tab\tin", "no\u00a0break", "\xff"}},
		"9223372036854775807 h - :":          {FD: 1<<63 - 1, Address: "h", ID: "-"},
	} {
		got, err := wire.ParseWorkerLine([]byte(line))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v, -want +got\n%s", line, err, diff)
		}
	}
}

func TestParseWorkerLineRefuses(t *testing.T) {
	for _, line := range []string{
		"", " ", ".", "OK", "38", "38 127.0.0.1", "38 127.0.0.1 -", "38 127.0.0.1 - a b", "38 127.0.0.1 :", "38 127.0.0.1 id: a", "38 127.0.0.1 id :a",
		"x 127.0.0.1 - : a", "-2 h - :", "+5 h - :", "05 h - :", "9223372036854775808 h - :", " 38 127.0.0.1 - :", "q\t1\t0\t1",
	} {
		if got, err := wire.ParseWorkerLine([]byte(line)); err == nil {
			t.Errorf("%q: got %+v, want an error", line, got)
		}
	}
}

// workerLine writes w as a server does.
func workerLine(w wire.WorkerStatus) string {
	fd := "-"
	if w.FD >= 0 {
		fd = fmt.Sprint(w.FD)
	}
	return strings.Join(append([]string{fd, w.Address, w.ID, ":"}, w.Functions...), " ")
}

func FuzzParseWorkerLine(f *testing.F) {
	f.Add(int64(38), "127.0.0.1", "-", "")
	f.Add(int64(-1), "::1", "my worker : 1", "a b")
	f.Add(int64(0), "", ": x:", ": a\t\u00a0b \u2003")
	f.Fuzz(func(t *testing.T, fd int64, address, id, functions string) {
		want := wire.WorkerStatus{FD: max(fd, -1), Address: strings.ReplaceAll(address, " ", ""), ID: id}
		for name := range strings.SplitSeq(functions, " ") {
			if name != "" {
				want.Functions = append(want.Functions, name)
			}
		}
		if strings.Contains(id+" ", " : ") {
			return // it looks like the end of the ID
		}
		line := workerLine(want)
		got, err := wire.ParseWorkerLine([]byte(line))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%q: %v, -want +got\n%s", line, err, diff)
		}
	})
}

// FuzzParseWorkerText: of any text, what is accepted is read again as it is.
func FuzzParseWorkerText(f *testing.F) {
	f.Add([]byte("38 127.0.0.1 - : a  b "))
	f.Add([]byte("- h x : : :"))
	f.Fuzz(func(t *testing.T, line []byte) {
		first, err := wire.ParseWorkerLine(line)
		if err != nil {
			return
		}
		again, err := wire.ParseWorkerLine([]byte(workerLine(first)))
		if diff := cmp.Diff(first, again); err != nil || diff != "" {
			t.Fatalf("%q: %v, -first +again\n%s", line, err, diff)
		}
	})
}

func TestWorkersReportsBadLines(t *testing.T) {
	c := mock(t, expects([]byte("workers\r\n")), replies([]byte("38 127.0.0.1 - : a\nnonsense\n.\n")))
	got, err := c.Workers(t.Context())
	want := wire.Listing[wire.WorkerStatus]{
		Rows: []wire.WorkerStatus{{FD: 38, Address: "127.0.0.1", ID: "-", Functions: []string{"a"}}},
		Bad:  []*wire.LineError{{Server: "mock:4730", Number: 2, Cause: "not FD ADDRESS ID : FUNCTION…"}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

func TestWorkersOfServers(t *testing.T) {
	onServers(t, func(t *testing.T, addr string) {
		worker, admin := dial(t, &wire.Dialer{}, addr), dial(t, &wire.Dialer{}, addr)
		worker.Send(wire.SetClientID, []byte("host:1 a b"))
		for _, name := range []string{"f1", "f:2", "f\u00a03"} {
			worker.Send(wire.CanDo, []byte(name))
		}
		if err := worker.Echo(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		l, err := admin.Workers(t.Context())
		if err != nil || len(l.Bad) > 0 {
			t.Fatalf("bad lines %v, %v", l.Bad, err)
		}
		var got []string
		for _, w := range l.Rows {
			if w.FD < 0 || w.Address != "127.0.0.1" {
				t.Errorf("got %+v, want a descriptor and 127.0.0.1", w)
			}
			slices.Sort(w.Functions)
			got = append(got, fmt.Sprintf("%s %q", w.ID, w.Functions))
		}
		for _, want := range []string{`host:1 a b ["f1" "f:2" "f\u00a03"]`, "- []"} {
			if !slices.Contains(got, want) {
				t.Errorf("got %q, want %q among them", got, want)
			}
		}
	})
}
