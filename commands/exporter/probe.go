package exporter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"gearctl/output"
	"gearctl/wire"
)

// Limits of /probe.
const (
	maxProbes          = 64  // that query servers at the same time; others wait for them
	maxProbesOfATarget = 4   // at the same time; more are rejected, so that silent targets leave room for others
	maxTarget          = 300 // bytes of the parameter
)

// refusal is why a request is not answered.
type refusal struct {
	code int
	text string
}

func refuse(code int, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// probeRequest is a request for /probe that is allowed.
type probeRequest struct {
	name   string // of the target, in one spelling
	target *target
	parts  parts
}

// parseProbe reads the parameters of a request for /probe. It looks up no names and connects to nothing.
func (x *exporter) parseProbe(r *http.Request) (p probeRequest, refused *refusal) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return p, refuse(http.StatusBadRequest, "the query is malformed")
	}
	for name, values := range q {
		switch {
		case name != "target" && name != "module":
			return p, refuse(http.StatusBadRequest, "unknown parameter %.40q: /probe takes target and module", name)
		case len(values) > 1:
			return p, refuse(http.StatusBadRequest, "more than one %s", name)
		}
	}
	if p.parts, refused = x.parseModule(q.Get("module")); refused != nil {
		return p, refused
	}
	if p.name, p.target, refused = x.source.get().find(q.Get("target")); refused != nil {
		return p, refused
	}
	if p.parts.workers && !p.target.writable() {
		return p, refuse(http.StatusForbidden, "module workers: target %q is read-only by its context", p.name)
	}
	return p, nil
}

// find returns the target that a request names.
func (f *fleet) find(text string) (name string, t *target, refused *refusal) {
	if text == "" {
		return "", nil, refuse(http.StatusBadRequest, "no target: add ?target=CONTEXT or ?target=HOST:PORT")
	}
	if t := f.targets[text]; t != nil {
		return text, t, nil
	}
	address, ok := parseTarget(text)
	if !ok {
		return "", nil, refuse(http.StatusBadRequest, "target %.100q is not the name of a context, HOST or HOST:PORT", text)
	}
	if t := f.targets[address]; t != nil {
		return address, t, nil
	}
	for _, p := range f.patterns {
		if p.match(address) {
			return address, &target{[]server{{address: address}}, f.plain}, nil
		}
	}
	return "", nil, refuse(http.StatusForbidden, "target %.100q is not allowed: only the contexts and servers of the exporter are, and what its --allow-target names", text)
}

// parseTarget returns the canonical address of HOST, HOST:PORT or an IP address.
func parseTarget(text string) (address string, ok bool) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:"
	if len(text) > maxTarget || strings.Trim(text, letters+"[]") != "" {
		return "", false
	}
	list, err := wire.ParseServers(text)
	if err != nil || len(list) != 1 {
		return "", false
	}
	host, port, err := net.SplitHostPort(list[0])
	if err != nil || strings.HasPrefix(text, ":") || strings.HasPrefix(text, "[]") {
		return "", false
	}
	if _, err := netip.ParseAddr(host); err != nil && (strings.ContainsAny(host, ":[]") || strings.HasPrefix(host, ".") || strings.Contains(host, "..")) {
		return "", false
	}
	return canonical(net.JoinHostPort(host, port)), true
}

// writable reports whether more than reading is allowed on a server of the target.
func (t *target) writable() bool {
	for _, s := range t.servers {
		if !s.readOnly {
			return true
		}
	}
	return false
}

// parts are the parts of a scrape besides those of the server itself.
type parts struct{ queues, priorities, workers bool }

// parseModule reads the parameter module, names with commas. Requests that not every server stands and jobs for workers need
// the flags that allow them.
func (x *exporter) parseModule(text string) (p parts, refused *refusal) {
	if text == "" {
		return parts{queues: true}, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		switch name {
		case "server":
		case "queues":
			p.queues = true
		case "priorities":
			p.priorities = true
		case "workers":
			p.workers = true
		default:
			return p, refuse(http.StatusBadRequest, "unknown module %.40q: use server, queues, priorities or workers, or some with commas", name)
		}
	}
	switch {
	case p.priorities && !x.parts.priorities:
		return p, refuse(http.StatusForbidden, "module priorities: the exporter runs without --priorities")
	case p.workers && !x.parts.workers:
		return p, refuse(http.StatusForbidden, "module workers: the exporter runs without --probe GLOB")
	}
	return p, nil
}

// probeGate bounds the probes that query servers.
type probeGate struct {
	slots   chan struct{}
	mu      sync.Mutex
	running map[string]int // by target
}

func newProbeGate() *probeGate {
	return &probeGate{slots: make(chan struct{}, maxProbes), running: map[string]int{}}
}

var errCrowded = errors.New("too many probes of this target at the same time")

// enter waits for room until ctx ends. leave must be called if there is no error.
func (g *probeGate) enter(ctx context.Context, target string) (leave func(), err error) {
	if !g.count(target, 1) {
		return nil, errCrowded
	}
	select {
	case g.slots <- struct{}{}:
		return func() {
			<-g.slots
			g.count(target, -1)
		}, nil
	case <-ctx.Done():
		g.count(target, -1)
		return nil, errors.New("too many probes at the same time")
	}
}

// count adds n to the probes of a target, and reports whether there is room for them.
func (g *probeGate) count(target string, n int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.running[target] + n
	switch {
	case now > maxProbesOfATarget:
		return false
	case now == 0:
		delete(g.running, target)
	default:
		g.running[target] = now
	}
	return true
}

// probeHandler queries the target that a request names. Each request queries it anew.
func (x *exporter) probeHandler() http.HandlerFunc {
	gate := newProbeGate()
	return func(w http.ResponseWriter, r *http.Request) {
		begun := x.env.Now()
		p, refused := x.parseProbe(r)
		if refused != nil {
			http.Error(w, refused.text, refused.code)
			return
		}
		limit := x.limit(r, p.target, 0)
		ctx, cancel := context.WithTimeoutCause(r.Context(), limit, errScrapeTimeout)
		defer cancel()
		leave, err := gate.enter(ctx, p.name)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		scrapes := func() []*serverScrape {
			defer leave()
			return x.scrape(ctx, p.target, p.parts, limit)
		}()
		x.writeProbe(w, r, p, scrapes, x.env.Now().Sub(begun))
	}
}

// writeProbe responds with what a probe brought.
func (x *exporter) writeProbe(w http.ResponseWriter, r *http.Request, p probeRequest, scrapes []*serverScrape, took time.Duration) {
	success := true
	for _, s := range scrapes {
		success = success && s.up()
	}
	x.writeExposition(w, r, func(m *output.Metrics) error {
		m.Gauge("probe_success", "1 if every server of the target answered every query, else 0.")
		m.Value(output.BoolToFloat(success))
		m.Gauge("probe_duration_seconds", "How long the probe took, including the wait for others.")
		m.Value(took.Seconds())
		x.writeMetrics(m, scrapes, p.parts)
		return m.End()
	})
}
