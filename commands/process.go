package commands

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
)

// process is a command to run on behalf of a job. It has a process group of its own. When it is ended before its time,
// all that it started ends with it, also what left the group; what is left of one that ends by itself is not touched.
type process struct {
	argv    []string // the first word is looked up in PATH
	env     []string
	now     func() time.Time
	stdin   []byte        // valid until runProcess returns
	timeout time.Duration // 0: none. Then all get SIGTERM, after killGrace SIGKILL
	limit   int           // of stdout and of stderr, in bytes; what is over is read and thrown away; 0: none
	// killAtLimit ends the group when stdout is over the limit.
	killAtLimit bool
	// stdout, when not nil, gets stdout as it comes, and processResult.stdout stays empty. Its error ends the group.
	stdout func([]byte) error
}

// processResult is how a process ended.
type processResult struct {
	code           int            // exit code; 128 + signal when a signal ended it
	signal         syscall.Signal // 0: none
	timedOut       bool
	overLimit      bool // stdout was cut
	stdout, stderr []byte
	started        time.Time
	took           time.Duration
	err            error // of process.stdout
}

const (
	killGrace = 2 * time.Second        // between SIGTERM and SIGKILL
	pipeGrace = 500 * time.Millisecond // for children that keep stdout open when the command has ended
)

// runProcess runs p and waits for its end. It returns an error only when p could not be started. When ctx ends the
// group is killed as at a time-out. A command that does not read its stdin is no error, and one that ends while its
// children keep its output open is not waited for longer than pipeGrace.
func runProcess(ctx context.Context, p *process) (*processResult, error) {
	path, err := lookPath(p.argv[0])
	if err != nil {
		return nil, startCause(err)
	}
	r := &runningProcess{tree: newProcessTree()}
	out := &capture{limit: p.limit, to: p.stdout, stop: func() { r.stop(false) }, stopAtLimit: p.killAtLimit}
	stderr := &capture{limit: p.limit}
	r.cmd = &exec.Cmd{
		Path: path, Args: p.argv, Env: append(slices.Clip(p.env), r.tree.mark),
		Stdout: out, Stderr: stderr, WaitDelay: pipeGrace, SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if len(p.stdin) > 0 {
		r.cmd.Stdin = bytes.NewReader(p.stdin)
	}
	res := &processResult{started: p.now()}
	if err := r.cmd.Start(); err != nil {
		return nil, errorf("start %.200q: %w", p.argv[0], pathCause(err))
	}
	r.wait(ctx, p.timeout)
	res.took = p.now().Sub(res.started)
	res.timedOut, res.overLimit, res.err = r.timedOut, out.over, out.err
	res.stdout, res.stderr = out.kept, stderr.kept
	res.code, res.signal = howEnded(r.cmd.ProcessState)
	return res, nil
}

// howEnded returns the code of a process as a shell does, and the signal that ended it.
func howEnded(state *os.ProcessState) (int, syscall.Signal) {
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

// startCause drops the words that package exec puts around the reason.
func startCause(err error) error {
	var e *exec.Error
	switch {
	case !errors.As(err, &e):
		return errorf("start: %w", err)
	case errors.Is(e.Err, exec.ErrNotFound):
		return errorf("start %.200q: not found in PATH", e.Name)
	}
	return errorf("start %.200q: %w", e.Name, pathCause(e.Err))
}

// pathCause drops the operation and the path of an error that names them.
func pathCause(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
