package config

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// planRow is the load that a configuration puts on a queue, and its workers.
type planRow struct {
	Server          string  `json:"server" out:"name"` // where the workers were looked up
	Queue           string  `json:"queue" out:"name"`
	Local           bool    `json:"local" out:"drop1"` // no queue: the core runs it itself
	Hosts           int     `json:"hosts"`
	Services        int     `json:"services"`
	ChecksPerSecond float64 `json:"checks_per_second" out:"drop2"`
	Waiting         *int64  `json:"waiting"`
	Workers         *int64  `json:"workers" out:"drop6"`
	Problem         string  `json:"problem" out:"keep"` // why its checks may not run
}

// The problems of a queue.
const (
	problemNoWorker     = "no worker"
	problemRegistration = "mod_gearman workers cannot register it"
)

// Style marks a queue without workers.
func (r planRow) Style(key string) output.Style {
	switch {
	case r.Local:
		return output.Faint
	case r.Problem != "" && (key == "queue" || key == "workers" || key == "problem"):
		return output.Bad
	}
	return output.Plain
}

// planColumns are the keys of planRow that routeRow does not have.
func planColumns() []string {
	other := output.Keys(output.ColumnsOf[routeRow]())
	return slices.DeleteFunc(output.Keys(output.ColumnsOf[planRow]()), func(key string) bool { return slices.Contains(other, key) })
}

func (o *routeOptions) validatePlan(env *cli.Env) error {
	format, err := env.Format()
	switch {
	case err != nil:
		return err
	case o.routing.Objects == "":
		return cmderr.Usagef("route: give a HOST, or --objects FILE for the plan").Hint("gearctl route --help")
	case o.routing.Named():
		return cmderr.Usagef("route: group and variable flags need a HOST; the plan takes them from --objects")
	case o.job != "check":
		return cmderr.Usagef("route: --job %s needs a HOST; the plan covers checks only", o.job)
	case format.Kind == cli.FormatRaw:
		return cmderr.Usagef("route: -o raw needs a HOST")
	case o.interval <= 0:
		return cmderr.Usagef("--interval-length must be over 0")
	}
	return nil
}

func runPlan(ctx context.Context, env *cli.Env, o routeOptions, rules modgearman.RouteConfig) error {
	if err := o.validatePlan(env); err != nil {
		return err
	}
	live := o.live || len(env.Globals.Servers.Value()) > 0
	opts := output.Options{HideInTable: []string{"server", "waiting", "workers"}, Empty: "no hosts and no services"}
	if live {
		opts.HideInTable = env.ServerColumn()
	}
	p, err := cli.NewPrinter[planRow](env, opts)
	if err != nil {
		return err
	}
	objects, err := o.routing.Read()
	if err != nil {
		return err
	}
	o.routing.WarnUnknownGroups(env, rules)
	rows := planRows(objects.Plan(rules, o.interval))
	var tooLong []error
	for _, r := range rows {
		tooLong = append(tooLong, checkLength(r.Queue))
	}
	if !live {
		return cmderr.MergeErrors(p.PrintAll(rows), errors.Join(tooLong...))
	}
	rows, err = withWorkers(ctx, env, rows)
	return cmderr.MergeErrors(p.PrintAll(rows), err, unservedQueues(rows), errors.Join(tooLong...))
}

func planRows(loads []modgearman.QueueLoad) []planRow {
	rows := make([]planRow, 0, len(loads))
	for _, l := range loads {
		r := planRow{Queue: l.Queue, Local: l.Local, Hosts: l.Hosts, Services: l.Services, ChecksPerSecond: perSecond(l.ChecksPerSecond)}
		if !l.Local && !l.Registrable {
			r.Problem = problemRegistration
		}
		rows = append(rows, r)
	}
	return rows
}

// perSecond rounds a rate to a millionth, less than one check in eleven days.
func perSecond(rate float64) float64 { return math.Round(rate*1e6) / 1e6 }

// withWorkers returns the rows for each server that answered, with its workers, or the rows as they are if none did.
func withWorkers(ctx context.Context, env *cli.Env, rows []planRow) ([]planRow, error) {
	var all []planRow
	var bad []*wire.LineError
	err := cli.Collect(ctx, env, servers.AskQueues, func(server string, s *servers.Snapshot) {
		bad = append(bad, s.Bad()...)
		queues := make(map[string]wire.FunctionStatus, len(s.Queues.Rows))
		for _, q := range s.Queues.Rows {
			queues[q.Function] = q
		}
		for _, r := range rows {
			r.Server = server
			r.addWorkers(queues[r.Queue])
			all = append(all, r)
		}
	})
	if len(all) == 0 {
		all = rows
	}
	return all, cmderr.MergeErrors(err, cmderr.BadLines(bad))
}

// addWorkers fills in what a server reports about the queue.
func (r *planRow) addWorkers(q wire.FunctionStatus) {
	if r.Local {
		return
	}
	r.Waiting, r.Workers = new(q.Waiting()), &q.Workers
	switch {
	case q.Workers > 0:
		r.Problem = "" // another kind of worker can register any name
	case r.Problem == "":
		r.Problem = problemNoWorker
	}
}

// unservedQueues returns an error that names the queues without worker.
func unservedQueues(rows []planRow) error {
	var queues []string
	for _, r := range rows {
		if r.Workers != nil && *r.Workers == 0 && !slices.Contains(queues, r.Queue) {
			queues = append(queues, r.Queue)
		}
	}
	if len(queues) == 0 {
		return nil
	}
	const shown = 10
	names := strings.Join(queues[:min(len(queues), shown)], ", ")
	if len(queues) > shown {
		names += ", …"
	}
	return cmderr.Errorf("route: %s without worker: %s", output.Plural(int64(len(queues)), "queue", "queues"), names)
}
