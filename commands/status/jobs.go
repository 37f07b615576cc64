package status

import (
	"context"
	"errors"
	"sync"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// jobRow is a job that a server knows.
type jobRow struct {
	Server     string `json:"server" out:"name"`
	Handle     string `json:"handle" out:"name"`
	Retries    int64  `json:"retries"`
	Ignored    bool   `json:"ignored"`
	Background bool   `json:"background"`
}

// Style marks what stands out in a long list.
func (r jobRow) Style(key string) output.Style {
	switch {
	case r.Ignored:
		return output.Faint
	case key == "retries" && r.Retries > 0:
		return output.Warn
	}
	return output.Plain
}

// uniqueRow is the unique key of a job that a server knows.
type uniqueRow struct {
	Server string `json:"server" out:"name"`
	Unique string `json:"unique" out:"name"`
}

type jobsOptions struct {
	unique bool
	sort   string
}

func NewJobs(env *cli.Env) *cli.Command {
	var o jobsOptions
	return &cli.Command{
		Name: "jobs", Group: cli.GroupInspect, OnlyReads: true, Short: "list all jobs by handle",
		Examples: []cli.Example{
			{Line: "gearctl jobs --sort -retries", What: "the jobs released most often"},
			{Line: "gearctl jobs --unique", What: "unique keys instead"},
			{Line: "gearctl jobs -o jsonl | wc -l", What: "how many the server knows, waiting and running"},
		},
		Formerly: map[string]string{"scheduled": "gearctl peek QUEUE --scheduled"},
		Long: `The server reports neither the queue nor the age of a job, nor whether it is scheduled for later (submit --at): for one
queue gearctl peek --scheduled finds that out. RETRIES counts how often it was released, IGNORED marks
cancelled and abandoned jobs, which stay until a worker of their queue asks for a job. The server blocks while it
builds this list, about 70 ms for 100,000 jobs.

csv, tsv, jsonl, json and template stream any number of jobs. A table, and --sort, keep them in memory, up to --max-rows.`,
		Flags: []urfave.Flag{
			&urfave.BoolFlag{Name: "unique", Aliases: []string{"u"}, Destination: &o.unique, Usage: "list unique keys; the server does not say which handle each belongs to"},
			&urfave.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEYS`, comma separated, -KEY for descending"},
		},
		Columns: cli.KeysOf[jobRow]("unique"),
		Run:     func(ctx context.Context, _ cli.Words) error { return runJobs(ctx, env, o) },
	}
}

func runJobs(ctx context.Context, env *cli.Env, o jobsOptions) error {
	if o.unique {
		if err := env.RefuseReadOnly("--unique"); err != nil {
			return err
		}
		return listJobs(ctx, env, o.sort, "show unique jobs", func(ctx context.Context, c *wire.Conn, emit func(uniqueRow, int) error) ([]*wire.LineError, error) {
			return nil, c.EachUniqueKey(ctx, func(key string) error { return emit(uniqueRow{c.Server(), key}, len(key)) })
		})
	}
	return listJobs(ctx, env, o.sort, "show jobs", func(ctx context.Context, c *wire.Conn, emit func(jobRow, int) error) ([]*wire.LineError, error) {
		return c.EachJob(ctx, func(j wire.JobEntry) error {
			return emit(jobRow{c.Server(), j.Handle, j.Retries, j.Ignored, j.Background}, len(j.Handle))
		})
	})
}

// listJobs prints the rows of a list that all servers are asked for, as they come unless the format or --sort needs all.
func listJobs[R any](ctx context.Context, env *cli.Env, sort, command string, ask func(context.Context, *wire.Conn, func(R, int) error) ([]*wire.LineError, error)) error {
	p, err := cli.NewPrinter[R](env, output.Options{Sort: sort, HideInTable: env.ServerColumn(), Empty: "no jobs"})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var bad []*wire.LineError
	some, err := stream(ctx, env, func(ctx context.Context, c *wire.Conn, emit func(R, int) error) error {
		unread, err := ask(ctx, c, emit)
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, unread...)
		return servers.ExplainUnsupported(ctx, c, err, command, "1.1.6")
	}, func(_ string, rows []R) error { return p.Print(rows...) })
	if !some {
		return err
	}
	return cmderr.MergeErrors(joinCloseError(p.Close(), err), cmderr.BadLines(bad))
}

// joinCloseError joins the error of closing a printer with that of what was joinCloseError, which may have been the same.
func joinCloseError(closed, err error) error {
	if err != nil && errors.Is(err, closed) {
		return err
	}
	return cmderr.MergeErrors(closed, err)
}
