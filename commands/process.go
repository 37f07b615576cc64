package commands

import (
	"context"
	"errors"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// process is a command to run on behalf of a job. It has a process group of its own. When it is ended before its time,
// all that it started ends with it, also what left the group; what is left of one that ends by itself is not touched.
type process struct {
	argv    []string      // the first word is looked up in PATH
	env     []string      // nil: childEnv
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
	pipes, err := openPipes()
	if err != nil {
		return nil, errorf("start %.200q: %w", p.argv[0], err)
	}
	defer pipes.close()
	r := &runningProcess{process: p, ctx: ctx, result: &processResult{started: time.Now()}}
	r.in = input{fd: &pipes.stdin.ours, left: p.stdin}
	r.in.write() // what fits into the pipe needs no waiting for
	env := p.env
	if env == nil {
		env = childEnv()
	}
	r.tree = newProcessTree()
	env = append(slices.Clip(env), r.tree.mark)
	r.pid, err = syscall.ForkExec(path, p.argv, &syscall.ProcAttr{
		Env: env, Files: []uintptr{uintptr(pipes.stdin.theirs), uintptr(pipes.stdout.theirs), uintptr(pipes.stderr.theirs)},
		Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		return nil, errorf("start %.200q: %w", p.argv[0], err)
	}
	pipes.closeTheirs()
	r.out = capture{fd: &pipes.stdout.ours, limit: p.limit, to: p.stdout}
	r.err = capture{fd: &pipes.stderr.ours, limit: p.limit}
	r.wait()
	return r.finish(), nil
}

// lookPath finds a command that is not named by a path. Of one that is the start tells what is wrong.
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
	var path *fs.PathError
	if errors.As(e.Err, &path) {
		return errorf("start %.200q: %w", e.Name, path.Err)
	}
	return errorf("start %.200q: %w", e.Name, e.Err)
}
