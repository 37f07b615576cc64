package status

import (
	"context"
	"slices"
	"sync"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// statusPrinter prints queues as csv, json, jsonl or by a template: sorted as long as there are no more than --max-rows,
// else as they come.
type statusPrinter struct {
	env     *cli.Env
	o       options
	m       *servers.Matcher
	p       *output.Printer[servers.StatusRow]
	kept    servers.PackedQueues
	spilled bool // kept was printed, and every row since
	seen    servers.Seen
}

// streams reports whether the rows need not be kept.
func (o *options) streams(format output.Format) bool {
	return format.Kind != output.Table && o.sort == "" && !o.priority && !o.watch
}

func printStream(ctx context.Context, env *cli.Env, m *servers.Matcher, o options, opts output.Options) error {
	p, err := cli.NewPrinter[servers.StatusRow](env, opts)
	if err != nil {
		return err
	}
	s := &statusPrinter{env: env, o: o, m: m, p: p, seen: servers.Seen{Matcher: m, MaxNames: env.Globals.MaxRows}}
	var mu sync.Mutex
	var bad []*wire.LineError
	some, err := stream(ctx, env, func(ctx context.Context, c *wire.Conn, emit func(wire.FunctionStatus, int) error) error {
		unread, err := c.EachStatus(ctx, func(q wire.FunctionStatus) error { return emit(q, len(q.Function)) })
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, unread...)
		return err
	}, s.queues)
	if !some {
		return err
	}
	missing := cmderr.SomeFailed(s.seen.Missing(), s.spilled || s.kept.Rows > 0)
	if s.kept.Rows == 0 && !s.spilled && missing != nil {
		return cmderr.MergeErrors(err, cmderr.BadLines(bad), missing)
	}
	_ = s.printSorted() // Close returns its error
	return cmderr.MergeErrors(joinCloseError(p.Close(), err), cmderr.BadLines(bad), missing)
}

func (s *statusPrinter) printSorted() error {
	queues := slices.AppendSeq(make([]servers.Queue, 0, s.kept.Rows), s.kept.All())
	s.kept = servers.PackedQueues{}
	sorted := servers.SortQueues(queues)
	rows := make([]servers.StatusRow, 0, chunkRows)
	for chunk := range slices.Chunk(sorted, chunkRows) {
		rows = rows[:0]
		for _, q := range chunk {
			rows = append(rows, servers.NewStatusRow(*q, nil))
		}
		if err := s.p.Print(rows...); err != nil {
			return err
		}
	}
	return nil
}

// spill prints what is kept, as it came.
func (s *statusPrinter) spill() error {
	s.spilled = true
	kept := s.kept
	s.kept = servers.PackedQueues{}
	for q := range kept.All() {
		if err := s.p.Print(servers.NewStatusRow(q, nil)); err != nil {
			return err
		}
	}
	return nil
}

// queues takes the next queues.
func (s *statusPrinter) queues(server string, list []wire.FunctionStatus) error {
	for _, f := range list {
		if err := s.queue(servers.Queue{Server: server, FunctionStatus: f}); err != nil {
			return err
		}
	}
	return nil
}

func (s *statusPrinter) queue(q servers.Queue) error {
	s.seen.Add(q.Function)
	if !s.m.Match(q.Function) || s.o.waiting && q.Waiting() == 0 {
		return nil
	}
	if s.spilled {
		return s.p.Print(servers.NewStatusRow(q, nil))
	}
	s.kept.Add(q)
	if most := s.env.Globals.MaxRows; s.kept.Rows <= most && s.kept.Bytes <= most*wire.BytesPerRow {
		return nil
	}
	s.env.Info("more than %d queues, or names of more than %d bytes: printed in the order of the server", s.env.Globals.MaxRows, s.env.Globals.MaxRows*wire.BytesPerRow)
	return s.spill()
}
