package exporter

import (
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

// scrapeSteps are all steps.
func scrapeSteps() []scrapeStep {
	return []scrapeStep{stepConnect, stepVersion, stepStatus, stepPriorities, stepProbe}
}

// unknownVersion is the version of a server that does not answer.
const unknownVersion = "unknown"

// errScrapeTimeout is the cause when a scrape takes too long.
var errScrapeTimeout = errors.New("no answer within the scrape timeout")

// stepError is a step that failed.
type stepError struct {
	step scrapeStep
	err  error
}

// serverScrape is what one server gave.
type serverScrape struct {
	server     string
	version    string
	answered   bool // its status
	known      int  // queues that it has
	queues     []wire.FunctionStatus
	leftOut    []wire.FunctionStatus
	priorities []wire.PriorityStatus
	workers    []workerScrape
	failed     []stepError
	duration   time.Duration
}

// up reports whether the server answered all that it was asked. What workers say does not count.
func (s *serverScrape) up() bool {
	for _, f := range s.failed {
		if f.step != stepProbe {
			return false
		}
	}
	return s.answered
}

// fail notes a failed step and reports whether there was one.
func (s *serverScrape) fail(step scrapeStep, err error) bool {
	if err == nil {
		return false
	}
	var op *wire.OpError
	var line *wire.LineError
	if !errors.As(err, &op) && !errors.As(err, &line) { // those name the server
		err = cmderr.Errorf("%s %s: %w", step, s.server, err)
	}
	s.failed = append(s.failed, stepError{step, err})
	return true
}

// scrape asks all servers at once, within limit.
func (x *exporter) scrape(ctx context.Context, limit time.Duration) []*serverScrape {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errScrapeTimeout)
	defer cancel()
	scrapes := make([]*serverScrape, len(x.servers))
	var wg sync.WaitGroup
	for i, server := range x.servers {
		wg.Go(func() {
			begun := x.env.Now()
			s := &serverScrape{server: server, version: unknownVersion}
			x.queryServer(ctx, s)
			x.queryWorkers(ctx, s, min(x.wait, limit/2))
			s.duration = x.env.Now().Sub(begun)
			scrapes[i] = s
		})
	}
	wg.Wait()
	if ctx.Err() == nil || context.Cause(ctx) == errScrapeTimeout { // else nobody waits for it any more
		x.errors.record(x.env, scrapes)
	}
	return scrapes
}

// queryServer connects to a server and asks it. It goes on after a refusal: the next command may be known.
func (x *exporter) queryServer(ctx context.Context, s *serverScrape) {
	c, err := x.dialer.Dial(ctx, s.server)
	if s.fail(stepConnect, err) {
		return
	}
	defer c.Close()
	snap := &servers.Snapshot{Server: s.server}
	err = snap.Ask(ctx, c, servers.PartVersion)
	if s.fail(stepVersion, err) && !servers.IsRefusal(err) {
		return
	}
	if err == nil {
		s.version = snap.Version.Reported()
	}
	if s.fail(stepStatus, snap.Ask(ctx, c, servers.PartQueues)) {
		return
	}
	x.takeQueues(s, snap)
	if x.priorities && snap.Version.CountsPriorities() && !s.fail(stepPriorities, snap.Ask(ctx, c, servers.PartPriorities)) {
		s.fail(stepPriorities, firstBadLine(snap.Priorities.Bad))
		s.priorities = snap.Priorities.Rows
	}
}

// takeQueues takes over what can be read of the queues.
func (x *exporter) takeQueues(s *serverScrape, snap *servers.Snapshot) {
	s.fail(stepStatus, firstBadLine(snap.Queues.Bad))
	s.answered, s.known = true, len(snap.Queues.Rows)
	s.queues, s.leftOut = x.filter.selectQueues(snap.Queues.Rows)
	s.workers = x.statusQueues(snap.Queues.Rows)
}

// firstBadLine is badLines for a log, which a whole answer of them would fill.
func firstBadLine(bad []*wire.LineError) error {
	if len(bad) == 0 {
		return nil
	}
	return cmderr.Errorf("%w (one of %s)", bad[0], output.Plural(wire.CountBad(bad), "such line", "such lines"))
}
