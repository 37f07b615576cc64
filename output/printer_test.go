package output

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type place struct {
	Server string `json:"server"`
}

// job is a row with a field of every kind.
type job struct {
	place
	Queue   string    `json:"queue" out:"wide"`
	Total   int64     `json:"total"`
	High    *int64    `json:"high" out:"optional"`
	Size    uint64    `json:"size" out:"bytes"`
	Took    float64   `json:"took_seconds" out:"seconds"`
	Ignored bool      `json:"ignored"`
	At      time.Time `json:"at"`
	Groups  []string  `json:"groups"`
	Skipped string    `json:"-"`
	private string
}

func (j job) Style(key string) Style {
	if key == "total" && j.Total > 10 {
		return Bad
	}
	return Plain
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 5_000_000, time.UTC)

func jobs() []job {
	high := int64(3)
	return []job{
		{place{"gm1:4730"}, "host <b>", 2, &high, 1536, 0.25, true, noon, []string{"a", "b"}, "x", "y"},
		{place{"gm1:4730"}, "日本\x1b[2J", 12345, nil, 0, 75, false, noon.Add(time.Hour), nil, "x", "y"},
	}
}

func format(t *testing.T, s string) Format {
	t.Helper()
	f, err := ParseFormat(s, "raw")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// render prints rows as o says.
func render[T any](t *testing.T, o Options, rows ...T) string {
	t.Helper()
	var b bytes.Buffer
	p, err := NewPrinter[T](&b, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Print(rows...), p.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFormats(t *testing.T) {
	tests := []struct{ name, format, want string }{
		{"table", "table", "" +
			"SERVER    QUEUE        TOTAL     SIZE  TOOK_SECONDS  IGNORED  AT                    GROUPS\n" +
			"gm1:4730  host <b>         2  1.5 KiB       0.250 s  yes      2026-03-01T12:00:00Z  a b\n" +
			"gm1:4730  日本\\x1b[2J  12345      0 B         1m15s  no       2026-03-01T13:00:00Z\n"},
		{"JSON", "json", "[\n" +
			`  {"server":"gm1:4730","queue":"host <b>","total":2,"size":1536,"took_seconds":0.25,"ignored":true,"at":"2026-03-01T12:00:00.005Z","groups":["a","b"]},` + "\n" +
			`  {"server":"gm1:4730","queue":"日本\u001b[2J","total":12345,"size":0,"took_seconds":75,"ignored":false,"at":"2026-03-01T13:00:00.005Z","groups":[]}` + "\n]\n"},
		{"JSON lines", "jsonl", "" +
			`{"server":"gm1:4730","queue":"host <b>","total":2,"size":1536,"took_seconds":0.25,"ignored":true,"at":"2026-03-01T12:00:00.005Z","groups":["a","b"]}` + "\n" +
			`{"server":"gm1:4730","queue":"日本\u001b[2J","total":12345,"size":0,"took_seconds":75,"ignored":false,"at":"2026-03-01T13:00:00.005Z","groups":[]}` + "\n"},
		{"CSV", "csv", "server,queue,total,size,took_seconds,ignored,at,groups\n" +
			"gm1:4730,host <b>,2,1536,0.25,true,2026-03-01T12:00:00.005Z,a b\n" +
			"gm1:4730,日本\x1b[2J,12345,0,75,false,2026-03-01T13:00:00.005Z,\n"},
		{"template", "template={{.queue}}={{.total}}", "host <b>=2\n日本\x1b[2J=12345\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want(t, render(t, Options{Format: format(t, tt.format)}, jobs()...), tt.want)
		})
	}
}

func TestNoRows(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"table", Options{Columns: []string{"queue", "total"}}, "QUEUE  TOTAL\n"},
		{"table that says so", Options{Empty: "no queues"}, "no queues\n"},
		{"table without headings", Options{NoHeader: true}, ""},
		{"JSON", Options{Format: Format{Kind: JSON}, Empty: "no queues"}, "[]\n"},
		{"sorted JSON", Options{Format: Format{Kind: JSON}, Sort: "queue"}, "[]\n"},
		{"JSON lines", Options{Format: Format{Kind: JSONL}}, ""},
		{"CSV", Options{Format: Format{Kind: CSV}, Columns: []string{"queue", "total"}}, "queue,total\n"},
		{"CSV without headings", Options{Format: Format{Kind: CSV}, NoHeader: true}, ""},
		{"template", Options{Format: Format{Kind: Template, Template: "x"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { want(t, render[job](t, tt.o), tt.want) })
	}
}

func TestChosenColumns(t *testing.T) {
	hidden := []string{"server", "not there", "took_seconds", "ignored", "at", "groups"}
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"hidden in tables", Options{HideInTable: hidden}, "QUEUE     TOTAL     SIZE\nhost <b>      2  1.5 KiB\n"},
		{"also in its place", Options{HideInTable: hidden, Also: []string{"high"}}, "QUEUE     TOTAL  HIGH     SIZE\nhost <b>      2     3  1.5 KiB\n"},
		{"exactly these", Options{HideInTable: hidden, Columns: []string{"high", "server"}}, "HIGH  SERVER\n   3  gm1:4730\n"},
		{"not hidden in CSV", Options{Format: Format{Kind: CSV}, HideInTable: []string{"server"}, NoHeader: true}, "gm1:4730,host <b>,2,1536,0.25,true,2026-03-01T12:00:00.005Z,a b\n"},
		{"chosen in JSON", Options{Format: Format{Kind: JSONL}, Columns: []string{"total", "high"}}, `{"total":2,"high":3}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { want(t, render(t, tt.o, jobs()[0]), tt.want) })
	}
}

func TestUnknownColumns(t *testing.T) {
	for _, o := range []Options{
		{Columns: []string{"queue", "nope"}}, {Also: []string{"nope"}}, {Sort: "queue,-nope"},
	} {
		_, err := NewPrinter[benchRow](&bytes.Buffer{}, o)
		var unknown *UnknownColumnError
		if !errors.As(err, &unknown) || unknown.Key != "nope" {
			t.Fatalf("%+v: got %v, want an UnknownColumnError for nope", o, err)
		}
		want(t, err.Error(), `column "nope": choose from server, queue, total, waiting, running, workers`)
	}
}

func TestFormatOfACommandsOwn(t *testing.T) {
	if _, err := NewPrinter[job](&bytes.Buffer{}, Options{Format: format(t, "raw")}); err == nil {
		t.Error("a printer for raw, want an error")
	}
}

// full is a disk that is full after some bytes.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.room {
		return f.room, syscall.ENOSPC
	}
	f.room -= len(b)
	return len(b), nil
}

func TestWriteErrorsAreReported(t *testing.T) {
	for _, kind := range []string{"table", "json", "jsonl", "csv", "template={{.queue}}"} {
		for _, sort := range []string{"", "queue"} {
			for _, rows := range []int{1, 5000} {
				t.Run(fmt.Sprintf("%s sorted by %q %d", kind, sort, rows), func(t *testing.T) {
					p, err := NewPrinter[benchRow](&full{room: 3}, Options{Format: format(t, kind), Sort: sort})
					if err != nil {
						t.Fatal(err)
					}
					for _, row := range benchRows(rows) {
						_ = p.Print(row)
					}
					err = p.Close()
					if !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "write output: ") {
						t.Errorf("Close: got %v, want write output: no space left on device", err)
					}
					if again := p.Close(); !errors.Is(again, syscall.ENOSPC) {
						t.Errorf("second Close: got %v", again)
					}
				})
			}
		}
	}
}

func TestPrintReportsTheErrorOfAStream(t *testing.T) {
	p, err := NewPrinter[benchRow](&full{}, Options{Format: Format{Kind: JSONL}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Print(benchRows(5000)...); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Print: got %v, want no space left on device", err)
	}
	if err := p.Flush(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Flush: got %v, want no space left on device", err)
	}
}

func TestFlushPushesWhatCameSoFar(t *testing.T) {
	var b bytes.Buffer
	p, err := NewPrinter[benchRow](&b, Options{Format: Format{Kind: JSON}, Columns: []string{"total"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, sofar := range []string{"[\n  {\"total\":0}", "[\n  {\"total\":0},\n  {\"total\":3}"} {
		if err := errors.Join(p.Print(benchRows(2)[i]), p.Flush()); err != nil {
			t.Fatal(err)
		}
		want(t, b.String(), sofar)
	}
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Fatal(err)
	}
	want(t, b.String(), "[\n  {\"total\":0},\n  {\"total\":3}\n]\n")
	if err := p.PrintAll(nil); err == nil {
		t.Error("printing after Close: got no error")
	}
}
