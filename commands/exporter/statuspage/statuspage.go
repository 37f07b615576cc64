// Package statuspage is the status page of the exporter: it polls servers by itself, keeps what they reported for the last 15
// minutes in memory, and serves it as one HTML page. It sends version and status, and nothing else.
package statuspage

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/trend"
	"gearctl/wire"
)

// What is kept at most.
const (
	maxQueues = 100_000 // queues of all servers together; those with the most jobs
	maxSeries = 5_000   // queues whose last 15 minutes are kept; those with the most waiting jobs
	seriesLen = 90      // cells of a series, of trend.CellDuration each
)

// The shortest and the longest Config.Interval.
const (
	MinInterval = time.Second
	MaxInterval = 5 * time.Minute
)

// Config is what a Page shows. No field may change afterwards.
type Config struct {
	Fleet    func() *Fleet           // returns the servers; called once each Interval
	Context  string                  // that they are of; empty: none
	Wants    func(queue string) bool // which queues are shown and judged; nil: all
	Interval time.Duration           // between two polls of a server, from MinInterval to MaxInterval
	Now      func() time.Time
	Version  string // of gearctl
}

// Fleet is servers. It does not change; if there are others, it is another Fleet.
type Fleet struct {
	Dialer  *wire.Dialer
	Servers []string                     // no address twice
	Labels  map[string]map[string]string // of servers, by address; may be empty
}

// Page polls servers and serves what it knows of them. Its methods are safe for concurrent use.
type Page struct {
	c       Config
	dials   chan struct{} // a slot for each server that is being dialed
	retries chan struct{} // a slot for those of them that did not answer the last time
	renders chan struct{} // a slot for each page in the making

	mu         sync.Mutex
	started    time.Time
	generation int64 // counts the results of polls
	fleet      *Fleet
	group      string // the label that servers are grouped by; empty: none
	servers    []*serverState
	nextID     int64
	swept      int64 // the cell in which the series were last shared out
	series     int   // that are given out
	noSeries   int   // queues with jobs that got none when they were shared out
}

// New returns a page that knows nothing until Run is called.
func New(c Config) *Page {
	p := &Page{
		c: c, started: c.Now(),
		dials: make(chan struct{}, maxDials), retries: make(chan struct{}, maxRetries), renders: make(chan struct{}, maxRenders),
	}
	p.use(c.Fleet())
	return p
}

// use makes the servers those of f. What is known of those that stay is kept.
func (p *Page) use(f *Fleet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := map[string]*serverState{}
	for _, s := range p.servers {
		known[s.name] = s
	}
	p.fleet, p.group, p.servers = f, groupLabel(f.Labels), nil
	for _, name := range f.Servers {
		s := known[name]
		if s == nil {
			s = &serverState{name: name, series: trend.NewSeries(seriesLen), queues: map[string]*queueState{}}
		}
		s.labels = f.Labels[name]
		p.servers = append(p.servers, s)
	}
	p.generation++
}

// Interval returns how often each server is polled.
func (p *Page) Interval() time.Duration { return p.c.Interval }

// Run polls the servers until ctx ends. It returns when no poll is under way any more.
func (p *Page) Run(ctx context.Context) {
	for f := p.fleet; ctx.Err() == nil; p.use(f) {
		f = p.pollFleet(ctx, f)
	}
}

// pollFleet polls the servers of a fleet until there is another one, which it returns, or ctx ends.
func (p *Page) pollFleet(ctx context.Context, f *Fleet) *Fleet {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	for i, s := range p.servers {
		wg.Go(func() { p.watch(ctx, f.Dialer, s, p.c.Interval*time.Duration(i)/time.Duration(len(p.servers))) })
	}
	next := f
	for next == f && cmderr.Pause(ctx, p.c.Interval) {
		next = p.c.Fleet()
	}
	return next
}

// groupLabel returns the label that servers are grouped by: site, or that which most servers have; empty without labels.
func groupLabel(labels map[string]map[string]string) string {
	n := map[string]int{}
	for _, of := range labels {
		for name := range of {
			n[name]++
		}
	}
	if n["site"] > 0 || len(n) == 0 {
		return map[bool]string{true: "site"}[n["site"] > 0]
	}
	names := make([]string, 0, len(n))
	for name := range n {
		names = append(names, name)
	}
	return slices.MinFunc(names, func(a, b string) int { return cmp.Or(n[b]-n[a], cmp.Compare(a, b)) })
}
