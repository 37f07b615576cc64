package health

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

func (o *options) flags(env *cli.Env) []urfave.Flag {
	flags := append(env.PluginFlags(),
		cli.TextFlag("w", &o.short.warning, "WARNING if a queue's waiting jobs are outside `RANGE`, as --waiting-warning"),
		cli.TextFlag("c", &o.short.critical, "CRITICAL if a queue's waiting jobs are outside `RANGE`, as --waiting-critical"))
	for m := range nagios.NumMetrics {
		what := m.String() + " jobs"
		switch {
		case m == nagios.MetricWorkers:
			what = "workers"
		case m.ByPriority():
			what = "waiting jobs of " + m.String() + " priority"
		}
		l := &o.thresholds[m]
		flags = append(flags,
			cli.TextFlag(m.String()+"-warning", &l.warning, "WARNING if a queue's "+what+" are outside `RANGE`"),
			cli.TextFlag(m.String()+"-critical", &l.critical, "CRITICAL if a queue's "+what+" are outside `RANGE`"))
	}
	flags = append(flags,
		&urfave.StringSliceFlag{Name: "rule", Destination: &o.rule, Usage: "thresholds by queue, a `RULE` such as 'hostgroup_*:waiting=100,500:workers=1:'; repeatable, the first that matches counts"},
		cli.TextFlag("rules", &o.ruleFile, "more rules from a YAML `FILE`"),
		&urfave.StringSliceFlag{Name: "require", Destination: &o.require, Usage: "CRITICAL if `QUEUE` does not exist or has no worker; repeatable"},
		&urfave.StringSliceFlag{Name: "exclude", Destination: &o.exclude, Usage: "ignore queues that match `GLOB`; repeatable"},
		cli.PrioritiesFlag(&o.priorities),
		&urfave.BoolFlag{Name: "allow-empty", Destination: &o.allowEmpty, Usage: "treat a server without queues as OK, not WARNING"},
		cli.DurationFlag("stalled", &o.stalled, 0, "watch for `DURATION`; alert if a backlog never shrinks"),
		&urfave.StringSliceFlag{Name: "probe", Destination: &o.probe, Usage: "query the status of worker `NAME`, or of this result or status queue; repeatable"},
		cli.TextFlag("probe-queue", &o.probeQueue, "send the --send job to `QUEUE` and wait for the answer"),
		&urfave.StringFlag{Name: "send", Destination: &o.send, Usage: "payload `TEXT` of the job"},
		cli.TextFlag("expect", &o.expect, "CRITICAL if the answer does not contain `TEXT`"),
		&urfave.StringFlag{Name: "unique", Destination: &o.unique, Usage: "unique `KEY` of the job (default: generated)"},
		&urfave.BoolFlag{Name: "async", Destination: &o.async, Usage: "queue the job and do not wait for an answer"},
		&urfave.BoolFlag{Name: "end-to-end", Destination: &o.endToEnd, Usage: "send a test check through each queue to a worker and wait for the result"},
		&urfave.BoolFlag{Name: "storage", Destination: &o.storage, Count: &o.storageGiven, Usage: "store a background job and remove it, to verify that the server's store works"},
		cli.TextFlag("end-to-end-warning", &o.endToEndLimits.warning, "WARNING if the seconds it takes are outside `RANGE`"),
		cli.TextFlag("end-to-end-critical", &o.endToEndLimits.critical, "CRITICAL if the seconds it takes are outside `RANGE`"),
		&urfave.StringFlag{Name: "command", Destination: &o.command, Value: "/bin/echo gearctl health", Usage: "command `LINE` of the test check, which must return 0"},
		cli.TextFlag("by", &o.by, "one line and one set of performance data for each value of `LABEL` of the context's servers, or for each server"),
		&urfave.StringFlag{Name: "perfdata", Destination: &o.perfdata, Value: perfdataAll, Usage: "performance data of `WHICH`: all queues, sums or none"},
	)
	return append(flags, o.keys.Flags(false)...)
}

// takeShort makes -w and -c the thresholds for waiting jobs. It returns a note if one is a mere number, at which check_gearman
// alerts already, or nothing.
func (o *options) takeShort() (note string, err error) {
	var numbers []string
	waiting := &o.thresholds[nagios.MetricWaiting]
	for _, f := range []struct {
		short, long string
		given       string
		to          *string
	}{
		{"-w", "--waiting-warning", o.short.warning, &waiting.warning},
		{"-c", "--waiting-critical", o.short.critical, &waiting.critical},
	} {
		switch {
		case f.given == "":
			continue
		case *f.to != "":
			return "", cmderr.Usagef("%s and %s are the same threshold", f.short, f.long)
		}
		*f.to = f.given
		if r, err := nagios.ParseRange(f.given); err != nil {
			return "", cmderr.Usagef("%s %.60q: %v", f.short, f.given, err)
		} else if above, ok := r.Above(); ok {
			numbers = append(numbers, f.short+" "+above)
		}
	}
	if len(numbers) == 0 {
		return "", nil
	}
	return strings.Join(numbers, ", ") + ": alerts above that many waiting jobs; check_gearman also at that number", nil
}

// check rejects flags that contradict each other.
func (o *options) check() error {
	tied := []struct {
		flag string
		set  bool
	}{{"--send", o.send != ""}, {"--expect", o.expect != ""}, {"--unique", o.unique != ""}, {"--async", o.async}}
	for _, f := range tied {
		if f.set && o.probeQueue == "" {
			return cmderr.Usagef("%s goes with --probe-queue QUEUE", f.flag)
		}
	}
	for _, f := range []struct {
		flag string
		set  bool
	}{{"--end-to-end-warning", o.endToEndLimits.warning != ""}, {"--end-to-end-critical", o.endToEndLimits.critical != ""}} {
		if f.set && !o.endToEnd {
			return cmderr.Usagef("%s goes with --end-to-end", f.flag)
		}
	}
	switch {
	case slices.Contains(o.probe.Value(), ""):
		return cmderr.Usagef("--probe: a name is empty")
	case o.probeQueue != "" && o.send == "":
		return cmderr.Usagef("--probe-queue needs --send TEXT")
	case slices.ContainsFunc(o.probe.Value(), func(name string) bool { return name == o.probeQueue || modgearman.PrefixWorker+name == o.probeQueue }):
		return cmderr.Usagef("%.100q is in --probe and --probe-queue: use two checks", o.probeQueue)
	case o.async && o.expect != "":
		return cmderr.Usagef("--async excludes --expect")
	case !slices.Contains([]string{perfdataAll, perfdataSums, perfdataNone}, o.perfdata):
		return cmderr.Usagef("--perfdata %.60q: must be %s, %s or %s", o.perfdata, perfdataAll, perfdataSums, perfdataNone)
	case o.command == "":
		return cmderr.Usagef("--command: the line is empty")
	}
	return o.checkProbeQueue()
}

func (o *options) checkProbeQueue() error {
	if o.probeQueue == "" {
		return nil
	}
	s := wire.Submission{Function: o.probeQueue, Unique: o.unique}
	if err := s.Check(); err != nil {
		return cmderr.Usagef("--probe-queue: %v", err)
	}
	return nil
}

// checkGearmanFlags are flags of check_gearman that health has not.
func checkGearmanFlags() map[string]string {
	return map[string]string{
		"V": "gearctl --version",
		"W": "--workers-warning RANGE", "C": "--workers-critical RANGE",
		"x": "--workers-critical 1:", "e": "--expect TEXT", "u": "--unique KEY", "a": "--async",
	}
}
