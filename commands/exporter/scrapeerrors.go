package exporter

import (
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
)

// scrapeErrors counts failed steps since the start, and logs when a server goes down and when it is back.
type scrapeErrors struct {
	servers []string
	mu      sync.Mutex
	counts  map[errorKey]int64
	down    map[string]bool
	once    bool // the errors of the only scrape are returned, not logged
}

// errorKey is what errors are counted by.
type errorKey struct {
	server string
	step   scrapeStep
}

func newScrapeErrors(servers []string) *scrapeErrors {
	return &scrapeErrors{servers: servers, counts: map[errorKey]int64{}, down: map[string]bool{}}
}

// write adds the counts as metrics, including those of steps that never failed.
func (e *scrapeErrors) write(m *output.Metrics) {
	e.mu.Lock()
	defer e.mu.Unlock()
	m.Counter("gearman_scrape_errors_total", "Steps of scrapes that failed, since the exporter began.")
	for _, server := range e.servers {
		for _, step := range scrapeSteps() {
			m.Value(float64(e.counts[errorKey{server, step}]), output.LabelServer, server, "operation", string(step))
		}
	}
}

// record counts the failures of a scrape.
func (e *scrapeErrors) record(env *cli.Env, scrapes []*serverScrape) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range scrapes {
		for _, f := range s.failed {
			e.counts[errorKey{s.server, f.step}]++
		}
		up := s.up()
		switch {
		case e.once:
		case !up && !e.down[s.server]:
			env.Warn("%v", s.failed[0].err)
		case up && e.down[s.server]:
			env.Info("%s answers again", s.server)
		}
		e.down[s.server] = !up
	}
}

// firstErrors returns the first error of each server that is not up; it is partial if others are up.
func firstErrors(scrapes []*serverScrape) error {
	var errs []error
	for _, s := range scrapes {
		if !s.up() {
			errs = append(errs, s.failed[0].err)
		}
	}
	return cmderr.SomeFailed(errs, len(errs) < len(scrapes))
}
