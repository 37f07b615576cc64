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
	"gearctl/wire"
)

// checkServed refuses a queue that must not be served: serving one creates it. What is in such a queue can be drained.
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

// checkPrinting refuses work without a command that was not asked for in so many words: it prints the jobs and completes
// them, and away from a terminal nobody sees that happen.
func (o *workOptions) checkPrinting(env *cli.Env) error {
	if o.print || o.print0 || o.count > 0 || env.Globals.OutputGiven || env.Terminal.Stdout {
		return nil
	}
	err := cmderr.Usagef("work: no command given and stdout is not a terminal: the jobs would be printed and completed").
		Hint("to do this anyway: %v", cmderr.Again("--print"))
	if len(o.queues) > 1 {
		err.Hint("to serve %s with a command: %v", shell.QuoteWord(o.queues[0]), workWith(o.queues, 1))
	}
	return err
}

// workWith is the line that was typed with a command, which begins at the word of that number.
func workWith(words []string, first int) cmderr.SameLine {
	return cmderr.SameLine{Less: []string{"--print", "--print0", "--create"}, Words: &cmderr.TypedWords{Args: words[:first], Trailing: words[first:], Dashes: true}}
}

// findQueues reaches the servers and refuses a queue that none of them knows: it may be a command
// without -- in front. It asks once; a queue that comes later is served with --create. The error joins those of all
// servers when not one can be reached.
func (o *workOptions) findQueues(ctx context.Context, s *connect.Supervisor, addrs []string) error {
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
	return o.unknown(first, known, strings.Join(addrs, ", "))
}

// unknown is the error about the queue of that number, which no server knows.
func (o *workOptions) unknown(number int, known []string, servers string) error {
	queue := o.queues[number]
	err := cmderr.Usagef("work: unknown queue %.100q on %s and no command given: its jobs would be printed and completed", queue, servers)
	if near := cmderr.Closest(queue, known); near != "" {
		queues := slices.Clone(o.queues)
		queues[number] = near
		err.Hint("did you mean: %v", cmderr.SameLine{Words: &cmderr.TypedWords{Args: queues}})
	}
	if number > 0 {
		err.Hint("did you mean: %v", workWith(o.queues, number))
	}
	return err.Hint("to wait for a queue that does not exist yet: %v", cmderr.Again("--create"))
}

// announce says which queues are served, where, and with what.
func (o *workOptions) announce(env *cli.Env, servers []string) {
	what := strings.Join(o.queues, ", ") + " on " + strings.Join(servers, ", ")
	if len(o.command) == 0 {
		env.Info("printing and completing the jobs of %s", what)
		return
	}
	env.Info("serving %s with: %s", what, strings.TrimPrefix(shell.ShellLine(o.command), "gearctl "))
}
