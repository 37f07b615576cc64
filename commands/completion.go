package commands

import (
	"context"
	"io"

	"gearctl/completions"
)

func newCompletion(env *Env) *Command {
	return &Command{
		Name: "completion", Group: GroupLocal, Args: "bash|zsh|fish", Short: "print the completion script for a shell",
		Examples: []Example{
			{"gearctl completion bash > /etc/bash_completion.d/gearctl", "bash, system-wide (needs the package bash-completion)"},
			{"source <(gearctl completion bash)", "bash, as a line in ~/.bashrc"},
			{"gearctl completion zsh > /usr/local/share/zsh/site-functions/_gearctl", "zsh, system-wide; or source it after compinit"},
			{"gearctl completion fish > ~/.config/fish/completions/gearctl.fish", "fish"},
		},
		Long:     `TAB completes commands, flags, their values and queue names, quoted for the shell. Queue names come from the servers in the flags already typed and in the environment; a server that does not answer within 0.3 seconds is skipped.`,
		Max:      1,
		Complete: func(context.Context, []string, string) []Candidate { return bare(completions.Shells()) },
		Run: func(_ context.Context, w Words) error {
			if len(w.Args) == 0 {
				return usagef("completion: name a shell: bash, zsh or fish").hint("gearctl completion --help")
			}
			script, err := completions.Script(w.Args[0])
			if err != nil {
				return usagef("completion: %v", err)
			}
			_, err = io.WriteString(env.Stdout, script)
			return err
		},
	}
}
