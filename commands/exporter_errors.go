package commands

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// scrapeErrors counts what failed since the exporter began, and tells when a server goes down and when it is back.
type scrapeErrors struct {
	counts *prometheus.CounterVec
	mu     sync.Mutex
	down   map[string]bool
}

func newScrapeErrors(servers []string) *scrapeErrors {
	e := &scrapeErrors{
		counts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gearman_scrape_errors_total", Help: "Steps of scrapes that failed, since the exporter began.",
		}, []string{labelServer, "operation"}),
		down: map[string]bool{},
	}
	for _, server := range servers {
		for _, step := range scrapeSteps() {
			e.counts.WithLabelValues(labelValue(server), string(step))
		}
	}
	return e
}

// note takes in the outcome of a scrape.
func (e *scrapeErrors) note(env *Env, scrapes []*serverScrape) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range scrapes {
		for _, f := range s.failed {
			e.counts.WithLabelValues(labelValue(s.server), string(f.step)).Inc()
		}
		up := s.up()
		switch {
		case !up && !e.down[s.server]:
			env.warn("%v", s.failed[0].err)
		case up && e.down[s.server]:
			env.note("%s answers again", s.server)
		}
		e.down[s.server] = !up
	}
}

// firstErrors returns what kept servers from being up, one error for each, partial when others were.
func firstErrors(scrapes []*serverScrape) error {
	var errs []error
	for _, s := range scrapes {
		if !s.up() {
			errs = append(errs, s.failed[0].err)
		}
	}
	return someFailed(errs, len(errs) < len(scrapes))
}
