// Package archive is the command archive: list, verify, cat and split read the files of drain --to. None of them contacts a
// server. An input is a file that was named, or found in a directory.
package archive

import (
	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/pieces"
)

// New returns the command archive.
func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "archive", Group: cli.GroupAct, Short: "look into the files of drain --to, check and split them",
		Sub: cli.Below(env,
			cli.Subcommand{Name: "list", New: newList},
			cli.Subcommand{Name: "verify", New: newVerify},
			cli.Subcommand{Name: "cat", New: newCat},
			cli.Subcommand{Name: "split", New: newSplit},
		),
	}
}

func newList(env *cli.Env) *cli.Command {
	var o listOptions
	return &cli.Command{
		Name: "list", Group: cli.GroupAct, Args: "[FILE|DIRECTORY…]", Short: "what is in archives: jobs, queues, times", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl archive list", What: "the archives in this directory, the oldest first"},
			{Line: "gearctl archive list /var/backups/gearman -o json", What: "with queues and servers, for scripts"},
			{Line: "gearctl archive list perfdata-*.jsonl.gz --full", What: "read all of them, instead of what their last lines say"},
		},
		Long: `What is in an archive is in its last line, so that even a large one is listed at once. Archives of earlier builds and of
drains that were killed are read to their end.

STATE is complete; interrupted: the drain was killed, and its last jobs may be on the server still; or damaged: see
gearctl archive verify. FIRST and LAST are when the jobs were drained.`,
		Flags:   []urfave.Flag{&urfave.BoolFlag{Name: "full", Destination: &o.full, Usage: "read all records, and trust no last line"}},
		Columns: cli.KeysOf[listRow](),
		Min:     0, Max: cli.AnyNumber,
		Run: o.runner(env),
	}
}

func newVerify(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "verify", Group: cli.GroupAct, Args: "FILE|DIRECTORY…", Short: "check that archives are whole", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl archive verify perfdata.jsonl.gz", What: "exit code 0 if it is, 1 if not"},
			{Line: "gearctl archive verify /var/backups/gearman -q", What: "all of a directory"},
		},
		Long: `Reads every record and reports each line that is damaged, with its number and its offset in bytes, in compressed archives that
of the data before compression. What is reported: lines that are no records, records that are missing according to the
last line, sections whose checksum is another, compressed data that are damaged or cut, and an end that is missing. The
other records can be restored with gearctl replay. Archives of earlier builds have no checksum, unless they are
compressed: a changed payload goes unnoticed there.`,
		Columns: cli.KeysOf[verifyRow](),
		Min:     1, Max: cli.AnyNumber,
		Run: verifier(env),
	}
}

func newCat(env *cli.Env) *cli.Command {
	var o catOptions
	return &cli.Command{
		Name: "cat", Group: cli.GroupAct, Args: "FILE|DIRECTORY…", Short: "print the jobs in archives", OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl archive cat perfdata.jsonl.gz --max 10", What: "the first jobs as a table"},
			{Line: "gearctl archive cat /var/backups/gearman --since 03:00 --until 03:30 -o raw", What: "the payloads of half an hour"},
			{Line: "gearctl archive cat jobs.jsonl --line 17 -o json", What: "one job, with its payload"},
			{Line: "gearctl archive cat jobs.jsonl --match queue=service --match 'host=web*' -o archive > web.jsonl", What: "a part of it, for gearctl replay"},
		},
		Long: `Prints jobs in the order of the files; - is stdin. -o raw prints payloads, verbatim in files and pipes. -o archive prints
an archive. Other formats have the payload as data, in base64. Files that have no job to print according to their last
line are not read: with files per hour --since is quick. --since and --until compare when a job was drained.`,
		Flags: append([]urfave.Flag{
			cli.TextFlag("since", &o.sinceText, "only jobs drained at `TIME` or later: 03:00, -2h, 2026-12-01, 2026-12-01 03:00"),
			cli.TextFlag("until", &o.untilText, "only jobs drained before `TIME`"),
			cli.TextFlag("line", &o.lineText, "only the jobs in lines `N[-M]` of each file"),
			&urfave.Int64Flag{Name: "max", Aliases: []string{"m"}, Destination: &o.max, Usage: "stop after `N` jobs"},
			&urfave.BoolFlag{Name: "print0", Aliases: []string{"0"}, Destination: &o.print0, Usage: "with -o raw end each payload with a NUL byte, not a newline"},
		}, o.filter.Flags()...),
		Formats: []string{cli.FormatRaw, formatArchive},
		Columns: cli.KeysOf[catRow](),
		Choices: map[string][]string{"key-rule": cli.KeyRules},
		Min:     1, Max: cli.AnyNumber,
		Run: o.runner(env),
	}
}

