// Package process runs a command in a process group of its own, with a timeout and limits, and kills it together with
// everything it started. A command that ends by itself is left alone.
package process

import (
	"bytes"
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
	Now     func() time.Time
	Stdin   []byte        // not modified until Run returns
	Input   *os.File      // if not nil, stdin instead of Stdin; Run does not close it
	Timeout time.Duration // 0: none. At the timeout SIGTERM, after KillGrace SIGKILL
	Limit   int           // of stdout and of stderr, in bytes; more is discarded; 0: none
	// KillAtLimit stops the command when stdout exceeds the limit.
	KillAtLimit bool
	// Stdout, if not nil, gets stdout as it arrives, and Result.Stdout stays empty. Its error stops the command.
	Stdout func([]byte) error
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
	r := &child{tree: newTree()}
	out := &capture{limit: p.Limit, to: p.Stdout, stop: func() { r.stop(false) }, stopAtLimit: p.KillAtLimit}
	stderr := &capture{limit: p.Limit}
	r.cmd = &exec.Cmd{
		Path: path, Args: p.Argv, Env: append(slices.Clip(p.Env), r.tree.mark),
		Stdout: out, Stderr: stderr, WaitDelay: pipeGrace, SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	switch {
	case p.Input != nil:
		r.cmd.Stdin = p.Input
	case len(p.Stdin) > pipeCapacity:
		r.cmd.Stdin = bytes.NewReader(p.Stdin)
	default: // also without input: package exec would open /dev/null, which a chroot may lack
		stdin, err := filledPipe(p.Stdin)
		if err != nil {
			return nil, cmderr.Errorf("start %.200q: %w", p.Argv[0], err)
		}
		defer stdin.Close()
		r.cmd.Stdin = stdin
	}
	res := &Result{Started: p.Now()}
	if err := r.cmd.Start(); err != nil {
		return nil, cmderr.Errorf("start %.200q: %w", p.Argv[0], pathCause(err))
	}
	r.wait(ctx, p.Timeout)
	res.Took = p.Now().Sub(res.Started)
	res.TimedOut, res.OverLimit, res.StdoutErr = r.timedOut, out.over, out.err
	res.Stdout, res.Stderr = out.kept, stderr.kept
	res.Code, res.Signal = exitCode(r.cmd.ProcessState)
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
