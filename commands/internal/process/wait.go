package process

import (
	"context"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// child is a process that was started.
type child struct {
	cmd      *exec.Cmd
	mu       sync.Mutex // below
	tree     tree
	stopped  bool
	timedOut bool
}

// wait returns when the process has ended and its output was read. If it was stopped, everything it started is gone then.
func (r *child) wait(ctx context.Context, timeout time.Duration) {
	defer context.AfterFunc(ctx, func() { r.stop(false) })()
	if timeout > 0 {
		defer time.AfterFunc(timeout, func() { r.stop(true) }).Stop()
	}
	r.cmd.Wait() // ProcessState has its outcome
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		r.signal(syscall.SIGKILL)
		r.tree.kill(r.cmd.Process.Pid)
	}
}

// stop stops a running process and everything it started.
func (r *child) stop(timedOut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pid := r.cmd.Process.Pid
	if r.stopped || r.cmd.Process.Signal(syscall.Signal(0)) != nil {
		return
	}
	r.stopped, r.timedOut = true, timedOut
	if p, ok := readEntry(pid); ok {
		r.tree.known[p.processID] = true
	}
	r.tree.signal(syscall.SIGTERM, pid) // first: without their parents some are not found
	r.signal(syscall.SIGTERM)
	time.AfterFunc(KillGrace, func() {
		if r.cmd.Process.Signal(syscall.Signal(0)) == nil {
			r.signal(syscall.SIGKILL)
		}
	})
}

func (r *child) signal(sig syscall.Signal) { syscall.Kill(-r.cmd.Process.Pid, sig) }

// capture keeps or passes on what a process writes, up to a limit. It discards the rest, so that the process can end.
type capture struct {
	limit       int
	stopAtLimit bool
	stop        func()
	to          func([]byte) error
	n           int
	kept        []byte
	over        bool
	err         error // of to
}

func (c *capture) Write(p []byte) (int, error) {
	n := len(p)
	if c.limit > 0 && c.n+n > c.limit {
		p, c.over = p[:max(c.limit-c.n, 0)], true
	}
	c.n += n
	switch {
	case c.err != nil || len(p) == 0:
	case c.to == nil:
		c.kept = append(c.kept, p...)
	default:
		c.err = c.to(p)
	}
	if c.err != nil || c.over && c.stopAtLimit {
		c.stop()
	}
	return n, nil
}

// ReadFrom reads with a small buffer: that of io.Copy is larger than most outputs.
func (c *capture) ReadFrom(r io.Reader) (int64, error) {
	buf := make([]byte, 4<<10)
	for {
		n, err := r.Read(buf)
		c.Write(buf[:n])
		if err != nil {
			return 0, nil
		}
	}
}