func newSplit(env *cli.Env) *cli.Command {
	var o splitOptions
	return &cli.Command{
		Name: "split", Group: cli.GroupAct, Args: "FILE|DIRECTORY…", Short: "divide archives into several new ones", NoContext: true, OnlyReads: true,
		Examples: []cli.Example{
			{Line: "gearctl archive split all.jsonl.gz --by queue --to jobs.jsonl.gz", What: "jobs-perfdata.jsonl.gz, jobs-service.jsonl.gz, …"},
			{Line: "gearctl archive split all.jsonl.gz --records 100000 --to part.jsonl.gz", What: "part.jsonl.gz, part-2.jsonl.gz, …"},
			{Line: "gearctl archive split all.jsonl.gz --rotate 1h --to 'perfdata-%Y%m%d-%H.jsonl.gz'", What: "by the time at which the jobs were drained"},
		},
		Long: `Writes each job to a new archive and leaves the old ones alone. They are read to their end first, and nothing is written if
one of them is damaged. No file is overwritten: a name that exists gets a number. If something fails, the new files are
removed; after a kill -9 those that are not whole lack their last line.

--by adds the name of the queue or server, in which characters other than letters, digits, dot, - and _ become %XX.
--rotate divides at a size or time as with gearctl drain, by the time at which a job was drained, and fills a % in the
name with it.`,
		Flags: []urfave.Flag{
			cli.TextFlag("to", &o.to, "name of the new archives: `FILE`, zstd for .zst, gzip for .gz"),
			cli.TextFlag("by", &o.by, "an archive for each `KEY`: queue or server"),
			&urfave.Int64Flag{Name: "records", Destination: &o.records, Usage: "begin another archive after `N` jobs"},
			cli.RotationFlag("rotate", &o.rotate, "begin another archive at a `SIZE|DURATION`: 500M, 1h, or both with a comma"),
		},
		Columns: cli.KeysOf[splitRow](),
		Choices: map[string][]string{"by": {byQueue, byServer}},
		Min:     1, Max: cli.AnyNumber,
		Run: o.runner(env),
	}
}

// check returns a usage error for flags that do not fit together.
func (o *splitOptions) check() error {
	ways := 0
	for _, given := range []bool{o.by != "", o.records != 0, !o.rotate.None()} {
		if given {
			ways++
		}
	}
	switch {
	case o.to == "" || o.to == "-":
		return cmderr.Usagef("archive split needs --to FILE")
	case ways != 1:
		return cmderr.Usagef("archive split needs one of --by, --records and --rotate")
	case o.by != "" && o.by != byQueue && o.by != byServer:
		return cmderr.Usagef("--by %.40q: choose %s or %s", o.by, byQueue, byServer)
	case o.records < 0:
		return cmderr.Usagef("--records %d: must be at least 1", o.records)
	case !o.rotate.None():
		if err := pieces.CheckPattern(o.to); err != nil {
			return cmderr.Usagef("--to %.100q: %v", o.to, err)
		}
	}
	return nil
}
