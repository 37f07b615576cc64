package top

import (
	"context"
	"os/signal"
	"syscall"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/servers"
)

// runScreen shows the screen until it is left or ctx ends. The terminal is as before when it returns.
func runScreen(ctx context.Context, env *cli.Env, runner cli.Runner, m *servers.Matcher, o options) error {
	d, servers, err := env.Network()
	if err != nil {
		return err
	}
	s := &state{context: env.ContextName(), match: m, glyphs: glyphsFor(env.Getenv), now: env.Now(), interval: o.interval, hideEmpty: o.hideEmpty, priorities: o.priorities}
	s.width, s.height = env.Terminal.Size()
	by := o.sort
	if o.servers {
		by = "" // that is how the servers are sorted
	}
	if s.sort, s.descending, err = parseSort(by); err != nil {
		return err
	}
	labels, err := labelsOf(env)
	if err != nil {
		return err
	}
	s.setServers(servers, labels)
	if o.servers {
		if err := s.sortServers(o.sort); err != nil {
			return err
		}
		s.showServers()
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	pollers := newPollers(env, d, servers)
	defer func() {
		stop() // ends the polls in progress
		for _, e := range pollers {
			e.close()
		}
	}()
	model := &model{state: s, ctx: ctx, env: env, runner: runner, d: d, pollers: pollers, palette: env.Palette(true)}
	if err := model.run(); err != nil {
		return err
	}
	return s.neverAnswered()
}

// labelsOf returns what the context of a run says of its servers: the labels of one, and which context names it.
func labelsOf(env *cli.Env) (func(server string) (labels map[string]string, context string), error) {
	active, err := env.ActiveContext()
	return func(server string) (labels map[string]string, context string) {
		if of := active.Server(server); of != nil {
			return of.Labels, of.Context
		}
		return nil, ""
	}, err
}

// neverAnswered returns what went wrong when no server ever answered: leaving the screen does not make that good.
func (s *state) neverAnswered() error {
	var errs []error
	for _, server := range s.servers {
		if !server.lastAnswer.IsZero() || server.err == nil {
			return nil
		}
		errs = append(errs, server.err)
	}
	return cmderr.SomeFailed(errs, false)
}
