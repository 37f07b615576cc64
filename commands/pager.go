package commands

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/process"
)

// withPager runs f with stdout going through the user's pager: $PAGER, else less. It does so only for --pager on a
// terminal. Leaving the pager early is no error. ctrl-C goes to the pager while it runs.
func withPager(env *cli.Env, f func() error) error {
	if !env.Globals.Pager || !env.Terminal.Stdout {
		return f()
	}
	words := strings.Fields(env.Getenv("PAGER"))
	if len(words) == 0 {
		words = []string{"less", "-FRX"}
	}
	r, w, err := os.Pipe()
	if err != nil {
		return cmderr.Errorf("start the pager: %w", err)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = env.ChildEnv()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r, env.Stdout, env.Stderr
	if err := cmd.Start(); err != nil {
		r.Close()
		w.Close()
		return cmderr.WithHint(process.StartError(err), "set another pager in PAGER, or omit --pager")
	}
	signal.Ignore(syscall.SIGINT)
	defer signal.Reset(syscall.SIGINT)
	r.Close()
	stdout := env.Stdout
	env.Stdout = io.Writer(w)
	err = f()
	env.Stdout = stdout
	w.Close()
	werr := cmd.Wait()
	err = cmderr.WithoutReaderGone(err)
	if err == nil && werr != nil {
		err = cmderr.Errorf("pager %s: %w", words[0], werr)
	}
	return err
}
