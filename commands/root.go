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
		Sub: cli.Below(env,
			cli.Subcommand{Name: "status", New: status.New},
			cli.Subcommand{Name: "workers", New: workers.New},
			cli.Subcommand{Name: "version", New: status.NewVersion},
			cli.Subcommand{Name: "top", New: func(env *cli.Env) *cli.Command { return top.New(env, Main) }},
			cli.Subcommand{Name: "ping", New: status.NewPing},
			cli.Subcommand{Name: "wait", New: wait.New},
			cli.Subcommand{Name: "peek", New: peek.New},
			cli.Subcommand{Name: "jobs", New: status.NewJobs},
			cli.Subcommand{Name: "job", New: status.NewJob},
			cli.Subcommand{Name: "raw", New: status.NewRaw},
			cli.Subcommand{Name: "submit", New: submit.New},
			cli.Subcommand{Name: "work", New: work.New},
			cli.Subcommand{Name: "drain", New: drain.New},
			cli.Subcommand{Name: "replay", New: replay.New},
			cli.Subcommand{Name: "archive", New: archive.New},
			cli.Subcommand{Name: "proxy", New: proxy.New},
			cli.Subcommand{Name: "move", New: move.New},
			cli.Subcommand{Name: "queue", New: queue.New},
			cli.Subcommand{Name: "check", New: check.New},
			cli.Subcommand{Name: "result", New: result.New},
			cli.Subcommand{Name: "payload", New: payload.New},
			cli.Subcommand{Name: "route", New: config.NewRoute},
			cli.Subcommand{Name: "config", New: config.New},
			cli.Subcommand{Name: "doctor", New: doctor.New},
			cli.Subcommand{Name: "health", New: health.New},
			cli.Subcommand{Name: "exporter", New: exporter.New},
			cli.Subcommand{Name: "context", New: context.New},
			cli.Subcommand{Name: "server", New: local.NewServer},
			cli.Subcommand{Name: "demo", New: func(env *cli.Env) *cli.Command { return local.NewDemo(env, Main) }},
			cli.Subcommand{Name: "completion", New: local.NewCompletion},
			cli.Subcommand{Name: "compat", New: func(env *cli.Env) *cli.Command { return compat.New(env, Main) }},
			cli.Subcommand{Name: "__complete", New: newComplete},
		),
	}
}
