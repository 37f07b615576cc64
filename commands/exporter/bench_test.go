package exporter

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/output"
	"gearctl/wire"
)

// BenchmarkExposition writes the metrics of 100 servers with 1,000 queues each, as Prometheus asks for them.
func BenchmarkExposition(b *testing.B) {
	scrapes := make([]*serverScrape, 100)
	for i := range scrapes {
		scrapes[i] = &serverScrape{server: server{address: fmt.Sprintf("gm%03d.example.org:4730", i)}, version: "1.1.20", answered: true, known: 1000}
		for q := range 1000 {
			scrapes[i].queues = append(scrapes[i].queues, wire.FunctionStatus{Function: fmt.Sprintf("hostgroup_%04d", q), Total: int64(q), Running: 1, Workers: 5})
		}
	}
	x := &exporter{env: &cli.Env{}, errors: newScrapeErrors()}
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		x.writeExposition(w, r, func(m *output.Metrics) error {
			x.writeMetrics(m, scrapes, parts{queues: true})
			return m.End()
		})
		if w.Code != http.StatusOK || w.Body.Len() < 1<<10 {
			b.Fatalf("%d, %d bytes", w.Code, w.Body.Len())
		}
	}
}
