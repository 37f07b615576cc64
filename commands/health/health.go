// Package health has the command health, a monitoring plugin: it compares servers, queues and workers with thresholds and
// prints the worst state, performance data and every problem. It changes nothing, except for the jobs that --probe,
// --probe-queue and --end-to-end send.
package health

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/nagios"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// options are the flags of health.
type options struct {
	matcher        *servers.Matcher
	thresholds     [nagios.NumMetrics]struct{ warning, critical string }
	short          struct{ warning, critical string } // -w and -c
	rule           urfave.StringSlice
	ruleFile       string
	require        urfave.StringSlice
	exclude        urfave.StringSlice
	stalled        time.Duration
	probe          urfave.StringSlice
	probeQueue     string
	send           string
	expect         string
	unique         string
	async          bool
	endToEnd       bool
	storage        bool
	storageGiven   int // how often; 0: as --end-to-end
	allowEmpty     bool
	priorities     bool
	endToEndLimits struct{ warning, critical string }
	command        string
	keys           cli.KeyFlags
	perfdata       string
	by             string // a label; empty: none

	total time.Duration // for everything
}

// Formats of health besides json.
const (
	formatNagios     = "nagios"
	formatPrometheus = "prometheus"
	formatText       = "text"
)

const longHelp = `Works like a monitoring plugin: one line with the state and the worst problems, performance data
after a pipe character, then every problem on a separate line, and exit code 0 OK, 1 WARNING, 2 CRITICAL or 3 UNKNOWN.
On a terminal it prints text instead: a line for each problem, worst first, and for each queue without one. -o text and
-o nagios choose.

All servers are queried in parallel, and --timeout bounds the whole run. The worst state wins: CRITICAL, then WARNING,
then UNKNOWN.

Always CRITICAL: a server that does not answer completely, and a queue with waiting jobs but no worker. A queue named
as QUEUE or with --require must also have a worker on every server; other queues may have none while nothing waits.
UNKNOWN: a QUEUE that does not exist on a server, a rule or glob that matches no queue, or an unparsable line in an
answer. WARNING: a server without any queue, unless QUEUEs, rules or --require apply; --allow-empty accepts it.

Thresholds are Monitoring Plugins ranges: "10" alerts outside 0 to 10, "10:" below 10, "~:10" above 10, "10:20"
outside 10 to 20, and "@10:20" inside. -w 10 so warns above 10, where check_gearman -w 10 warns at 10. They apply to all checked queues. A rule is GLOB:METRIC=WARNING,CRITICAL, with
more metrics after further colons; a single range is critical only, "100," warning only. Metrics are waiting, running,
workers, high, normal and low. The first rule that matches a queue wins, --rule before the file; metrics it does not
name keep the general thresholds. ":optional" at the end allows a rule to match no queue. The file of --rules is YAML:

    rules:
      - queue: hostgroup_*
        waiting: 100,500
        workers: "1:"
      - queue: perfdata
        waiting: "1000,"
        optional: true
    require: [service, check_results]
    exclude: [worker_old]

--stalled takes ten more samples within DURATION. A queue with workers and waiting jobs makes progress if it has fewer
jobs than in the sample before. A queue that never does is CRITICAL if no job ran at all, and WARNING if jobs ran:
they hang, they kill their workers, or jobs arrive faster than the workers can do them.

--probe sends a status request to the queue worker_NAME of a Mod-Gearman worker, or to a result queue or a proxy's
status queue by its own name. --end-to-end sends a test check through each queue to a worker and waits for the result:
the named QUEUEs, else those of --config, else those with Mod-Gearman names. It also verifies the key.

--by LABEL prints the worst state of the servers with each value of a label that contexts give them, such as a site,
with their worst problem first, and for each the number of servers that answered, and of jobs waiting and running, as
performance data. --by server does so for each server. The exit code is that of the worst.

--storage sends a background job to a temporary queue and removes it: CRITICAL if the server's store (gearmand
--queue-type) does not take it, or does not let go of it. Foreground jobs, such as probes, are accepted without the
store. It is the default with --end-to-end; --storage=false skips it.`

