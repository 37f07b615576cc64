package commands

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/exporter-toolkit/web"

	"gearctl/output"
	"gearctl/wire"
)

// scrapesAtOnce is how many requests that ask servers are answered at the same time; more are turned away.
const scrapesAtOnce = 20

// scrapeTimeoutHeader is where Prometheus says how long it waits, in seconds.
const scrapeTimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// handler returns what answers requests.
func (x *exporter) handler() (http.Handler, error) {
	landing, err := web.NewLandingPage(web.LandingConfig{
		Name: "gearctl exporter", Description: "Gearman job servers for Prometheus", Version: x.env.Version, Profiling: "false",
		Links: []web.LandingLinks{
			{Address: "/metrics", Text: "Metrics", Description: output.Plural(int64(len(x.servers)), "server", "servers")},
			{Address: "/healthz", Text: "Health", Description: "the exporter runs"},
			{Address: "/readyz", Text: "Readiness", Description: "a server answers"},
		},
	})
	if err != nil {
		return nil, errorf("exporter: %w", err)
	}
	own := prometheus.NewRegistry()
	own.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	slots := make(chan struct{}, scrapesAtOnce)
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", landing)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	mux.Handle("GET /readyz", bounded(slots, x.ready))
	mux.Handle("GET /metrics", bounded(slots, func(w http.ResponseWriter, r *http.Request) { x.serveMetrics(w, r, own) }))
	return mux, nil
}

// bounded lets only so many requests be answered at the same time as slots has room.
func bounded(slots chan struct{}, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
			h(w, r)
		default:
			http.Error(w, "too many scrapes at the same time", http.StatusServiceUnavailable)
		}
	})
}

// serveMetrics scrapes; own are the metrics of the exporter itself.
func (x *exporter) serveMetrics(w http.ResponseWriter, r *http.Request, own prometheus.Gatherer) {
	scrapes := x.scrape(r.Context(), x.limit(r))
	all := prometheus.Gatherers{x.gatherer(scrapes), own}
	promhttp.HandlerFor(all, promhttp.HandlerOpts{}).ServeHTTP(w, r)
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
func (x *exporter) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), x.limit(r), errScrapeTime)
	defer cancel()
	results := wire.FanOut(ctx, x.dialer, x.servers, func(ctx context.Context, c *wire.Conn) (string, error) { return c.Version(ctx) })
	code, text := http.StatusServiceUnavailable, ""
	for _, s := range results {
		if s.Err != nil {
			text += fmt.Sprintf("%s: %s\n", s.Server, output.Escape(s.Err.Error()))
			continue
		}
		code = http.StatusOK
		text += fmt.Sprintf("%s: ok, version %s\n", s.Server, output.Escape(s.Value))
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	io.WriteString(w, text)
}
