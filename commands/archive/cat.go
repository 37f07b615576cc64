package archive

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/jobs"
	"gearctl/commands/internal/timespec"
	"gearctl/output"
	"gearctl/wire"
	"gearctl/wire/archive"
	"gearctl/wire/modgearman"
)

// formatArchive is the format of an archive.
const formatArchive = "archive"

type catOptions struct {
	sinceText, untilText string
	since, until         time.Time // zero: any
	lineText             string
	from, to             int64 // lines; 0: any
	max                  int64
	print0               bool
	filter               cli.FilterFlags
}

// catRow is a job.
type catRow struct {
	File      string    `json:"file" out:"name"`
	Line      int64     `json:"line" out:"drop3"`
	Server    string    `json:"server" out:"name"`
	Queue     string    `json:"queue" out:"name"`
	DrainedAt time.Time `json:"drained_at" out:"drop2"`
	Host      *string   `json:"host" out:"name"`
	Service   *string   `json:"service" out:"name"`
	Type      *string   `json:"type"` // of a Mod-Gearman job; null if it cannot be decoded
	Size      int       `json:"size" out:"bytes,drop2"`
	Priority  *string   `json:"priority"`
	Unique    string    `json:"unique" out:"drop1"`
	Handle    string    `json:"handle"`
	Preview   string    `json:"preview" out:"wide"` // of a job of another program
	Data      []byte    `json:"data"`
}

// hiddenInTable are columns that most people do not ask for.
var hiddenInTable = []string{"server", "type", "priority", "handle", "data"}

func (o *catOptions) runner(env *cli.Env) func(context.Context, cli.Words) error {
	return func(ctx context.Context, w cli.Words) error {
		if err := o.parse(env.Now()); err != nil {
			return err
		}
		filter, err := o.filter.Filter(env)
		if err != nil {
			return err
		}
		c := &catter{env: env, o: o, filter: filter}
		if err := c.open(w.Args); err != nil {
			return err
		}
		return c.run(ctx, w.Args)
	}
}