// New returns the command health.
func New(env *cli.Env) *cli.Command {
	o := new(options)
	return &cli.Command{
		Name: "health", Group: cli.GroupMonitor, OnlyReads: true, Args: "[QUEUE|GLOB…]", Short: "check servers, queues and workers, as a Nagios, Naemon or Icinga plugin",
		Examples: []cli.Example{
			{Line: "gearctl health -s gm1,gm2", What: "do both servers answer, and does every job have a worker?"},
			{Line: "gearctl health -H gm1 -w 100 -c 500 -t 10", What: "more than 100 waiting jobs in a queue are WARNING, more than 500 CRITICAL"},
			{Line: "gearctl health --waiting-warning 100 --waiting-critical 500 --exclude 'worker_*'", What: "thresholds for all queues but some"},
			{Line: "gearctl health --rule 'hostgroup_*:waiting=100,500:workers=1:' --require check_results", What: "thresholds by queue, and a queue that must have a worker"},
			{Line: "gearctl --context all health --by site", What: "a line for each site of a context"},
			{Line: "gearctl health --probe worker1 --probe check_results", What: "do this worker and the core's module answer?"},
			{Line: "gearctl health --config neb.conf --end-to-end --end-to-end-critical 10 --timeout 30s", What: "a check through each of the module's queues and back"},
		},
		Long:    longHelp,
		Formats: []string{formatNagios, formatPrometheus, formatText},
		FlagValues: map[string]cli.Completer{"by": func(context.Context, []string, string) []cli.Candidate {
			return cli.Candidates(append([]string{byServer}, env.LabelNames()...))
		}},
		Choices:  map[string][]string{"perfdata": {perfdataAll, perfdataSums, perfdataNone}},
		Flags:    o.flags(env),
		Formerly: checkGearmanFlags(),
		Max:      cli.AnyNumber,
		Plugin:   func([]string) bool { return true },
		Unknown:  unknownReport,
		Complete: env.CompleteQueues,
		Run: func(ctx context.Context, w cli.Words) error {
			return run(ctx, env, o, w.Args)
		},
	}
}

// setTotal makes --timeout the limit of the whole run. --stalled must fit into it, or extends the default.
func (o *options) setTotal(timeout time.Duration, given bool) error {
	o.total = timeout
	switch {
	case o.stalled == 0 || o.stalled < timeout-min(printTime, timeout/10):
		return nil
	case !given:
		o.total += o.stalled
		return nil
	}
	return cmderr.Usagef("--stalled %s does not fit into --timeout %s", cmderr.ShortDuration(o.stalled), cmderr.ShortDuration(timeout)).
		Hint("--timeout %s", cmderr.ShortDuration(o.stalled+wire.DefaultTimeout))
}

func run(ctx context.Context, env *cli.Env, o *options, queues []string) error {
	note, err := o.takeShort()
	if err != nil {
		return err
	}
	if note != "" {
		env.Info("%s", note)
	}
	notes := new(noteBuffer)
	quiet := env
	if !env.Globals.Trace {
		quiet = env.WithStderr(notes) // a plugin reports on stdout only
	}
	report, err := inspect(ctx, quiet, env, o, queues)
	if err != nil {
		fmt.Fprintf(env.Stderr, "%s", notes.b)
		return err
	}
	return printReport(env, report, notes.lines())
}

// inspect returns an error only if the check cannot be carried out; problems are in the report. What it leaves out is reported
// to loud.
func inspect(ctx context.Context, env, loud *cli.Env, o *options, queues []string) (*report, error) {
	if _, err := outputFormat(env); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	var err error
	slices.Sort(queues)
	if o.matcher, err = servers.NewMatcher(slices.Compact(queues)); err != nil {
		return nil, err
	}
	v := &inspection{env: env, o: o}
	if v.rules, err = o.rules(); err != nil {
		return nil, err
	}
	if v.dialer, v.servers, err = env.Network(); err != nil {
		return nil, err
	}
	v.readOnly = o.leaveOut(loud, v.servers)
	tested := slices.DeleteFunc(slices.Clone(v.servers), func(s string) bool { return v.readOnly[s] })
	if v.endToEnd, err = o.endToEndCheck(env, tested); err != nil {
		return nil, err
	}
	if err := o.setTotal(env.Globals.Timeout, env.Globals.TimeoutGiven); err != nil {
		return nil, err
	}
	if o.by != "" && o.by != byServer {
		if err := env.CheckLabel("--by", o.by); err != nil {
			return nil, err
		}
	}
	v.dialer.Timeout = o.total
	v.reachability = newReachability(v.servers)
	r, err := v.run(ctx)
	if err == nil {
		r.by, r.labels = o.by, env.Labels()
	}
	return r, err
}

// leaveOut returns the servers of read-only contexts, on which only status and the like is asked, and reports what is left out
// there.
func (o *options) leaveOut(env *cli.Env, servers []string) map[string]bool {
	var what []string
	for _, check := range []struct {
		name  string
		wants bool
	}{{"--probe", len(o.probe.Value()) > 0}, {"--probe-queue", o.probeQueue != ""}, {"--end-to-end", o.endToEnd}, {"--storage", o.checksStorage()}} {
		if check.wants {
			what = append(what, check.name)
		}
	}
	if len(what) == 0 {
		return nil
	}
	return env.LeaveOut(strings.Join(what, ", "), servers)
}

// outputFormat is the output format: table, the default of other commands, means text on a terminal, and else nagios.
func outputFormat(env *cli.Env) (string, error) {
	f, err := env.Format()
	switch {
	case err != nil:
		return "", err
	case f.Kind == output.Table && env.Terminal.Stdout:
		return formatText, nil
	case f.Kind == output.Table:
		return formatNagios, nil
	case slices.Contains([]string{formatNagios, formatPrometheus, formatText, output.JSON, output.JSONL}, f.Kind):
		return f.Kind, nil
	}
	return "", cmderr.Usagef("output format %.60q: health has nagios, json, prometheus and text", f.Kind)
}
