package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gearctl/commands/internal/servers"
	"gearctl/output"
	"gearctl/wire"
)

// Candidates returns values as candidates without descriptions.
func Candidates(values []string) []Candidate {
	list := make([]Candidate, len(values))
	for i, v := range values {
		list[i].Value = v
	}
	return list
}

// CompleteFirst offers candidates for the first argument only.
func CompleteFirst(f Completer) Completer {
	return func(ctx context.Context, args []string, word string) []Candidate {
		if len(args) > 0 {
			return nil
		}
		return f(ctx, args, word)
	}
}

// CompleteQueues offers the queues of the servers, with what is in them on all servers together. A queue that is
// among args is not offered again. Servers that do not answer in time are left out.
func (e *Env) CompleteQueues(ctx context.Context, args []string, word string) []Candidate {
	var names []string // in the order in which they came
	sum := map[string]wire.FunctionStatus{}
	_ = Collect(ctx, e, servers.AskQueues, func(_ string, s *servers.Snapshot) {
		for _, q := range s.Queues.Rows {
			if !strings.HasPrefix(q.Function, word) || slices.Contains(args, q.Function) {
				continue
			}
			seen, ok := sum[q.Function]
			if !ok {
				names = append(names, q.Function)
			}
			seen.Total, seen.Running, seen.Workers = seen.Total+q.Total, seen.Running+q.Busy(), seen.Workers+q.Workers
			sum[q.Function] = seen
		}
	})
	found := make([]Candidate, len(names))
	for i, name := range names {
		q := sum[name]
		found[i] = Candidate{name, fmt.Sprintf("%s waiting, %s", output.Count(q.Waiting()), output.Plural(q.Workers, "worker", "workers"))}
	}
	return found
}
