package commands

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"gearctl/output"
	"gearctl/wire"
)

// healthOptions are the flags of health.
type healthOptions struct {
	matcher    *queueMatcher
	thresholds [queueMetrics]struct{ warning, critical string }
	rule       cli.StringSlice
	ruleFile   string
	require    cli.StringSlice
	exclude    cli.StringSlice
	stalled    time.Duration
	probe      cli.StringSlice
	probeQueue string
	send       string
	expect     string
	unique     string
	async      bool
	endToEnd   bool
	allowEmpty bool
	priorities bool
	tripLimits struct{ warning, critical string }
	command    string
	keys       keyOptions
	perfdata   string

	total time.Duration // for everything
}

// Formats of health besides json.
const (
	formatNagios     = "nagios"
	formatPrometheus = "prometheus"
	formatText       = "text"
)

const healthLong = `It answers as a monitoring plugin does: one line with the state and the worst reasons, performance data behind a bar,
all reasons on lines of their own, and exit code 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN. All servers are asked at once,
and --timeout bounds everything. The worst state wins, CRITICAL before WARNING before UNKNOWN.

CRITICAL without being asked for: a server that does not answer in full, and a queue in which jobs wait and that has no
worker. A queue named as QUEUE or by --require must have a worker, too, on every server; others may have none while nothing
waits. UNKNOWN: a QUEUE that a server does not know, a rule or glob that matches no queue, a line that cannot be read.
WARNING: a server without any queue, unless QUEUEs, rules or --require decide; --allow-empty accepts it.

Thresholds are ranges of the Monitoring Plugins: a number alerts outside of 0 to 10 for "10", below 10 for "10:", above 10
for "~:10", outside of 10 to 20 for "10:20", and inside for "@10:20". They hold for all queues that are looked at. A rule is
GLOB:METRIC=WARNING,CRITICAL with more metrics behind further colons; one range alone is the critical one, "100," the warning.
Metrics are waiting, running, workers, high, normal and low. Of several rules that match a queue the first counts, those of
--rule before those of the file; metrics that it does not name keep the general thresholds. ":optional" at its end says that
no queue need match.

--stalled looks again ten times within the time given. A queue that has workers and waiting jobs moves when it has fewer jobs
than at the look before: one ended. One that never does is CRITICAL when nothing ran all the time, and WARNING when jobs
did: they hang, they kill their workers, or more come than the workers can do.

--probe asks the queue worker_NAME of a Mod-Gearman worker for its state, or a result queue or a proxy's status queue by its
own name. --end-to-end sends a test check through each queue to a worker and waits for its result: through the QUEUEs named,
else those of --config, else those that are named as Mod-Gearman does. It proves the key, too.`

func newHealth(env *Env) *Command {
	o := new(healthOptions)
	return &Command{
		Name: "health", Group: GroupMonitor, Args: "[QUEUE|GLOB…]", Short: "a check for Nagios, Naemon and Icinga: are servers, queues and workers well?",
		Examples: []Example{
			{"gearctl health -s gm1,gm2", "do both servers answer, and does every job have a worker?"},
			{"gearctl health --waiting-warning 100 --waiting-critical 500 --exclude 'worker_*'", "thresholds for all queues but some"},
			{"gearctl health --rule 'hostgroup_*:waiting=100,500:workers=1:' --require check_results", "thresholds by queue, and a queue that must have a worker"},
			{"gearctl health --probe worker1 --probe check_results", "do this worker and the core's module answer?"},
			{"gearctl health --config neb.conf --end-to-end --end-to-end-critical 10 --timeout 30s", "a check through each queue of the module and back"},
		},
		Long:     healthLong,
		Formats:  []string{formatNagios, formatPrometheus, formatText},
		Choices:  map[string][]string{"perfdata": {perfdataAll, perfdataSums, perfdataNone}},
		Flags:    o.flags(),
		Formerly: checkGearmanFlags(),
		Max:      anyNumber,
		Plugin:   func([]string) bool { return true },
		Unknown:  unknownHealth,
		Complete: env.completeQueues,
		Run: func(ctx context.Context, w Words) error {
			return runHealth(ctx, env, o, w.Args)
		},
	}
}

// setTotal takes --timeout for the whole. --stalled must fit into it; it adds to one that was not given.
func (o *healthOptions) setTotal(timeout time.Duration, given bool) error {
	o.total = timeout
	switch {
	case o.stalled == 0 || o.stalled < timeout-min(timeToSay, timeout/10):
		return nil
	case !given:
		o.total += o.stalled
		return nil
	}
	return usagef("--stalled %s does not fit into --timeout %s, which bounds everything", shortDuration(o.stalled), shortDuration(timeout)).
		hint("--timeout %s", shortDuration(o.stalled+wire.DefaultTimeout))
}

func runHealth(ctx context.Context, env *Env, o *healthOptions, queues []string) error {
	notes := new(healthNotes)
	henv := *env
	if !env.globals.trace {
		henv.Stderr = notes // a plugin says everything on stdout
	}
	report, err := lookAtHealth(ctx, &henv, o, queues)
	if err != nil {
		fmt.Fprintf(env.Stderr, "%s", notes.b)
		return err
	}
	return printHealth(env, report, notes.lines())
}

// lookAtHealth returns an error only for what cannot be carried out.
func lookAtHealth(ctx context.Context, env *Env, o *healthOptions, queues []string) (*healthReport, error) {
	if _, err := healthFormat(env); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	var err error
	slices.Sort(queues)
	if o.matcher, err = newQueueMatcher(slices.Compact(queues)); err != nil {
		return nil, err
	}
	v := &healthVisit{env: env, o: o}
	if v.rules, err = o.rules(); err != nil {
		return nil, err
	}
	if v.maker, err = o.newTripMaker(env); err != nil {
		return nil, err
	}
	if v.dialer, v.servers, err = env.network(); err != nil {
		return nil, err
	}
	if err := o.setTotal(env.globals.timeout, env.globals.timeoutGiven); err != nil {
		return nil, err
	}
	v.dialer.Timeout = o.total
	v.reached = newReachedServers(v.servers)
	return v.run(ctx)
}

// healthFormat is the output format: table, the default of other commands, means nagios here.
func healthFormat(env *Env) (string, error) {
	f, err := env.format()
	switch {
	case err != nil:
		return "", err
	case f.Kind == output.Table:
		return formatNagios, nil
	case slices.Contains([]string{formatNagios, formatPrometheus, formatText, output.JSON, output.JSONL}, f.Kind):
		return f.Kind, nil
	}
	return "", usagef("output format %.60q: health has nagios, json, prometheus and text", f.Kind)
}
