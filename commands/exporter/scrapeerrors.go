package exporter

import (
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
)

// scrapeErrors counts failed steps since the start, and logs when a server goes down and when it is back.
type scrapeErrors struct {
	mu     sync.Mutex
	counts map[errorKey]int64
	down   map[string]bool
	once   bool // the errors of the only scrape are returned, not logged
}

// errorKey is what errors are counted by.
type errorKey struct {
	server string
	step   scrapeStep
}

func newScrapeErrors() *scrapeErrors {
	return &scrapeErrors{counts: map[errorKey]int64{}, down: map[string]bool{}}
}

// write adds the counts of servers as metrics, including those of steps that never failed.
func (e *scrapeErrors) write(m *metricsBuilder) {
	e.mu.Lock()
	defer e.mu.Unlock()
	m.Counter("gearman_scrape_errors_total", "Steps of scrapes that failed, since the exporter began.")
	m.each(func(s *serverScrape, value valueFunc) {
		if !s.counted {
			return
		}
		for _, step := range scrapeSteps() {
			value(float64(e.counts[errorKey{s.address, step}]), "operation", string(step))
		}
	})
}

// record counts the failures of a scrape.
func (e *scrapeErrors) record(env *cli.Env, scrapes []*serverScrape) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range scrapes {
		if !s.counted {
			continue
		}
		for _, f := range s.failed {
			e.counts[errorKey{s.address, f.step}]++
		}
		up := s.up()
		switch {
		case e.once:
		case !up && !e.down[s.address]:
			env.Warn("%v", s.failed[0].err)
		case up && e.down[s.address]:
			env.Info("%s answers again", s.address)
		}
		e.down[s.address] = !up
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
