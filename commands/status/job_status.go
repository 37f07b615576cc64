package status

import (
	"context"
	"fmt"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// jobStatusRow is what a server knows of a job.
type jobStatusRow struct {
	Server      string `json:"server" out:"name"`
	Handle      string `json:"handle" out:"name"`
	Unique      string `json:"unique" out:"name"`
	Known       bool   `json:"known" out:"keep"`
	Running     bool   `json:"running" out:"drop6"`
	Numerator   int64  `json:"numerator" out:"drop3"`
	Denominator int64  `json:"denominator" out:"drop3"`
	Clients     *int64 `json:"clients" out:"drop2"`
}

// Style marks what is there.
func (r jobStatusRow) Style(key string) output.Style {
	if key == "running" && r.Running {
		return output.Good
	}
	return output.Plain
}

type jobStatusOptions struct {
	handles  []string
	unique   urfave.StringSlice
	host     string // of a Mod-Gearman check
	service  string
	key      modgearman.Key // of the encryption, which the unique keys of some modules depend on
	watch    bool
	interval time.Duration
}

func NewJob(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "job", Group: cli.GroupInspect, Short: "show the status of jobs, or cancel them",
		Sub: cli.Below(env,
			cli.Subcommand{Name: "status", New: newJobStatus},
			cli.Subcommand{Name: "cancel", New: newJobCancel},
		),
	}
}

func newJobStatus(env *cli.Env) *cli.Command {
	var o jobStatusOptions
	return &cli.Command{
		Name: "status", Group: cli.GroupInspect, Args: "[HANDLE…]", Short: "show whether jobs are waiting or running, and their progress",
		Examples: []cli.Example{
			{Line: "gearctl job status H:gm1:4711", What: "by handle"},
			{Line: "gearctl job status --unique report-2026", What: "by unique key, with the number of waiting clients"},
			{Line: "gearctl job status H:gm1:4711 --watch", What: "until it is done"},
			{Line: "gearctl job status --host web1 --service disk -s gm1,gm2", What: "is this Mod-Gearman check queued or running, and where?"},
		},
		Long: `A server forgets finished jobs, so an unknown job is finished, lost, or on another server: exit code 1. Handles are not unique across servers and restart from 1 with the server; a unique key is searched in all queues.`,
		Flags: []urfave.Flag{
			&urfave.StringSliceFlag{Name: "unique", Aliases: []string{"u"}, Destination: &o.unique, Usage: "look up this unique `KEY`; repeatable"},
			&urfave.StringFlag{Name: "host", Destination: &o.host, Usage: "look up the Mod-Gearman check of `HOST`, by the unique keys of all module versions"},
			&urfave.StringFlag{Name: "service", Destination: &o.service, Usage: "of this `SERVICE` of --host"},
			&urfave.BoolFlag{Name: "watch", Aliases: []string{"W"}, Destination: &o.watch, Usage: "refresh until no server knows the jobs"},
			cli.DurationFlag("interval", &o.interval, time.Second, "refresh every `DURATION`"),
		},
		Columns: cli.KeysOf[jobStatusRow](),
		Max:     cli.AnyNumber,
		Run: func(ctx context.Context, w cli.Words) error {
			o.handles = w.Args
			return runJobStatus(ctx, env, o)
		},
	}
}

func (o *jobStatusOptions) check() error {
	if o.service != "" && o.host == "" {
		return cmderr.Usagef("--service needs --host")
	}
	if len(o.handles)+len(o.keys()) == 0 {
		return cmderr.Usagef("job status: give a HANDLE, --unique KEY or --host HOST").Hint("gearctl job status --help")
	}
	for _, h := range o.handles {
		if err := wire.CheckHandle(h); err != nil {
			return cmderr.Usagef("job handle %.100q %v", h, err)
		}
	}
	for _, u := range o.unique.Value() {
		if err := wire.CheckUnique(u); err != nil || u == "" {
			return cmderr.Usagef("unique key %.100q: not a key of 1 to %d bytes", u, wire.MaxUnique)
		}
	}
	if o.interval <= 0 {
		return cmderr.Usagef("--interval must be over 0")
	}
	return nil
}

// keys returns the unique keys to look up.
func (o *jobStatusOptions) keys() []string {
	keys := o.unique.Value()
	for _, k := range o.checkKeys() {
		keys = append(keys, k.Key)
	}
	return keys
}

