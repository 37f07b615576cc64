package commands

import (
	"context"

	"github.com/urfave/cli/v2"

	"gearctl/output"
	"gearctl/wire"
)

// jobRow is a job that a server knows.
type jobRow struct {
	Server     string `json:"server"`
	Handle     string `json:"handle" out:"wide"`
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
	Server string `json:"server"`
	Unique string `json:"unique" out:"wide"`
}

type jobsOptions struct {
	unique bool
	sort   string
}

func newJobs(env *Env) *Command {
	var o jobsOptions
	return &Command{
		Name: "jobs", Group: GroupLook, Short: "every job by its handle",
		Examples: []Example{
			{"gearctl jobs --sort -retries", "what was handed back most often"},
			{"gearctl jobs --unique", "the unique keys instead"},
			{"gearctl jobs -o jsonl | wc -l", "how many the server knows, waiting and running"},
		},
		Long: `The server tells neither the queue nor the age of a job. RETRIES counts how often it was handed back, IGNORED marks
cancelled and abandoned jobs, which stay until a worker of their queue asks for one. The server stands still while it
makes this list, about 70 ms for 100,000 jobs.`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "unique", Aliases: []string{"u"}, Destination: &o.unique, Usage: "list unique keys; the server does not tell which handle has which"},
			&cli.StringFlag{Name: "sort", Destination: &o.sort, Usage: "order by `KEYS`, comma separated, -KEY for descending"},
		},
		Columns: keysOf[jobRow]("unique"),
		Run:     func(ctx context.Context, _ Words) error { return runJobs(ctx, env, o) },
	}
}

func runJobs(ctx context.Context, env *Env, o jobsOptions) error {
	if o.unique {
		return listJobs(ctx, env, o.sort, (*wire.Conn).UniqueKeys, "show unique jobs", func(server, unique string) uniqueRow {
			return uniqueRow{server, unique}
		})
	}
	return listJobs(ctx, env, o.sort, (*wire.Conn).Jobs, "show jobs", func(server string, j wire.JobEntry) jobRow {
		return jobRow{server, j.Handle, j.Retries, j.Ignored, j.Background}
	})
}

// listJobs prints a row for every entry of a list that all servers are asked for.
func listJobs[E, R any](ctx context.Context, env *Env, sort string, ask func(*wire.Conn, context.Context) (wire.Listing[E], error), command string, row func(server string, e E) R) error {
	p, err := newPrinter[R](env, output.Options{Sort: sort, HideInTable: env.serverColumn(), Empty: "no jobs"})
	if err != nil {
		return err
	}
	var bad []*wire.LineError
	asked := false
	err = collect(ctx, env, func(ctx context.Context, c *wire.Conn) (wire.Listing[E], error) {
		l, err := ask(c, ctx)
		return l, needsVersion(ctx, c, err, command, "1.1.6")
	}, func(server string, l wire.Listing[E]) {
		asked = true
		bad = append(bad, l.Bad...)
		for _, e := range l.Rows {
			p.Print(row(server, e))
		}
	})
	if !asked {
		return err
	}
	return mergeErrors(p.Close(), err, badLines(bad))
}
