package archive

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/output"
	"gearctl/wire/archive"
)

type listOptions struct{ full bool }

// listRow is an archive.
type listRow struct {
	File       string     `json:"file" out:"name"`
	Records    int64      `json:"records" out:"keep"`
	Bytes      int64      `json:"bytes" out:"bytes,drop1"` // of payloads
	Size       int64      `json:"size" out:"bytes,drop2"`  // of the file
	Compressed bool       `json:"compressed"`
	Queues     []string   `json:"queues" out:"wide"`
	Servers    []string   `json:"servers"`
	First      *time.Time `json:"first"`
	Last       *time.Time `json:"last"`
	State      string     `json:"state" out:"keep"`

	found           bool
	queues, servers map[string]int64
}

// States of an archive.
const (
	stateComplete    = "complete"
	stateInterrupted = "interrupted"
	stateDamaged     = "damaged"
	stateEmpty       = "empty"
)

// Style marks what is not whole.
func (r listRow) Style(key string) output.Style {
	switch {
	case key == "state" && r.State == stateDamaged:
		return output.Bad
	case key == "state" && r.State == stateInterrupted:
		return output.Warn
	}
	return output.Plain
}

func (o *listOptions) runner(env *cli.Env) func(context.Context, cli.Words) error {
	return func(ctx context.Context, w cli.Words) error { return o.run(ctx, env, w.Args) }
}

func (o *listOptions) run(ctx context.Context, env *cli.Env, args []string) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	p, err := cli.NewPrinter[listRow](env, output.Options{HideInTable: []string{"compressed", "servers"}, Empty: "no archives"})
	if err != nil {
		return err
	}
	list, errs := inputs(args)
	var rows []listRow
	for _, in := range list {
		r, ok, err := o.list(ctx, env, in)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			errs = append(errs, err)
		} else if ok {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, byTime)
	return cmderr.MergeErrors(p.PrintAll(rows), cmderr.SomeFailed(errs, len(rows) > 0))
}

// byTime sorts the archives of a directory by their first job; others stay in the order in which they were named.
func byTime(a, b listRow) int {
	if !a.found || !b.found || a.First == nil || b.First == nil {
		return 0
	}
	return cmp.Or(a.First.Compare(*b.First), cmp.Compare(len(a.File), len(b.File)), strings.Compare(a.File, b.File))
}

// list describes an archive. ok is false for another file of a directory.
func (o *listOptions) list(ctx context.Context, env *cli.Env, in input) (r listRow, ok bool, err error) {
	r = listRow{File: in.path, found: in.found, State: stateComplete, queues: map[string]int64{}, servers: map[string]int64{}}
	if info, err := os.Stat(in.path); err == nil {
		r.Size = info.Size()
	}
	trailers, compressed, known := in.trailers()
	switch {
	case known && !o.full && complete(trailers):
		for _, t := range trailers {
			r.addTrailer(t)
		}
		r.Compressed = compressed
	case in.found && !in.isArchive(env):
		return r, false, nil
	default:
		if err := r.readAll(ctx, env, in); err != nil {
			return r, false, err
		}
	}
	if r.Records == 0 && r.State == stateComplete {
		r.State = stateEmpty
	}
	r.Queues, r.Servers = slices.Sorted(maps.Keys(r.queues)), slices.Sorted(maps.Keys(r.servers))
	return r, true, nil
}

// complete reports whether trailers name all queues.
func complete(trailers []*archive.Trailer) bool {
	return !slices.ContainsFunc(trailers, func(t *archive.Trailer) bool { return t.Summary.Queues == nil || t.Summary.Servers == nil })
}

func (r *listRow) addTrailer(t *archive.Trailer) {
	s := t.Summary
	r.Records, r.Bytes = r.Records+t.Records, r.Bytes+s.Bytes
	for name, n := range s.Queues {
		r.queues[name] += n
	}
	for name, n := range s.Servers {
		r.servers[name] += n
	}
	if t.Records > 0 {
		r.addTime(s.First)
		r.addTime(s.Last)
	}
	if !t.Pending && !t.Complete() {
		r.State = stateInterrupted
	}
}

func (r *listRow) addTime(t time.Time) {
	if t.IsZero() {
		return
	}
	if r.First == nil || t.Before(*r.First) {
		r.First = new(t)
	}
	if r.Last == nil || t.After(*r.Last) {
		r.Last = new(t)
	}
}

func (r *listRow) readAll(ctx context.Context, env *cli.Env, in input) error {
	damaged := false
	reader, err := in.read(ctx, env, func(_ *archive.Reader, rec *archive.Record) error {
		r.Records++
		r.Bytes += int64(len(rec.Data))
		r.queues[rec.Queue]++
		r.servers[rec.Server]++
		r.addTime(rec.DrainedAt)
		return nil
	}, func(d damage) {
		damaged = damaged || !isTruncated(d.err)
	})
	if err != nil {
		return err
	}
	r.Compressed = reader.Compressed()
	trailer := reader.Trailer()
	switch {
	case damaged && r.Records == 0:
		return cmderr.Errorf("%s: not a gearctl archive", in.path)
	case r.Records == 0 && reader.Missing() == 0:
		r.State = stateEmpty
	case damaged, reader.Missing() > 0, reader.Altered() > 0:
		r.State = stateDamaged
	case trailer == nil, !trailer.Pending && !trailer.Complete():
		r.State = stateInterrupted
	}
	return nil
}
