// Package process runs child processes with all that they start.
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

// Command is a command to run on behalf of a job. It has a process group of its own. When it is ended before its time,
// all that it started ends with it, also what left the group; what is left of one that ends by itself is not touched.
type Command struct {
	Argv    []string // the first word is looked up in PATH
	Env     []string
	Now     func() time.Time
	Stdin   []byte        // valid until runProcess returns
	Timeout time.Duration // 0: none. Then all get SIGTERM, after killGrace SIGKILL
	Limit   int           // of stdout and of stderr, in bytes; what is over is read and thrown away; 0: none
	// KillAtLimit ends the group when stdout is over the limit.
	KillAtLimit bool
	// Stdout, when not nil, gets stdout as it comes, and processResult.stdout stays empty. Its error ends the group.
	Stdout func([]byte) error
}

// Result is how a process ended.
type Result struct {
	Code           int            // exit code; 128 + signal when a signal ended it
	Signal         syscall.Signal // 0: none
	TimedOut       bool
	OverLimit      bool // stdout was cut
	Stdout, Stderr []byte
	Started        time.Time
	Took           time.Duration
	StdoutErr      error // of process.stdout
}

const (
	KillGrace = 2 * time.Second        // between SIGTERM and SIGKILL
	pipeGrace = 500 * time.Millisecond // for children that keep stdout open when the command has ended
)

// Run runs p and waits for its end. It returns an error only when p could not be started. When ctx ends the
// group is killed as at a time-out. A command that does not read its stdin is no error, and one that ends while its
// children keep its output open is not waited for longer than pipeGrace.
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
	switch n := len(p.Stdin); {
	case n > pipeCapacity:
		r.cmd.Stdin = bytes.NewReader(p.Stdin)
	case n > 0:
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

// exitCode returns the code of a process as a shell does, and the signal that ended it.
func exitCode(state *os.ProcessState) (int, syscall.Signal) {
	status, _ := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), status.Signal()
	}
	return status.ExitStatus(), 0
}

// lookPath finds a command that is not named by a path. What is wrong with a path is reported when it is started.
func lookPath(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	return exec.LookPath(name)
}

// StartError drops the words that package exec puts around the reason.
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

// pathCause drops the operation and the path of an error that names them.
func pathCause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// pipeCapacity is what every pipe takes without a reader.
const pipeCapacity = 4 << 10

// filledPipe returns the read end of a pipe that holds data. As input of a command it needs no goroutine that writes, which
// is a tenth of the rate of short commands.
func filledPipe(data []byte) (*os.File, error) {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return nil, err
	}
	defer syscall.Close(ends[1])
	_, err := syscall.Write(ends[1], data)
	return os.NewFile(uintptr(ends[0]), "stdin"), err
}
