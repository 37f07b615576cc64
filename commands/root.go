package commands

import (
	"gearctl/commands/archive"
	"gearctl/commands/check"
	"gearctl/commands/compat"
	"gearctl/commands/config"
	"gearctl/commands/context"
	"gearctl/commands/doctor"
	"gearctl/commands/drain"
	"gearctl/commands/exporter"
	"gearctl/commands/health"
	"gearctl/commands/internal/cli"
	"gearctl/commands/local"
	"gearctl/commands/move"
	"gearctl/commands/payload"
	"gearctl/commands/peek"
	"gearctl/commands/proxy"
	"gearctl/commands/queue"
	"gearctl/commands/replay"
	"gearctl/commands/result"
	"gearctl/commands/status"
	"gearctl/commands/submit"
	"gearctl/commands/top"
	"gearctl/commands/wait"
	"gearctl/commands/work"
	"gearctl/commands/workers"
)

// root returns the command tree, whose flags and rows write into env.
func root(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name:     "gearctl",
		Short:    "operate Gearman job servers and Mod-Gearman",
		Flags:    env.GlobalFlags(),
		Choices:  map[string][]string{"color": {"auto", "always", "never"}},
		Formerly: map[string]string{"H": "-s HOST[:PORT]", "host": "-s HOST[:PORT]", "port": "-s HOST:PORT"},
		Sub: []*cli.Command{
			status.New(env),
			workers.New(env),
			status.NewVersion(env),
			top.New(env, Main),
			status.NewPing(env),
			wait.New(env),
			peek.New(env),
			status.NewJobs(env),
			status.NewJob(env),
			status.NewRaw(env),
			submit.New(env),
			work.New(env),
			drain.New(env),
			replay.New(env),
			archive.New(env),
			proxy.New(env),
			move.New(env),
			queue.New(env),
			check.New(env),
			result.New(env),
			payload.New(env),
			config.NewRoute(env),
			config.New(env),
			doctor.New(env),
			health.New(env),
			exporter.New(env),
			context.New(env),
			local.NewServer(env),
			local.NewDemo(env, Main),
			local.NewCompletion(env),
			compat.New(env, Main),
			newComplete(env),
		},
	}
}
