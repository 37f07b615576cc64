package commands

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gearctl/wire"
)

// checkPrinting refuses work without a command that was not asked for in so many words: it prints the jobs and completes
// them, and away from a terminal nobody sees that happen.
func (o *workOptions) checkPrinting(env *Env) error {
	if o.print || o.print0 || o.count > 0 || env.globals.outputGiven || env.Terminal.Stdout {
		return nil
	}
	err := usagef("work: no command given and stdout is not a terminal: the jobs would be printed and completed").
		hint("to do this anyway: %v", again("--print"))
	if len(o.queues) > 1 {
		err.hint("to serve %s with a command: %v", quoteWord(o.queues[0]), workWith(o.queues, 1))
	}
	return err
}

// workWith is the line that was typed with a command, which begins at the word of that number.
func workWith(words []string, first int) sameLine {
	return sameLine{less: []string{"--print", "--print0", "--create"}, words: &typedWords{args: words[:first], trailing: words[first:], dashes: true}}
}

// findQueues reaches the servers and refuses a queue that none of them knows: it may be a command
// without -- in front. It asks once; a queue that comes later is served with --create. The error joins those of all
// servers when not one can be reached.
func (o *workOptions) findQueues(ctx context.Context, s *supervisor, servers []string) error {
	if o.create {
		return s.reachable(ctx, servers)
	}
	var known []string
	var errs []error
	for _, r := range wire.FanOut(ctx, s.d, servers, askQueues) {
		if r.Err != nil {
			errs = append(errs, flatten(r.Err)...)
		} else {
			known = append(known, r.Value.Names()...)
		}
	}
	if len(errs) == len(servers) {
		return errors.Join(errs...)
	}
	first := slices.IndexFunc(o.queues, func(q string) bool { return !slices.Contains(known, q) })
	if first < 0 {
		return nil
	}
	return o.unknown(first, known, strings.Join(servers, ", "))
}

// unknown is the error about the queue of that number, which no server knows.
func (o *workOptions) unknown(number int, known []string, servers string) error {
	queue := o.queues[number]
	err := usagef("work: unknown queue %.100q on %s and no command given: its jobs would be printed and completed", queue, servers)
	if near := closest(queue, known); near != "" {
		queues := slices.Clone(o.queues)
		queues[number] = near
		err.hint("did you mean: %v", sameLine{words: &typedWords{args: queues}})
	}
	if number > 0 {
		err.hint("did you mean: %v", workWith(o.queues, number))
	}
	return err.hint("to wait for a queue that does not exist yet: %v", again("--create"))
}

// announce says which queues are served, where, and with what.
func (o *workOptions) announce(env *Env, servers []string) {
	what := strings.Join(o.queues, ", ") + " on " + strings.Join(servers, ", ")
	if len(o.command) == 0 {
		env.Info("printing and completing the jobs of %s", what)
		return
	}
	env.Info("serving %s with: %s", what, strings.TrimPrefix(shellLine(o.command), "gearctl "))
}
