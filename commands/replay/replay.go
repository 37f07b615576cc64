// Package replay is the command replay. A source reads the records of archives and leaves out duplicates, those that do not
// match and those that a checkpoint marks as done; the replayer submits the rest to one server.
package replay

import (
	"context"
	"errors"
	"io/fs"
	"os"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire"
)

// row is what was submitted to a queue.
type row struct {
	Server      string  `json:"server" out:"name"`
	Queue       string  `json:"queue" out:"name"`
	Records     int64   `json:"records"`                          // selected
	Submitted   int64   `json:"submitted" out:"keep"`             // as new jobs
	WouldSubmit *int64  `json:"would_submit" out:"optional,keep"` // with --dry-run
	Coalesced   int64   `json:"coalesced"`                        // a job with the same unique key waits there already
	Refused     int64   `json:"refused" out:"drop8"`
	Duplicate   int64   `json:"duplicate" out:"drop3"` // further records of the same jobs
	Unmatched   int64   `json:"unmatched" out:"drop3"` // records that --match and --older-than leave out
	Bytes       int64   `json:"bytes" out:"bytes,drop2"`
	Duration    float64 `json:"duration_seconds" out:"seconds,drop1"`
	Empty       int64   `json:"empty" out:"drop3"` // of those submitted, without data
}

func (r *row) countEmpty(bytes int) {
	if bytes == 0 {
		r.Empty++
	}
}

// Style marks what did not become a job.
func (r row) Style(key string) output.Style {
	if key == "refused" && r.Refused > 0 || key == "coalesced" && r.Coalesced > 0 {
		return output.Bad
	}
	return output.Plain
}

type options struct {
	files      []string
	queue      string
	priority   string
	asPriority wire.Priority // unknown: unchanged
	rate       rate
	checkpoint string
	coalesce   bool
	dryRun     bool
	window     int
	filter     cli.FilterFlags
}

func New(env *cli.Env) *cli.Command {
	var o options
	return &cli.Command{
		Name: "replay", Group: cli.GroupAct, Args: "FILE…", Short: "restore jobs saved by drain --to", Changes: true,
		Examples: []cli.Example{
			{Line: "gearctl replay perfdata.jsonl.gz --dry-run", What: "what is in it, and what would be submitted"},
			{Line: "gearctl replay perfdata.jsonl.gz", What: "back into their queue"},
			{Line: "gearctl replay first.jsonl second.jsonl", What: "from a killed drain and the next one: each job once"},
			{Line: "gearctl replay perfdata.jsonl.gz --rate 500/s --checkpoint perfdata.done", What: "throttled and resumable"},
			{Line: "gearctl replay old.jsonl --match 'host=web*' --key-file key.txt --queue retry -s gm2", What: "some of them, elsewhere"},
		},
		Long: `Submits every job in the archives as a background job to its old queue, with its unique key and, if recorded, its
priority; - reads stdin. Archives compressed by gzip or zstd are recognised by their first bytes, whatever their names
are. All jobs go to the first reachable server.

A job that is in the archive of a killed drain and of the next one is submitted once. A job that the server merges
with one already waiting under the same unique key is COALESCED: its payload is dropped, and the exit code is 4 unless
--allow-coalesce permits it. A job without a unique key gets one derived from its record, so that replaying it twice
while it waits makes one job.

Unparsable lines are reported by number and skipped, and the exit code is 4. An archive truncated by a crash is read
as far as it goes; its last jobs were never removed from their server, so the next drain finds them. --checkpoint FILE
records what was accepted, and the same command resumes after an interruption. After a kill -9 up to about 5,000 jobs
are submitted again: those still waiting are recognised, those done meanwhile run twice, and a queue gearctl_canary_…
is left for queue gc.

When interrupted, a replay of stdin reads on to the end, because piped input cannot be returned; a second interrupt
stops it.`,
		Flags: append([]urfave.Flag{
			cli.TextFlag("queue", &o.queue, "submit all jobs to `QUEUE`"),
			cli.TextFlag("priority", &o.priority, "submit all jobs with `PRIORITY`: high, normal or low"),
			&urfave.GenericFlag{Name: "rate", Value: &o.rate, Usage: "submit at most `N/s`, or N/m"},
			cli.TextFlag("checkpoint", &o.checkpoint, "record accepted jobs in `FILE`, and skip those on resume"),
			&urfave.BoolFlag{Name: "allow-coalesce", Destination: &o.coalesce, Usage: "do not fail if jobs merge into waiting ones"},
			&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Destination: &o.dryRun, Usage: "read the archives but contact no server"},
			&urfave.IntFlag{Name: "window", Destination: &o.window, Value: wire.DefaultWindow, Usage: "keep `N` submissions in flight"},
		}, o.filter.Flags()...),
		Columns: cli.KeysOf[row](),
		Choices: map[string][]string{"key-rule": cli.KeyRules, "priority": {"high", "normal", "low"}},
		Min:     1, Max: cli.AnyNumber,
		Run: func(ctx context.Context, w cli.Words) error {
			o.files = w.Args
			return run(ctx, env, o)
		},
	}
}

