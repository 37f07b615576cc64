package servers

import (
	"context"
	"slices"

	"gearctl/wire"
)

// Part is a part of a Snapshot.
type Part int

// The parts, each the answer to one admin command.
const (
	PartVersion Part = iota
	PartQueues
	PartPriorities
	PartWorkers
	numParts
)

// command is the admin command that asks for a part.
func (p Part) command() string {
	return [numParts]string{wire.CommandVersion, wire.CommandStatus, wire.CommandPriorityStatus, wire.CommandWorkers}[p]
}

// Snapshot is what a server reports about itself, in the parts that it was asked for. A part that failed has an error, one
// that was not asked for is empty and has none.
type Snapshot struct {
	Server     string
	Version    Version
	Queues     wire.Listing[wire.FunctionStatus]
	Priorities wire.Listing[wire.PriorityStatus]
	Workers    wire.Listing[wire.WorkerStatus] // queue names with blanks are whole if Queues was asked for first

	errs [numParts]error
}

// TakeSnapshot asks for parts in one round trip. The error is that of the first part; Err has those of the others.
func TakeSnapshot(ctx context.Context, c *wire.Conn, parts ...Part) (*Snapshot, error) {
	if len(parts) > 1 {
		for _, p := range parts {
			c.Pipeline(p.command())
		}
	}
	s := &Snapshot{Server: c.Server()}
	var lost error
	for _, p := range parts {
		if s.errs[p] = lost; lost != nil {
			continue
		}
		if err := s.Ask(ctx, c, p); !IsRefusal(err) {
			lost = err
		}
	}
	return s, s.errs[parts[0]]
}

// AskQueues asks for the queues alone.
func AskQueues(ctx context.Context, c *wire.Conn) (*Snapshot, error) {
	return TakeSnapshot(ctx, c, PartQueues)
}

// AskQueue asks for one queue, whose counts are zero if the server does not list it.
func AskQueue(ctx context.Context, c *wire.Conn, queue string) (*wire.FunctionStatus, error) {
	s, err := AskQueues(ctx, c)
	if q := s.Queue(queue); q != nil || err != nil {
		return q, err
	}
	return &wire.FunctionStatus{Function: queue}, nil
}

// AskWorkers asks for the workers alone.
func AskWorkers(ctx context.Context, c *wire.Conn) (*Snapshot, error) {
	return TakeSnapshot(ctx, c, PartWorkers)
}

// Ask adds a part, whose command may have been sent ahead. After an error other than a refusal c can only be closed.
func (s *Snapshot) Ask(ctx context.Context, c *wire.Conn, p Part) (err error) {
	switch p {
	case PartVersion:
		s.Version, err = AskVersion(ctx, c)
	case PartQueues:
		s.Queues, err = c.Status(ctx)
	case PartPriorities:
		s.Priorities, err = c.PriorityStatus(ctx)
	case PartWorkers:
		if s.Workers, err = c.Workers(ctx); err == nil {
			joinNames(ctx, s.Workers.Rows, s.Queues.Rows)
		}
	}
	s.errs[p] = err
	return err
}

// Err returns why a part failed, nil for a part that was not asked for.
func (s *Snapshot) Err(p Part) error { return s.errs[p] }

// Bad returns the lines of all answers that could not be read.
func (s *Snapshot) Bad() []*wire.LineError {
	return slices.Concat(s.Queues.Bad, s.Priorities.Bad, s.Workers.Bad)
}

// Queue returns a queue, nil if the server does not list it.
func (s *Snapshot) Queue(name string) *wire.FunctionStatus { return FindQueue(s.Queues.Rows, name) }

// Names returns the names of all queues.
func (s *Snapshot) Names() []string { return QueueNames(s.Queues.Rows) }

// PrioritiesByQueue returns the waiting jobs of each queue by priority.
func (s *Snapshot) PrioritiesByQueue() map[string]*wire.PriorityStatus {
	by := make(map[string]*wire.PriorityStatus, len(s.Priorities.Rows))
	for i := range s.Priorities.Rows {
		by[s.Priorities.Rows[i].Function] = &s.Priorities.Rows[i]
	}
	return by
}
