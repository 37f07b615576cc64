package work

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/connect"
	"gearctl/commands/internal/servers"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire"
)

// checkServed rejects invalid queue names: serving a queue creates it. A queue that has such a name can be drained.
func checkServed(queue string) error {
	err := wire.CheckFunction(queue)
	switch {
	case err == nil:
		return nil
	case queue == "":
		return cmderr.Usagef("a queue name is empty")
	}
	return cmderr.Usagef("queue name %.100q %v", queue, err).Hint("if it exists, empty it with: %s", cmderr.Try("drain").Queues(queue))
}

// checkPrinting rejects work without a command unless a flag or a terminal shows that it is intended: the jobs are
// completed, and without a terminal nobody would notice.
func (o *options) checkPrinting(env *cli.Env) error {
	if o.print || o.print0 || o.count > 0 || env.Globals.OutputGiven || env.Terminal.Stdout {
		return nil
	}
	err := cmderr.Usagef("work: no command given and stdout is not a terminal: jobs would be printed and marked complete").
		Hint("to do this anyway: %v", cmderr.Again("--print"))
	if len(o.queues) > 1 {
		err.Hint("to serve %s with a command: %v", shell.QuoteWord(o.queues[0]), withCommand(o.queues, 1))
	}
	return err
}

// withCommand is the typed command line with -- before words[first], so that the rest is the command.
func withCommand(words []string, first int) cmderr.SameLine {
	return cmderr.SameLine{Less: []string{"--print", "--print0", "--create"}, Words: &cmderr.TypedWords{Args: words[:first], Trailing: words[first:], Dashes: true}}
}

// findQueues rejects a queue that no server knows: it may be a command without --. It queries the servers once;
// --create allows queues that appear later. If no server can be reached, it returns the errors of all.
func (o *options) findQueues(ctx context.Context, s *connect.Supervisor, addrs []string) error {
	if o.create {
		return s.CheckReachable(ctx, addrs)
	}
	var known []string
	var errs []error
	for _, r := range wire.FanOut(ctx, s.Dialer, addrs, servers.AskQueues) {
		if r.Err != nil {
			errs = append(errs, cmderr.Flatten(r.Err)...)
		} else {
			known = append(known, r.Value.Names()...)
		}
	}
	if len(errs) == len(addrs) {
		return errors.Join(errs...)
	}
	first := slices.IndexFunc(o.queues, func(q string) bool { return !slices.Contains(known, q) })
	if first < 0 {
		return nil
	}
	return o.unknownQueue(first, known, strings.Join(addrs, ", "))
}

// unknownQueue returns the error for o.queues[index], which no server knows.
func (o *options) unknownQueue(index int, known []string, servers string) error {
	queue := o.queues[index]
	err := cmderr.Usagef("work: unknown queue %.100q on %s and no command given: its jobs would be printed and completed", queue, servers)
	if near := cmderr.Closest(queue, known); near != "" {
		queues := slices.Clone(o.queues)
		queues[index] = near
		err.Hint("did you mean: %v", cmderr.SameLine{Words: &cmderr.TypedWords{Args: queues}})
	}
	if index > 0 {
		err.Hint("did you mean: %v", withCommand(o.queues, index))
	}
	return err.Hint("to wait for a queue that does not exist yet: %v", cmderr.Again("--create"))
}

// announce reports which queues are served, on which servers, how many jobs at a time, and by which command.
func (o *options) announce(env *cli.Env, servers []string) {
	what := strings.Join(o.queues, ", ") + " on " + strings.Join(servers, ", ")
	if len(o.command) == 0 {
		env.Info("printing and completing the jobs of %s", what)
		return
	}
	env.Info("serving %s, %s at a time, with: %s", what, output.Plural(int64(o.parallel), "job", "jobs"), strings.TrimPrefix(shell.GearctlLine(o.command), "gearctl "))
}