// checkKeys returns the keys that the check of --host and --service may have, the present generation's first.
func (o *jobStatusOptions) checkKeys() []modgearman.NamedUnique {
	if o.host == "" {
		return nil
	}
	return slices.DeleteFunc(modgearman.UniqueKeys(o.host, o.service, o.key), func(k modgearman.NamedUnique) bool {
		return wire.CheckUnique(k.Key) != nil
	})
}

// oneGeneration leaves out the keys of a check that no server knows, as long as there is another of the check's.
func (o *jobStatusOptions) oneGeneration(rows []jobStatusRow) []jobStatusRow {
	keys := o.checkKeys()
	keep := ""
	for i, k := range keys {
		known := slices.ContainsFunc(rows, func(r jobStatusRow) bool { return r.Unique == k.Key && r.Known })
		if i == 0 || known {
			keep = k.Key
		}
	}
	return slices.DeleteFunc(rows, func(r jobStatusRow) bool {
		ofCheck := slices.ContainsFunc(keys, func(k modgearman.NamedUnique) bool { return k.Key == r.Unique })
		return ofCheck && r.Unique != keep && !slices.Contains(o.unique.Value(), r.Unique)
	})
}

func runJobStatus(ctx context.Context, env *cli.Env, o jobStatusOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.host != "" {
		key, err := cli.ModuleKey(env)
		if err != nil {
			return err
		}
		o.key = key
	}
	if o.watch {
		return watchJobs(ctx, env, &o)
	}
	p, err := cli.NewPrinter[jobStatusRow](env, o.output(env))
	if err != nil {
		return err
	}
	rows, err := jobStatusRows(ctx, env, o)
	if len(rows) == 0 {
		return err
	}
	return cmderr.MergeErrors(p.PrintAll(rows), err, unknownJobs(rows))
}

func (o *jobStatusOptions) output(env *cli.Env) output.Options {
	hide := env.ServerColumn()
	if len(o.handles) == 0 {
		hide = append(hide, "handle")
	}
	if len(o.keys()) == 0 {
		hide = append(hide, "unique", "clients")
	}
	return output.Options{HideInTable: hide}
}

// jobStatusRows asks every server for every job.
func jobStatusRows(ctx context.Context, env *cli.Env, o jobStatusOptions) ([]jobStatusRow, error) {
	var rows []jobStatusRow
	err := cli.Collect(ctx, env, func(ctx context.Context, c *wire.Conn) ([]jobStatusRow, error) {
		return queryJobs(ctx, c, o.handles, o.keys())
	}, func(_ string, r []jobStatusRow) { rows = append(rows, r...) })
	return o.oneGeneration(rows), err
}

func queryJobs(ctx context.Context, c *wire.Conn, handles, keys []string) ([]jobStatusRow, error) {
	var rows []jobStatusRow
	for _, h := range handles {
		s, err := c.JobStatus(ctx, h)
		if err != nil {
			return nil, err
		}
		rows = append(rows, newJobStatusRow(c.Server(), h, "", s))
	}
	if len(keys) > 0 {
		if err := servers.CheckUniqueStatus(ctx, c); err != nil {
			return nil, err
		}
	}
	for _, u := range keys {
		s, err := c.JobStatusUnique(ctx, u)
		if err != nil {
			return nil, err
		}
		rows = append(rows, newJobStatusRow(c.Server(), "", u, s))
	}
	return rows, nil
}

func newJobStatusRow(server, handle, unique string, s wire.JobState) jobStatusRow {
	r := jobStatusRow{Server: server, Handle: handle, Unique: unique, Known: s.Known, Running: s.Running, Numerator: s.Numerator, Denominator: s.Denominator}
	if s.Clients >= 0 {
		r.Clients = &s.Clients
	}
	return r
}

// unknownJobs returns an error for every job that no server knows.
func unknownJobs(rows []jobStatusRow) error {
	var order []string
	known := map[string]bool{}
	for _, r := range rows {
		name := r.name()
		if _, seen := known[name]; !seen {
			order = append(order, name)
		}
		known[name] = known[name] || r.Known
	}
	var errs []error
	for _, name := range order {
		if !known[name] {
			errs = append(errs, cmderr.Errorf("%s not found: finished, lost, or on another server", name))
		}
	}
	return cmderr.SomeFailed(errs, len(errs) < len(order))
}

func (r jobStatusRow) name() string {
	if r.Handle != "" {
		return fmt.Sprintf("job %.100q", r.Handle)
	}
	return fmt.Sprintf("unique key %.100q", r.Unique)
}