func (o *options) parse() error {
	if o.window < 1 || o.window > cli.MaxWindow {
		return cmderr.Usagef("--window %d: must be from 1 to %d", o.window, cli.MaxWindow)
	}
	if o.queue != "" {
		if err := wire.CheckFunction(o.queue); err != nil {
			return cmderr.Usagef("--queue %.100q %v", o.queue, err)
		}
	}
	if o.priority != "" {
		var err error
		if o.asPriority, err = wire.ParsePriority(o.priority); err != nil {
			return cmderr.Usagef("--%v", err)
		}
	}
	stdin := 0
	for _, f := range o.files {
		if f == "-" {
			stdin++
		}
	}
	switch {
	case stdin > 1:
		return cmderr.Usagef("- (stdin) can be given only once")
	case stdin > 0 && o.checkpoint != "":
		return cmderr.Usagef("--checkpoint needs archive files, not stdin")
	}
	return nil
}

// checkFiles finds missing archives before the jobs of another one are submitted.
func (o *options) checkFiles() error {
	var errs []error
	for _, f := range o.files {
		if f == "-" {
			continue
		}
		if _, err := os.Stat(f); err != nil {
			errs = append(errs, openError(f, err))
		}
	}
	return errors.Join(errs...)
}

func openError(path string, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return cmderr.Errorf("cannot open archive %s: %w", path, err)
}

func run(ctx context.Context, env *cli.Env, o options) error {
	if err := o.parse(); err != nil {
		return err
	}
	if err := o.checkFiles(); err != nil {
		return err
	}
	filter, err := o.filter.Filter(env)
	if err != nil {
		return err
	}
	hide, also := []string{"duplicate", "unmatched", "records", "empty"}, []string(nil)
	if o.dryRun {
		hide, also = append(hide, "submitted", "coalesced", "refused", "duration_seconds"), []string{"would_submit"}
	}
	rows, err := cli.NewPrinter[row](env, output.Options{HideInTable: append(env.ServerColumn(), hide...), Also: also, Empty: "nothing to replay"})
	if err != nil {
		return err
	}
	done, unlock, err := openCheckpoint(env.FS(), o.checkpoint, o.filter.String(), o.dryRun)
	if err != nil {
		return err
	}
	defer unlock()
	r := &replayer{env: env, o: &o, start: env.Now(), done: done, rows: map[string]*row{}}
	r.source = &source{env: env, queue: o.queue, filter: filter, done: done, skip: r.countSkipped, refuse: r.countRefused, idle: func() error { return nil }}
	r.source.scanAll(ctx, o.files)
	err = r.run(ctx)
	if len(r.rows) == 0 && err != nil {
		return err
	}
	return cmderr.MergeErrors(rows.PrintAll(r.result()), err)
}
