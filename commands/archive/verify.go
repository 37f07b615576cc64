package archive

import (
	"context"
	"errors"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire/archive"
)

// verifyRow is an archive that was read to its end.
type verifyRow struct {
	File    string `json:"file" out:"name"`
	Records int64  `json:"records" out:"keep"`
	Damaged int64  `json:"damaged"` // lines
	Missing int64  `json:"missing"` // records, according to the trailers
	State   string `json:"state" out:"keep"`
	// Offset is where the first damage is, in bytes before compression; null: nowhere.
	Offset *int64 `json:"first_damage_offset"`
}

// Style marks what is not whole.
func (r verifyRow) Style(key string) output.Style { return listRow{State: r.State}.Style(key) }

// maxReported is how many damaged lines of an archive are reported one by one.
const maxReported = 20

func isTruncated(err error) bool { return errors.Is(err, archive.ErrTruncated) }

func verifier(env *cli.Env) func(context.Context, cli.Words) error {
	return func(ctx context.Context, w cli.Words) error {
		p, err := cli.NewPrinter[verifyRow](env, output.Options{HideInTable: []string{"first_damage_offset"}, Empty: "no archives"})
		if err != nil {
			return err
		}
		list, errs := inputs(w.Args)
		var rows []verifyRow
		for _, in := range list {
			if in.found && !in.isArchive(env) {
				continue
			}
			r := verifyRow{File: in.path, State: stateComplete}
			problems, err := r.verify(ctx, env, in)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			errs = append(errs, problems...)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			rows = append(rows, r)
		}
		return cmderr.MergeErrors(p.PrintAll(rows), errors.Join(errs...))
	}
}

// verify reads an archive and returns what is wrong with it.
func (r *verifyRow) verify(ctx context.Context, env *cli.Env, in input) (problems []error, err error) {
	report := func(format string, args ...any) {
		problems = append(problems, cmderr.Errorf(in.path+": "+format, args...))
	}
	reader, err := in.read(ctx, env, func(*archive.Reader, *archive.Record) error {
		r.Records++
		return nil
	}, func(d damage) {
		if r.Offset == nil {
			r.Offset = &d.offset
		}
		if isTruncated(d.err) {
			r.State = stateInterrupted
			report("cut after byte %d: the drain was interrupted", d.offset)
			return
		}
		r.State = stateDamaged
		if !d.last {
			r.Damaged++
		}
		if d.last || r.Damaged <= maxReported {
			report("%w", d.reason())
		}
	})
	if err != nil {
		return nil, err
	}
	if n := r.Damaged - maxReported; n > 0 {
		report("%s damaged", output.Plural(n, "more line is", "more lines are"))
	}
	if r.Missing = reader.Missing(); r.Missing > 0 {
		r.State = stateDamaged
		report("%s missing according to the last line", output.Plural(r.Missing, "record is", "records are"))
	}
	if n := reader.Altered(); n > 0 && r.Damaged == 0 && r.Missing == 0 {
		r.State = stateDamaged
		report("the checksum of %s is another than the last line says: the records can be read, and some have changed", output.Plural(n, "section", "sections"))
	}
	if r.State == stateComplete && reader.Trailer() == nil {
		if r.Records == 0 {
			r.State = stateEmpty
			report("it is empty")
			return problems, nil
		}
		r.State = stateInterrupted
		report("no last line: the drain was interrupted, or still writes it")
	}
	return problems, nil
}
