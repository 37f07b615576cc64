package output

import (
	"fmt"
	"io"
	"runtime"
	"testing"
)

type benchRow struct {
	Server  string `json:"server"`
	Queue   string `json:"queue" out:"wide"`
	Total   int64  `json:"total"`
	Waiting int64  `json:"waiting"`
	Running int64  `json:"running"`
	Workers int64  `json:"workers"`
}

func benchRows(n int) []benchRow {
	rows := make([]benchRow, n)
	for i := range rows {
		k := int64(i)
		rows[i] = benchRow{"gm1.example.org:4730", fmt.Sprintf("hostgroup_servers_%d", i), k * 3, k * 2, k, k % 50}
	}
	return rows
}

// BenchmarkPrint writes 10,000 rows of 6 columns in each format.
func BenchmarkPrint(b *testing.B) {
	rows := benchRows(10_000)
	for _, kind := range []string{Table, JSON, JSONL, CSV, "template={{.queue}} {{.total}}"} {
		b.Run(kind, func(b *testing.B) {
			f, err := ParseFormat(kind)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p, err := NewPrinter[benchRow](io.Discard, Options{Format: f})
				if err != nil {
					b.Fatal(err)
				}
				if err := p.PrintAll(rows); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestStreamsStayFlat writes many rows and looks at what is alive at the end of them.
func TestStreamsStayFlat(t *testing.T) {
	for kind, rows := range map[string]int{"json": 1_000_000, "csv": 100_000, "template={{.queue}}": 100_000} {
		t.Run(kind, func(t *testing.T) {
			p, err := NewPrinter[benchRow](io.Discard, Options{Format: format(t, kind)})
			if err != nil {
				t.Fatal(err)
			}
			row := benchRows(1)[0]
			before := alive()
			for range rows {
				if err := p.Print(row); err != nil {
					t.Fatal(err)
				}
			}
			if grown := alive() - before; grown > 1<<20 {
				t.Errorf("grown by %s, want no more than 1 MiB", Bytes(grown))
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// alive returns the bytes that cannot be freed.
func alive() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