func (o *catOptions) parse(now time.Time) error {
	for _, t := range []struct {
		flag, text string
		dst        *time.Time
	}{{"since", o.sinceText, &o.since}, {"until", o.untilText, &o.until}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.dst, err = timespec.ParsePast(t.text, now); err != nil {
			return cmderr.Usagef("--%s %.60q: %v", t.flag, t.text, err)
		}
	}
	if o.max < 0 {
		return cmderr.Usagef("--max %d: must not be negative", o.max)
	}
	if o.lineText == "" {
		return nil
	}
	first, last, isRange := strings.Cut(o.lineText, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	to := from
	if err == nil && isRange {
		to, err = strconv.ParseInt(last, 10, 64)
	}
	if err != nil || from < 1 || to < from {
		return cmderr.Usagef("--line %.40q: not a line number such as 17, or a range such as 17-20", o.lineText)
	}
	o.from, o.to = from, to
	return nil
}

// errEnough ends the reading of a file of which nothing more is printed.
var errEnough = errors.New("enough")

// catter prints jobs.
type catter struct {
	env     *cli.Env
	o       *catOptions
	filter  *jobs.Filter
	keys    []modgearman.Key
	print   func(in input, line int64, rec *archive.Record) error
	finish  func() error
	printed int64
}

// open makes what prints in the format of --output.
func (c *catter) open(args []string) error {
	format, err := c.env.Format()
	if err != nil {
		return err
	}
	switch format.Kind {
	case cli.FormatRaw:
		w := jobs.NewRawWriter(c.env.ExactStdout(), c.o.print0)
		c.print = func(_ input, _ int64, rec *archive.Record) error { return w.Job(wire.Job{Workload: rec.Data}) }
		c.finish = w.Flush
		return nil
	case formatArchive:
		w := archive.NewWriter(c.env.Stdout)
		c.print = func(_ input, _ int64, rec *archive.Record) error { return w.Add(rec) }
		c.finish = func() error { return w.ClosePending(c.env.Now()) }
		return nil
	}
	if c.keys, err = c.o.filter.Keys.Decoding(c.env); err != nil {
		return err
	}
	hide := hiddenInTable
	if len(args) == 1 {
		hide = append([]string{"file"}, hide...)
	}
	p, err := cli.NewPrinter[catRow](c.env, output.Options{HideInTable: hide, Empty: "no jobs"})
	if err != nil {
		return err
	}
	c.print = func(in input, line int64, rec *archive.Record) error { return p.Print(c.row(in, line, rec)) }
	c.finish = p.Close
	return nil
}

func (c *catter) row(in input, line int64, rec *archive.Record) catRow {
	r := catRow{
		File: in.path, Line: line, Server: rec.Server, Queue: rec.Queue, DrainedAt: rec.DrainedAt, Size: len(rec.Data),
		Unique: rec.Unique, Handle: rec.Handle, Data: rec.Data, Preview: jobs.Preview(rec.Data, c.keys),
	}
	if rec.Priority != wire.PriorityUnknown {
		r.Priority = new(rec.Priority.String())
	}
	if f := jobs.ReadFacts(rec.Data, c.keys); f.Err == nil {
		r.Type, r.Host, r.Service = new(f.Kind.String()), jobs.Known(f.Host), jobs.Known(f.Service)
	}
	return r
}

func (c *catter) run(ctx context.Context, args []string) error {
	list, errs := inputs(args)
	for _, in := range list {
		if c.enough() {
			break
		}
		damaged := int64(0) // lines
		err := c.file(ctx, in, func(d damage) {
			if isTruncated(d.err) {
				c.env.Info("%s: incomplete archive: the drain was interrupted", in.path)
				return
			}
			if !d.last {
				damaged++
			}
			if d.last || damaged <= maxReported {
				errs = append(errs, cmderr.Errorf("%s: %w", in.path, d.reason()))
			}
		})
		if n := damaged - maxReported; n > 0 {
			errs = append(errs, cmderr.Errorf("%s: %s damaged", in.path, output.Plural(n, "more line is", "more lines are")))
		}
		switch {
		case ctx.Err() != nil:
			c.finish()
			return context.Cause(ctx)
		case cmderr.IsReaderGone(err):
			return err
		case err != nil:
			errs = append(errs, err)
		}
	}
	return cmderr.MergeErrors(c.finish(), cmderr.SomeFailed(errs, c.printed > 0), c.filter.Undecoded())
}

func (c *catter) enough() bool { return c.o.max > 0 && c.printed >= c.o.max }

// file prints the jobs of one archive.
func (c *catter) file(ctx context.Context, in input, damaged func(damage)) error {
	if trailers, _, ok := in.trailers(); ok && !slices.ContainsFunc(trailers, c.mayHave) {
		c.env.Verbose("%s: has no such jobs", in.path)
		return nil
	}
	if in.found && !in.isArchive(c.env) {
		return nil
	}
	_, err := in.read(ctx, c.env, func(r *archive.Reader, rec *archive.Record) error {
		if c.enough() || c.o.to > 0 && r.Number() > c.o.to {
			return errEnough
		}
		if !c.selects(r.Number(), rec) {
			return nil
		}
		c.printed++
		return c.print(in, r.Number(), rec)
	}, damaged)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (c *catter) selects(line int64, rec *archive.Record) bool {
	switch {
	case c.o.from > 0 && line < c.o.from,
		!c.o.since.IsZero() && rec.DrainedAt.Before(c.o.since),
		!c.o.until.IsZero() && !rec.DrainedAt.Before(c.o.until):
		return false
	}
	return c.filter == nil || c.filter.Matches(rec.Queue, rec.Unique, rec.Data)
}

// mayHave reports whether a section may have jobs to print, according to its trailer.
func (c *catter) mayHave(t *archive.Trailer) bool {
	s := t.Summary
	switch {
	case t.Records == 0, !c.o.since.IsZero() && s.Last.Before(c.o.since), !c.o.until.IsZero() && !s.First.Before(c.o.until):
		return false
	case c.filter == nil || s.Queues == nil:
		return true
	}
	return slices.ContainsFunc(slices.Collect(maps.Keys(s.Queues)), c.filter.MatchesQueue)
}
