// Package process runs a command in a process group of its own, with a timeout and limits, and kills it together with
// everything it started. A command that ends by itself is left alone.
package process

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"gearctl/commands/internal/cmderr"
)

// Command is a command to run. It gets a process group of its own. If it is stopped early, everything it started is killed
// too, even outside the group; what a command leaves running when it ends by itself is not touched.
type Command struct {
	Argv    []string // Argv[0] is looked up in PATH
	Env     []string
	Extra   []string // more variables, which replace those of the same name in Env
	Now     func() time.Time
	Stdin   []byte        // not modified until Run returns
	Input   *os.File      // if not nil, stdin instead of Stdin; Run does not close it
	Timeout time.Duration // 0: none. At the timeout SIGTERM, after KillGrace SIGKILL
	Limit   int           // of stdout and of stderr, in bytes; more is discarded; 0: none
	// KillAtLimit stops the command when stdout exceeds the limit.
	KillAtLimit bool
	// Stdout, if not nil, gets stdout as it arrives, and Result.Stdout stays empty. Its error stops the command.
	Stdout func([]byte) error

	noHandle bool // as on a system without handles of processes
}

// Result describes how a command ended.
type Result struct {
	Code           int            // exit code; 128 + signal if a signal killed it
	Signal         syscall.Signal // 0: none
	TimedOut       bool
	OverLimit      bool // stdout was cut
	Stdout, Stderr []byte
	Started        time.Time
	Took           time.Duration
	StdoutErr      error // of Command.Stdout
}

// KillGrace is the time between SIGTERM and SIGKILL.
const (
	KillGrace = 2 * time.Second
	pipeGrace = 500 * time.Millisecond // for children that keep stdout open after the command ended
)

// Run runs p and waits for it to end. It returns an error only if p could not be started. When ctx ends p is stopped as at
// a timeout. It is no error if p does not read its stdin. If children keep the output open after p ended, Run waits up to
// pipeGrace for it.
func Run(ctx context.Context, p *Command) (*Result, error) {
	path, err := lookPath(p.Argv[0])
	if err != nil {
		return nil, StartError(err)
	}
	r := &child{tree: newTree(), noHandle: p.noHandle}
	s, err := openStreams(p)
	if err != nil {
		return nil, cmderr.Errorf("start %.200q: %w", p.Argv[0], err)
	}
	defer s.close()
	s.output[stdout].stop = func() { r.stop(false) }
	res := &Result{Started: p.Now()}
	r.process, err = os.StartProcess(path, p.Argv, &os.ProcAttr{
		Env: environment(p.Env, slices.Concat(p.Extra, []string{r.tree.mark})), Files: s.files(p.Input), Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		return nil, cmderr.Errorf("start %.200q: %w", p.Argv[0], pathCause(err))
	}
	s.closeTheirs()
	if err := r.wait(ctx, p.Timeout, s); err != nil {
		return nil, cmderr.Errorf("start %.200q: %w", p.Argv[0], err)
	}
	res.Took = p.Now().Sub(res.Started)
	out := s.output[stdout]
	res.TimedOut, res.OverLimit, res.StdoutErr = r.timedOut, out.over, out.err
	res.Stdout, res.Stderr = out.kept, s.output[stderr].kept
	res.Code, res.Signal = exitCode(r.state)
	return res, nil
}

// exitCode returns the code of a process as a shell does, and the signal that killed it.
func exitCode(state *os.ProcessState) (int, syscall.Signal) {
	status, _ := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), status.Signal()
	}
	return status.ExitStatus(), 0
}

// lookPath searches PATH for names without a slash. Errors of a path are reported at the start.
func lookPath(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	return exec.LookPath(name)
}

// StartError rewords an error of package exec: the command and the reason.
func StartError(err error) error {
	var e *exec.Error
	switch {
	case !errors.As(err, &e):
		return cmderr.Errorf("start: %w", err)
	case errors.Is(e.Err, exec.ErrNotFound):
		return cmderr.Errorf("start %.200q: not found in PATH", e.Name)
	}
	return cmderr.Errorf("start %.200q: %w", e.Name, pathCause(e.Err))
}

// pathCause strips operation and path from an error.
func pathCause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// pipeCapacity is what every pipe takes without a reader.
const pipeCapacity = 4 << 10
