package commands

import (
	"context"
	"slices"
	"sync"

	"gearctl/output"
	"gearctl/wire"
)

// statusStream prints queues as csv, json, jsonl or by a template: sorted as long as there are no more than --max-rows,
// else as they come.
type statusStream struct {
	env     *Env
	o       statusOptions
	m       *queueMatcher
	p       *output.Printer[statusRow]
	kept    packedQueues
	spilled bool // kept was printed, and every row since
	seen    sightings
}

// streams reports whether the rows need not be kept.
func (o *statusOptions) streams(format output.Format) bool {
	return format.Kind != output.Table && o.sort == "" && !o.priority && !o.watch
}

func streamStatus(ctx context.Context, env *Env, m *queueMatcher, o statusOptions, opts output.Options) error {
	p, err := newPrinter[statusRow](env, opts)
	if err != nil {
		return err
	}
	s := &statusStream{env: env, o: o, m: m, p: p, seen: sightings{m: m, most: env.globals.maxRows}}
	var mu sync.Mutex
	var bad []*wire.LineError
	some, err := stream(ctx, env, func(ctx context.Context, c *wire.Conn, emit func(wire.FunctionStatus, int) error) error {
		unread, err := c.EachStatus(ctx, func(q wire.FunctionStatus) error { return emit(q, len(q.Function)) })
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, unread...)
		return err
	}, s.queue)
	if !some {
		return err
	}
	missing := someFailed(s.seen.missing(), s.spilled || s.kept.rows > 0)
	if s.kept.rows == 0 && !s.spilled && missing != nil {
		return mergeErrors(err, badLines(bad), missing)
	}
	_ = s.printSorted() // Close returns its error
	return mergeErrors(printed(p.Close(), err), badLines(bad), missing)
}

func (s *statusStream) printSorted() error {
	sorted := slices.AppendSeq(make([]Queue, 0, s.kept.rows), s.kept.all())
	s.kept = packedQueues{}
	slices.SortFunc(sorted, compareQueues)
	rows := make([]statusRow, 0, chunkRows)
	for chunk := range slices.Chunk(sorted, chunkRows) {
		rows = rows[:0]
		for _, q := range chunk {
			rows = append(rows, newStatusRow(q, nil))
		}
		if err := s.p.Print(rows...); err != nil {
			return err
		}
	}
	return nil
}

// spill prints what is kept, as it came.
func (s *statusStream) spill() error {
	s.spilled = true
	kept := s.kept
	s.kept = packedQueues{}
	for q := range kept.all() {
		if err := s.p.Print(newStatusRow(q, nil)); err != nil {
			return err
		}
	}
	return nil
}

// queue takes the next queue.
func (s *statusStream) queue(server string, f wire.FunctionStatus) error {
	q := Queue{server, f}
	s.seen.see(q.Function)
	if !s.m.match(q.Function) || s.o.waiting && q.Waiting() == 0 {
		return nil
	}
	if s.spilled {
		return s.p.Print(newStatusRow(q, nil))
	}
	s.kept.add(q)
	if most := s.env.globals.maxRows; s.kept.rows <= most && s.kept.bytes <= most*wire.BytesPerRow {
		return nil
	}
	s.env.Info("more than %d queues, or names of more than %d bytes: printed in the order of the server", s.env.globals.maxRows, s.env.globals.maxRows*wire.BytesPerRow)
	return s.spill()
}
