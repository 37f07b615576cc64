package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

func (o *healthOptions) flags() []cli.Flag {
	var flags []cli.Flag
	for m := range queueMetrics {
		what := m.String() + " jobs"
		switch {
		case m == metricWorkers:
			what = "workers"
		case m.byPriority():
			what = "waiting jobs of " + m.String() + " priority"
		}
		l := &o.thresholds[m]
		flags = append(flags,
			textFlag(m.String()+"-warning", &l.warning, "WARNING for a queue whose "+what+" are outside of `RANGE`"),
			textFlag(m.String()+"-critical", &l.critical, "CRITICAL for a queue whose "+what+" are outside of `RANGE`"))
	}
	flags = append(flags,
		&cli.StringSliceFlag{Name: "rule", Destination: &o.rule, Usage: "thresholds by queue, a `RULE` such as 'hostgroup_*:waiting=100,500:workers=1:'; repeatable, the first that matches counts"},
		textFlag("rules", &o.ruleFile, "more rules from a YAML `FILE`"),
		&cli.StringSliceFlag{Name: "require", Destination: &o.require, Usage: "CRITICAL when `QUEUE` is not there or has no worker; repeatable"},
		&cli.StringSliceFlag{Name: "exclude", Destination: &o.exclude, Usage: "say nothing of queues that match `GLOB`; repeatable"},
		prioritiesFlag(&o.priorities),
		&cli.BoolFlag{Name: "allow-empty", Destination: &o.allowEmpty, Usage: "a server without any queue is OK, not WARNING"},
		durationFlag("stalled", &o.stalled, 0, "watch for `DURATION`; alert if a backlog never shrinks"),
		&cli.StringSliceFlag{Name: "probe", Destination: &o.probe, Usage: "ask the worker `NAME`, or the result or status queue of this name, for its state; repeatable"},
		textFlag("probe-queue", &o.probeQueue, "send the job of --send to `QUEUE` and wait for its answer"),
		&cli.StringFlag{Name: "send", Destination: &o.send, Usage: "`TEXT` of the job"},
		textFlag("expect", &o.expect, "CRITICAL when the answer does not hold `TEXT`"),
		&cli.StringFlag{Name: "unique", Destination: &o.unique, Usage: "unique `KEY` of the job (default: one of its own)"},
		&cli.BoolFlag{Name: "async", Destination: &o.async, Usage: "put the job into the queue and do not wait for an answer"},
		&cli.BoolFlag{Name: "end-to-end", Destination: &o.endToEnd, Usage: "send a test check through each queue to a worker, and wait for its result"},
		textFlag("end-to-end-warning", &o.tripLimits.warning, "WARNING when the seconds that it takes are outside of `RANGE`"),
		textFlag("end-to-end-critical", &o.tripLimits.critical, "CRITICAL when the seconds that it takes are outside of `RANGE`"),
		&cli.StringFlag{Name: "command", Destination: &o.command, Value: "/bin/echo gearctl health", Usage: "what the test check runs, a `LINE` that must return 0"},
		&cli.StringFlag{Name: "perfdata", Destination: &o.perfdata, Value: perfdataAll, Usage: "performance data of `WHICH`: all queues, sums or none"},
	)
	return append(flags, o.keys.flags(false)...)
}

// check refuses what does not go together.
func (o *healthOptions) check() error {
	tied := []struct {
		flag string
		set  bool
	}{{"--send", o.send != ""}, {"--expect", o.expect != ""}, {"--unique", o.unique != ""}, {"--async", o.async}}
	for _, f := range tied {
		if f.set && o.probeQueue == "" {
			return usagef("%s goes with --probe-queue QUEUE", f.flag)
		}
	}
	for _, f := range []struct {
		flag string
		set  bool
	}{{"--end-to-end-warning", o.tripLimits.warning != ""}, {"--end-to-end-critical", o.tripLimits.critical != ""}} {
		if f.set && !o.endToEnd {
			return usagef("%s goes with --end-to-end", f.flag)
		}
	}
	switch {
	case slices.Contains(o.probe.Value(), ""):
		return usagef("--probe: a name is empty")
	case o.probeQueue != "" && o.send == "":
		return usagef("--probe-queue: --send TEXT is missing")
	case slices.ContainsFunc(o.probe.Value(), func(name string) bool { return name == o.probeQueue || modgearman.PrefixWorker+name == o.probeQueue }):
		return usagef("%.100q is asked by --probe and by --probe-queue: make it two checks", o.probeQueue)
	case o.async && o.expect != "":
		return usagef("--async waits for no answer: no --expect then")
	case !slices.Contains([]string{perfdataAll, perfdataSums, perfdataNone}, o.perfdata):
		return usagef("--perfdata %.60q: must be %s, %s or %s", o.perfdata, perfdataAll, perfdataSums, perfdataNone)
	case o.command == "":
		return usagef("--command: the line is empty")
	}
	return o.checkProbeQueue()
}

func (o *healthOptions) checkProbeQueue() error {
	if o.probeQueue == "" {
		return nil
	}
	s := wire.Submission{Function: o.probeQueue, Unique: o.unique}
	if err := s.Check(); err != nil {
		return usagef("--probe-queue: %v", err)
	}
	return nil
}

// checkGearmanFlags are flags of check_gearman that health has not.
func checkGearmanFlags() map[string]string {
	return map[string]string{
		"H": "-s HOST[:PORT]",
		"w": "--waiting-warning RANGE, which warns over its end and not at it", "c": "--waiting-critical RANGE, which alerts over its end and not at it",
		"W": "--workers-warning RANGE", "C": "--workers-critical RANGE",
		"x": "--workers-critical 1:", "e": "--expect TEXT", "u": "--unique KEY", "a": "--async",
	}
}
