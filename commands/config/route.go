package config

import (
	"context"
	"io"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// routeRow is a rule that the module tries when it chooses a queue.
type routeRow struct {
	Host    string  `json:"host"`
	Service string  `json:"service"`
	Rule    string  `json:"rule" out:"keep"`
	Decided bool    `json:"decided" out:"keep"`
	Detail  string  `json:"detail" out:"keep"`
	Queue   *string `json:"queue" out:"keep"` // of the rule that matched
	Local   bool    `json:"local"`            // the core runs the check itself
}

// Style marks the rule that matched.
func (r routeRow) Style(string) output.Style {
	if r.Decided {
		return output.Bold
	}
	return output.Faint
}

type routeOptions struct {
	host, service string
	job           string
	routing       cli.RoutingFlags
	interval      time.Duration
	live          bool
}

// routeJobs are the kinds of job that --job takes.
var routeJobs = map[string]modgearman.Kind{
	"check": modgearman.KindUnknown, "eventhandler": modgearman.KindEventhandler, "notification": modgearman.KindNotification,
}

// NewRoute returns the command route.
func NewRoute(env *cli.Env) *cli.Command {
	var o routeOptions
	return &cli.Command{
		Name: "route", Group: cli.GroupModGearman, OnlyReads: true, Args: "[HOST [SERVICE]]", Short: "show which queue the module chooses for checks, and why",
		Examples: []cli.Example{
			{Line: "gearctl route web1 disk --config mod_gearman_neb.conf --hostgroup linux,dmz", What: "step by step, for a service on a host in two groups"},
			{Line: "gearctl route web1 disk --config mod_gearman_neb.conf --objects objects.cache -o raw", What: "only the queue name"},
			{Line: "gearctl route --config mod_gearman_neb.conf --objects objects.cache", What: "the plan: queues, their hosts and services, checks per second"},
			{Line: "gearctl route --config mod_gearman_neb.conf --objects objects.cache -s gm1", What: "with the workers of a server; exits with 1 if a queue has none"},
		},
		Long: `The rules come from --config, the configuration of the NEB module: custom variable, local groups, servicegroups,
hostgroups, then the generic queues; the first match wins. With HOST, each rule tried is a row, and the row that
matched shows the queue, or the core itself. No server is contacted.

--objects reads the file that object_cache_file names in the core's main configuration. The core wrote it, with templates and
groups resolved; anything else is refused. Groups of --config that it does not have are reported, with the nearest
name. A custom variable without a value selects no queue.

Without HOST it prints the plan for --objects: a row per queue, and a last one for checks that stay in the core.
CHECKS_PER_SECOND is derived from the check intervals of active checks. With -s, or with --live for the servers of
--config or the environment, it also shows the workers of each server. For -s with other servers than those of the
file, name the file in GEARCTL_CONFIG. A queue without a worker is marked and makes
the exit code 1. Mod-Gearman's workers can register only the generic queues, hostgroup_ and servicegroup_: queues with
other names are marked too.`,
		Flags: append(o.routing.Flags(),
			&urfave.StringFlag{Name: "job", Destination: &o.job, Value: "check", Usage: "the `KIND` of job: check, eventhandler or notification"},
			cli.DurationFlag("interval-length", &o.interval, modgearman.DefaultIntervalLength, "the core's interval_length, as a `DURATION`"),
			&urfave.BoolFlag{Name: "live", Destination: &o.live, Usage: "show the workers on the servers"},
		),
		Formats: []string{cli.FormatRaw},
		Columns: func() []string { return cli.KeysOf[routeRow](planColumns()...)() },
		Choices: map[string][]string{"job": {"check", "eventhandler", "notification"}},
		Max:     2,
		Run: func(ctx context.Context, w cli.Words) error {
			o.host, o.service = cli.Argument(w.Args, 0), cli.Argument(w.Args, 1)
			if slices.Contains(w.Args, "") {
				return cmderr.Usagef("route: HOST and SERVICE must not be empty")
			}
			return runRoute(ctx, env, o)
		},
	}
}

func runRoute(ctx context.Context, env *cli.Env, o routeOptions) error {
	kind, ok := routeJobs[o.job]
	if !ok {
		return cmderr.Usagef("--job %.60q: must be check, eventhandler or notification", o.job)
	}
	rules, err := routeRules(env)
	if err != nil {
		return err
	}
	if o.host == "" {
		return runPlan(ctx, env, o, rules)
	}
	if o.live {
		return cmderr.Usagef("route: --live excludes HOST")
	}
	obj, err := o.routing.Object(o.host, o.service)
	if err != nil {
		return err
	}
	obj.Kind = kind
	o.routing.WarnUnknownGroups(env, rules)
	return printDecision(env, obj, modgearman.Route(rules, obj))
}

// routeRules returns the module's rules of --config, without which there are none.
func routeRules(env *cli.Env) (modgearman.RouteConfig, error) {
	config, err := env.Config()
	if err != nil {
		return modgearman.RouteConfig{}, err
	}
	if config == nil {
		return modgearman.RouteConfig{}, cmderr.Usagef("route: no mod_gearman configuration given").
			Hint("set its mod_gearman_neb.conf with --config FILE or GEARCTL_CONFIG")
	}
	if modconf.RoleOf(config) == modconf.RoleWorker {
		env.Warn("%s: looks like a worker configuration; the routing rules are in the NEB module's", config.Path)
	}
	return config.Settings(modgearman.ProgramNEB).Route(), nil
}

// printDecision prints the steps, or with -o raw only the queue: nothing if the core runs the check itself.
func printDecision(env *cli.Env, obj modgearman.Object, d modgearman.Decision) error {
	format, err := env.Format()
	switch {
	case err != nil:
		return err
	case format.Kind != cli.FormatRaw:
		err = cli.PrintRows(env, output.Options{HideInTable: []string{"host", "service", "local"}}, routeRows(obj, d))
	case !d.Local:
		_, err = io.WriteString(env.ExactStdout(), d.Queue+"\n")
	}
	if !d.Local && !modgearman.Registrable(d.Queue) {
		env.Info("queue %.100q: %s", d.Queue, problemRegistration)
	}
	return cmderr.MergeErrors(err, checkLength(d.Queue))
}

// checkLength returns an error for a queue to which the module sends nothing.
func checkLength(queue string) error {
	if len(queue) <= modgearman.MaxQueue {
		return nil
	}
	return cmderr.Errorf("route: a queue name of %d bytes: the module sends no jobs to names over %d", len(queue), modgearman.MaxQueue)
}

func routeRows(obj modgearman.Object, d modgearman.Decision) []routeRow {
	var rows []routeRow
	for _, s := range d.Steps {
		rows = append(rows, routeRow{Host: obj.Host, Service: obj.Service, Rule: s.Rule, Decided: s.Decided, Detail: s.Detail, Local: d.Local})
	}
	if last := len(rows) - 1; last >= 0 && !d.Local {
		rows[last].Queue = &d.Queue
	}
	return rows
}
