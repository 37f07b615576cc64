package exporter

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// maxScrapes bounds the concurrent requests that query servers; more are rejected.
const maxScrapes = 20

// timeOfAQueue is what the metrics of a queue take in the response to /metrics: 5 µs if nothing else runs.
const timeOfAQueue = 15 * time.Microsecond

// scrapeTimeoutHeader has the scrape timeout of Prometheus, in seconds.
const scrapeTimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// page is a path that is served.
type page struct {
	path        string
	link, about string // on the landing page; without link it is not there
	handler     http.Handler
}

// pages returns every path that is served besides the landing page. The web configuration guards all of them.
func (x *exporter) pages() []page {
	slots := make(chan struct{}, maxScrapes)
	return []page{
		{"/metrics", "Metrics", "of all servers", limitConcurrency(slots, x.metricsHandler())},
		{"/probe", "", "", x.probeHandler()},
		{"/sd", "Targets", "of /probe, for service discovery", http.HandlerFunc(x.discover)},
		{"/healthz", "Health", "the exporter runs", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })},
		{"/readyz", "Readiness", "a server answers", limitConcurrency(slots, x.ready)},
	}
}

// handler routes requests.
func (x *exporter) handler() http.Handler {
	mux := http.NewServeMux()
	pages := x.pages()
	for _, p := range pages {
		mux.Handle("GET "+p.path, p.handler)
	}
	mux.Handle("GET /{$}", x.rootPage(pages))
	return mux
}

// landingPage links to pages, for a browser.
func landingPage(version string, pages []page) http.Handler {
	var b strings.Builder
	fmt.Fprintf(&b, `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>gearctl exporter</title></head><body>
<h1>gearctl exporter</h1>
<p>Gearman job servers for Prometheus, version %s</p>
<ul>
`, html.EscapeString(version))
	for _, p := range pages {
		if p.link != "" {
			fmt.Fprintf(&b, "<li><a href=%q>%s</a>: %s</li>\n", p.path, p.link, p.about)
		}
	}
	b.WriteString("</ul></body></html>\n")
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, b.String())
	})
}

// limitConcurrency runs ask for at most cap(slots) requests at a time. The handler that ask returns writes the response and
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

// metricsHandler responds with the metrics of servers and those of the exporter itself.
func (x *exporter) metricsHandler() func(r *http.Request) http.HandlerFunc {
	self := prometheus.NewRegistry()
	self.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return func(r *http.Request) http.HandlerFunc {
		all := x.source.get().all
		scrapes := x.scrape(r.Context(), all, x.parts, x.limit(r, all, x.queues.Load()))
		x.countQueues(scrapes)
		return func(w http.ResponseWriter, r *http.Request) {
			x.writeExposition(w, r, func(m *output.Metrics) error {
				x.writeMetrics(m, scrapes, x.parts)
				if err := m.End(); err != nil {
					return err
				}
				own, err := self.Gather()
				for _, family := range own {
					err = errors.Join(err, m.Each(family))
				}
				return err
			})
		}
	}
}

// limit returns how long the scrape of a request may take: the longest time-out of the target's servers, or that of Prometheus
// if shorter, less the time to make and transfer the response, in which there may be that many queues.
func (x *exporter) limit(r *http.Request, t *target, queues int64) (limit time.Duration) {
	for _, s := range t.servers {
		limit = max(limit, min(x.longest, t.timeout(s.address)))
	}
	seconds, err := strconv.ParseFloat(r.Header.Get(scrapeTimeoutHeader), 64)
	if err != nil || !(seconds > 0 && seconds < 1e6) {
		return limit
	}
	given := time.Duration(seconds * float64(time.Second))
	reserve := min(500*time.Millisecond, given/5) + min(time.Duration(queues)*timeOfAQueue, given/3)
	return min(limit, given-reserve)
}

// countQueues notes how many queues a response to /metrics has.
func (x *exporter) countQueues(scrapes []*serverScrape) {
	n := 0
	for _, s := range scrapes {
		n += len(s.queues)
	}
	x.queues.Store(int64(n))
}

// ready queries the version of all servers: the exporter is ready if one answers.
func (x *exporter) ready(r *http.Request) http.HandlerFunc {
	all := x.source.get().all
	ctx, cancel := context.WithTimeoutCause(r.Context(), x.limit(r, all, 0), errScrapeTimeout)
	defer cancel()
	results := wire.FanOut(ctx, all.dialer, all.addresses(), servers.AskVersion)
	code, text := http.StatusServiceUnavailable, ""
	for _, s := range results {
		if s.Err != nil {
			text += fmt.Sprintf("%s: %s\n", s.Server, output.Escape(s.Err.Error()))
			continue
		}
		code = http.StatusOK
		text += fmt.Sprintf("%s: ok, version %s\n", s.Server, output.Escape(reported(s.Value)))
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		io.WriteString(w, text)
	}
}

// passwordLimiter bounds the requests inside the toolkit's password check, which runs one at a time and does not notice
// that a client is gone. A request with the last right password needs no slot: the toolkit remembers it, too, so that it
// does not wait behind a flood of wrong ones.
type passwordLimiter struct {
	slots     chan struct{}
	lastRight atomic.Value // of a string, the header Authorization
}

type releaseKey struct{}

// acquire waits for a slot before the password check.
func (l *passwordLimiter) acquire(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		right, _ := l.lastRight.Load().(string)
		if right != "" && subtle.ConstantTimeCompare([]byte(right), []byte(r.Header.Get("Authorization"))) == 1 {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), releaseKey{}, func() {})))
			return
		}
		select {
		case l.slots <- struct{}{}:
			release := sync.OnceFunc(func() { <-l.slots })
			defer release()
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), releaseKey{}, release)))
		case <-r.Context().Done():
			http.Error(w, "gone", http.StatusServiceUnavailable)
		}
	})
}

// release frees the slot of a request whose password was right.
func (l *passwordLimiter) release(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.lastRight.Store(r.Header.Get("Authorization"))
		r.Context().Value(releaseKey{}).(func())()
		next.ServeHTTP(w, r)
	})
}
