// Package local has the commands that need no job server: server, demo and completion.
package local

import (
	"context"
	"io"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/completions"
)

func NewCompletion(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "completion", Group: cli.GroupLocal, NoContext: true, Args: "bash|zsh|fish", Short: "print the completion script for a shell",
		Examples: []cli.Example{
			{Line: "gearctl completion bash > /etc/bash_completion.d/gearctl", What: "bash, system-wide (needs the package bash-completion)"},
			{Line: "source <(gearctl completion bash)", What: "bash, as a line in ~/.bashrc"},
			{Line: "gearctl completion zsh > /usr/local/share/zsh/site-functions/_gearctl", What: "zsh, system-wide; or source it after compinit"},
			{Line: "gearctl completion fish > ~/.config/fish/completions/gearctl.fish", What: "fish"},
		},
		Long:     `TAB completes commands, flags, their values, contexts and queue names, quoted for the shell. Queue names come from the servers in the flags already typed, in the environment or of the context; a server that does not answer within 0.3 seconds is skipped.`,
		Max:      1,
		Complete: func(context.Context, []string, string) []cli.Candidate { return cli.Candidates(completions.Shells()) },
		Run: func(_ context.Context, w cli.Words) error {
			if len(w.Args) == 0 {
				return cmderr.Usagef("completion: name a shell: bash, zsh or fish").Hint("gearctl completion --help")
			}
			script, err := completions.Script(w.Args[0])
			if err != nil {
				return cmderr.Usagef("completion: %v", err)
			}
			_, err = io.WriteString(env.Stdout, script)
			return err
		},
	}
}
