package commands

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// writeTextfile scrapes and writes a file for node_exporter, once, or at every interval until ctx ends.
func (x *exporter) writeTextfile(ctx context.Context, path string, interval time.Duration) error {
	if interval <= 0 {
		scrapes, err := x.writeOnce(ctx, path)
		return mergeErrors(err, firstErrors(scrapes))
	}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for first := true; ; first = false {
		_, err := x.writeOnce(ctx, path)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil: // a full disk may have room again
			x.env.warn("%v", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// writeOnce replaces the file as a whole, readable for all: node_exporter never sees half of one.
func (x *exporter) writeOnce(ctx context.Context, path string) ([]*serverScrape, error) {
	scrapes := x.scrape(ctx, x.timeout)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	g := x.gatherer(scrapes)
	if path == "-" {
		return scrapes, x.print(g)
	}
	if err := prometheus.WriteToTextfile(path, g); err != nil {
		return scrapes, errorf("--textfile: %w", err)
	}
	return scrapes, nil
}

func (x *exporter) print(g prometheus.Gatherer) error {
	families, err := g.Gather()
	if err != nil {
		return err
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(x.env.Stdout, f); err != nil {
			return err
		}
	}
	return nil
}

// gatherer returns the metrics of a scrape, and those that count scrapes.
func (x *exporter) gatherer(scrapes []*serverScrape) prometheus.Gatherer {
	r := prometheus.NewRegistry()
	r.MustRegister(&scraped{x.metrics, scrapes}, x.errors.counts)
	return r
}
