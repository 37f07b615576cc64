package cli

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/process"
)

// WithPager runs f with stdout going through the user's pager: $PAGER, else less. It does so only for --pager on a
// terminal; a pager that is left early is no error. ctrl-C is the pager's while it runs.
func (e *Env) WithPager(f func() error) error {
	if !e.Globals.Pager || !e.Terminal.Stdout {
		return f()
	}
	words := strings.Fields(e.Getenv("PAGER"))
	if len(words) == 0 {
		words = []string{"less", "-FRX"}
	}
	r, w, err := os.Pipe()
	if err != nil {
		return cmderr.Errorf("start the pager: %w", err)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = e.ChildEnv()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r, e.Stdout, e.Stderr
	if err := cmd.Start(); err != nil {
		r.Close()
		w.Close()
		return cmderr.WithHint(process.StartError(err), "set another pager in PAGER, or omit --pager")
	}
	signal.Ignore(syscall.SIGINT)
	defer signal.Reset(syscall.SIGINT)
	r.Close()
	stdout := e.Stdout
	e.Stdout = io.Writer(w)
	err = f()
	e.Stdout = stdout
	w.Close()
	werr := cmd.Wait()
	err = cmderr.WithoutReaderGone(err)
	if err == nil && werr != nil {
		err = cmderr.Errorf("pager %s: %w", words[0], werr)
	}
	return err
}
