package commands

import (
	"context"
	"io"

	"gearctl/completions"
)

func newCompletion(env *Env) *Command {
	return &Command{
		Name: "completion", Group: GroupLocal, Args: "bash|zsh|fish", Short: "print the shell's completion script",
		Examples: []Example{
			{"gearctl completion bash > /etc/bash_completion.d/gearctl", "bash, for everybody (with the package bash-completion)"},
			{"source <(gearctl completion bash)", "bash, as a line in ~/.bashrc"},
			{"gearctl completion zsh > /usr/local/share/zsh/site-functions/_gearctl", "zsh, for everybody; or source it after compinit"},
			{"gearctl completion fish > ~/.config/fish/completions/gearctl.fish", "fish"},
		},
		Long: `TAB completes commands, flags, their values and the names of the queues that the servers have, quoted as the shell
needs them. The servers are those of the flags already typed and of the environment; one that does not answer within
0.3 seconds is left out.`,
		Min: 1, Max: 1,
		Complete: func(context.Context, []string, string) []Candidate { return bare(completions.Shells()) },
		Run: func(_ context.Context, w Words) error {
			script, err := completions.Script(w.Args[0])
			if err != nil {
				return usagef("completion: %v", err)
			}
			_, err = io.WriteString(env.Stdout, script)
			return err
		},
	}
}
