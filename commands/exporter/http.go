package exporter

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// maxScrapes is how many requests that ask servers are answered at the same time; more are turned away.
const maxScrapes = 20

// scrapeTimeoutHeader is where Prometheus says how long it waits, in seconds.
const scrapeTimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// handler returns what answers requests.
func (x *exporter) handler() http.Handler {
	slots := make(chan struct{}, maxScrapes)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", x.landingPage)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.Handle("GET /readyz", limitConcurrency(slots, x.ready))
	mux.Handle("GET /metrics", limitConcurrency(slots, x.metricsHandler()))
	return mux
}

// landingPage is for a person who comes by with a browser.
func (x *exporter) landingPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>gearctl exporter</title></head><body>
<h1>gearctl exporter</h1>
<p>Gearman job servers for Prometheus, version %s</p>
<ul>
<li><a href="/metrics">Metrics</a> of %s</li>
<li><a href="/healthz">Health</a>: the exporter runs</li>
<li><a href="/readyz">Readiness</a>: a server answers</li>
</ul></body></html>
`, html.EscapeString(x.env.Version), output.Plural(int64(len(x.servers)), "server", "servers"))
}

// limitConcurrency lets only so many requests ask at the same time as slots has room. What ask returns writes the answer, and
// holds no slot: a client that does not read must not keep others out.
func limitConcurrency(slots chan struct{}, ask func(r *http.Request) http.HandlerFunc) http.Handler {
	asked := func(r *http.Request) http.HandlerFunc {
		defer func() { <-slots }()
		return ask(r)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			asked(r)(w, r)
		default:
			http.Error(w, "too many scrapes at the same time", http.StatusServiceUnavailable)
		}
	})
}

// metricsHandler answers with the metrics of servers, and with those of the exporter itself.
func (x *exporter) metricsHandler() func(r *http.Request) http.HandlerFunc {
	self := prometheus.NewRegistry()
	self.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return func(r *http.Request) http.HandlerFunc {
		families := x.metrics(x.scrape(r.Context(), x.limit(r))).Families()
		gather := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			own, err := self.Gather()
			return append(families, own...), err
		})
		return promhttp.HandlerFor(gather, promhttp.HandlerOpts{
			ErrorHandling: promhttp.ContinueOnError, ErrorLog: x.httpLog(), EnableOpenMetrics: true,
		}).ServeHTTP
	}
}

// limit returns how long the scrape of a request may take: --timeout, or the time that Prometheus gives it when that
// is shorter, less what the answer needs to get there.
func (x *exporter) limit(r *http.Request) time.Duration {
	seconds, err := strconv.ParseFloat(r.Header.Get(scrapeTimeoutHeader), 64)
	if err != nil || !(seconds > 0 && seconds < 1e6) {
		return x.timeout
	}
	given := time.Duration(seconds * float64(time.Second))
	return min(x.timeout, given-min(500*time.Millisecond, given/5))
}

// ready asks the servers for their version: the exporter is of use when one answers.
func (x *exporter) ready(r *http.Request) http.HandlerFunc {
	ctx, cancel := context.WithTimeoutCause(r.Context(), x.limit(r), errScrapeTimeout)
	defer cancel()
	results := wire.FanOut(ctx, x.dialer, x.servers, servers.AskVersion)
	code, text := http.StatusServiceUnavailable, ""
	for _, s := range results {
		if s.Err != nil {
			text += fmt.Sprintf("%s: %s\n", s.Server, output.Escape(s.Err.Error()))
			continue
		}
		code = http.StatusOK
		text += fmt.Sprintf("%s: ok, version %s\n", s.Server, output.Escape(s.Value.Reported()))
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		io.WriteString(w, text)
	}
}

// passwordLimiter bounds the requests that wait for their password to be checked: the toolkit checks one at a time, and
// does not notice that a client is gone.
type passwordLimiter chan struct{}

type releaseKey struct{}

// acquire lets requests through to the check of passwords.
func (t passwordLimiter) acquire(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case t <- struct{}{}:
			done := sync.OnceFunc(func() { <-t })
			defer done()
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), releaseKey{}, done)))
		case <-r.Context().Done():
			http.Error(w, "gone", http.StatusServiceUnavailable)
		}
	})
}

// release takes those whose password was right.
func (passwordLimiter) release(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Context().Value(releaseKey{}).(func())()
		next.ServeHTTP(w, r)
	})
}
