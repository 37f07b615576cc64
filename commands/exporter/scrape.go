package exporter

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// scrapeStep is a part of a scrape, as the label operation of gearman_scrape_errors_total names it.
type scrapeStep string

const (
	stepConnect    scrapeStep = "connect"
	stepVersion    scrapeStep = "version"
	stepStatus     scrapeStep = "status"
	stepPriorities scrapeStep = "prioritystatus"
	stepProbe      scrapeStep = "probe"
)

// scrapeSteps returns all steps.
func scrapeSteps() []scrapeStep {
	return []scrapeStep{stepConnect, stepVersion, stepStatus, stepPriorities, stepProbe}
}

// unknownVersion is the version of a server that did not report one.
const unknownVersion = "unknown"

// errScrapeTimeout is the cause if a scrape takes too long.
var errScrapeTimeout = errors.New("no answer within the scrape timeout")

// stepError is a failed step.
type stepError struct {
	step scrapeStep
	err  error
}

// serverScrape is the result of one server.
type serverScrape struct {
	server
	version    string
	answered   bool // listed its queues
	known      int  // number of its queues
	queues     []wire.FunctionStatus
	leftOut    []wire.FunctionStatus
	priorities []wire.PriorityStatus
	workers    []workerScrape
	failed     []stepError
	duration   time.Duration
}

// up reports whether the server answered every request. Workers do not count.
func (s *serverScrape) up() bool {
	for _, f := range s.failed {
		if f.step != stepProbe {
			return false
		}
	}
	return s.answered
}

// fail records err, if any, as the failure of a step and reports whether the step failed.
func (s *serverScrape) fail(step scrapeStep, err error) bool {
	if err == nil {
		return false
	}
	var op *wire.OpError
	var line *wire.LineError
	if !errors.As(err, &op) && !errors.As(err, &line) { // those name the server
		err = cmderr.Errorf("%s %s: %w", step, s.address, err)
	}
	s.failed = append(s.failed, stepError{step, err})
	return true
}

// scrape queries the parts of a target's servers in parallel, each within its own time-out and limit.
func (x *exporter) scrape(ctx context.Context, t *target, want parts, limit time.Duration) []*serverScrape {
	scrapes := make([]*serverScrape, len(t.servers))
	var wg sync.WaitGroup
	for i, server := range t.servers {
		wg.Go(func() {
			limit := min(limit, t.timeout(server.address))
			ctx, cancel := context.WithTimeoutCause(ctx, limit, errScrapeTimeout)
			defer cancel()
			begun := x.env.Now()
			s := &serverScrape{server: server, version: unknownVersion}
			x.queryServer(ctx, t.dialer, s, want)
			x.queryWorkers(ctx, t.dialer, s, min(x.wait, limit/2))
			s.duration = x.env.Now().Sub(begun)
			scrapes[i] = s
		})
	}
	wg.Wait()
	if ctx.Err() == nil || context.Cause(ctx) == errScrapeTimeout { // else the client is gone
		x.errors.record(x.env, scrapes)
	}
	return scrapes
}

// queryServer connects to a server and queries it. It continues after a refusal: the next command may be known.
func (x *exporter) queryServer(ctx context.Context, d *wire.Dialer, s *serverScrape, want parts) {
	c, err := d.Dial(ctx, s.address)
	if s.fail(stepConnect, err) {
		return
	}
	defer c.Close()
	snap := &servers.Snapshot{Server: s.address}
	err = snap.Ask(ctx, c, servers.PartVersion)
	if s.fail(stepVersion, err) && !servers.IsRefusal(err) {
		return
	}
	if err == nil {
		s.version = reported(snap.Version)
	}
	if s.fail(stepStatus, snap.Ask(ctx, c, servers.PartQueues)) {
		return
	}
	x.takeQueues(s, snap)
	if want.workers && !s.readOnly {
		s.workers = x.statusQueues(snap.Queues.Rows)
	}
	if want.priorities && snap.Version.CountsPriorities() && !s.fail(stepPriorities, snap.Ask(ctx, c, servers.PartPriorities)) {
		s.fail(stepPriorities, firstBadLine(snap.Priorities.Bad))
		s.priorities = snap.Priorities.Rows
	}
}

// reported returns the version that a server reports, unknownVersion if it reports none.
func reported(v servers.Version) string { return cmp.Or(v.Reported(), unknownVersion) }

// takeQueues takes the readable queues from a snapshot.
func (x *exporter) takeQueues(s *serverScrape, snap *servers.Snapshot) {
	s.fail(stepStatus, firstBadLine(snap.Queues.Bad))
	s.answered, s.known = true, len(snap.Queues.Rows)
	s.queues, s.leftOut = x.filter.selectQueues(snap.Queues.Rows)
}

// firstBadLine returns an error for the first of the bad lines only: all of them could fill a log.
func firstBadLine(bad []*wire.LineError) error {
	if len(bad) == 0 {
		return nil
	}
	return cmderr.Errorf("%w (one of %s)", bad[0], output.Plural(wire.CountBad(bad), "such line", "such lines"))
}
