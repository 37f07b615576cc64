package commands

import (
	"context"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Waiting for a process: how long one look at its pipes may take.
const (
	firstLook = 200 * time.Microsecond // when there is nothing left to read
	lastLook  = 20 * time.Millisecond
)

// runningProcess is a process that was started. One goroutine reads, writes and waits, with poll(2): a job costs no
// more than its command.
type runningProcess struct {
	*process
	ctx      context.Context
	result   *processResult
	pid      int
	tree     processTree
	in       input
	out, err capture
	buf      [8 << 10]byte // for reading
	fds      [3]unix.PollFd

	idle     bool // nothing happened at the last look
	exited   bool
	status   syscall.WaitStatus
	giveUp   time.Time // when children that keep the pipes are not waited for any more; zero: not yet
	killAt   time.Time // when SIGTERM was not enough; zero: not sent
	nextLook time.Duration
}

// wait returns when the process has ended and its output is read, as far as it is waited for.
func (r *runningProcess) wait() {
	r.nextLook = firstLook
	for !r.over() {
		r.look()
		r.reap()
		r.control()
	}
	r.result.took = time.Since(r.result.started)
}

func (r *runningProcess) over() bool {
	if !r.exited {
		return false
	}
	return *r.out.fd < 0 && *r.err.fd < 0 || time.Now().After(r.giveUp)
}

// look waits until something can be read or written, and does so.
func (r *runningProcess) look() {
	fds := r.fds[:0]
	for _, c := range []*capture{&r.out, &r.err} {
		if *c.fd >= 0 {
			fds = append(fds, unix.PollFd{Fd: int32(*c.fd), Events: unix.POLLIN})
		}
	}
	if *r.in.fd >= 0 {
		fds = append(fds, unix.PollFd{Fd: int32(*r.in.fd), Events: unix.POLLOUT})
	}
	wait := unix.NsecToTimespec(int64(r.patience(len(fds))))
	n, err := unix.Ppoll(fds, &wait, nil)
	if r.idle = err != nil || n == 0; r.idle {
		return
	}
	for _, f := range fds {
		if f.Revents == 0 {
			continue
		}
		switch int(f.Fd) {
		case *r.out.fd:
			r.out.read(r.buf[:])
		case *r.err.fd:
			r.err.read(r.buf[:])
		case *r.in.fd:
			r.in.write()
		}
	}
}

// patience is how long to look. While there are pipes their end tells that the process ended; without any it is asked
// for more and more seldom.
func (r *runningProcess) patience(pipes int) time.Duration {
	if pipes > 0 && !r.exited {
		return lastLook
	}
	r.nextLook = min(2*r.nextLook, lastLook)
	return r.nextLook
}

// reap notices the end of the process: when its pipes have ended, or nothing happened for a while.
func (r *runningProcess) reap() {
	if r.exited || !r.idle && (*r.out.fd >= 0 || *r.err.fd >= 0) {
		return
	}
	pid, err := syscall.Wait4(r.pid, &r.status, syscall.WNOHANG, nil)
	if pid == r.pid || err == syscall.ECHILD {
		r.exited = true
		r.giveUp = time.Now().Add(pipeGrace)
	}
}

// control ends the group when the process took too long, wrote too much, or is not wanted any more.
func (r *runningProcess) control() {
	now := time.Now()
	switch {
	case !r.killAt.IsZero():
		if now.After(r.killAt) {
			syscall.Kill(-r.pid, syscall.SIGKILL)
		}
		return
	case r.exited:
		return
	case r.timeout > 0 && now.Sub(r.result.started) >= r.timeout:
		r.result.timedOut = true
	case r.ctx.Err() != nil:
	case r.out.over && r.killAtLimit:
	case r.out.err != nil:
	default:
		return
	}
	if p, ok := readProcess(r.pid); ok {
		r.tree.known[p.processID] = true
	}
	r.tree.signal(syscall.SIGTERM, r.pid) // first: without their parents some are not found
	syscall.Kill(-r.pid, syscall.SIGTERM)
	r.killAt = now.Add(killGrace)
}

// finish makes sure that nothing of a group that was to end is left, and returns the result.
func (r *runningProcess) finish() *processResult {
	if !r.killAt.IsZero() {
		syscall.Kill(-r.pid, syscall.SIGKILL)
		r.tree.kill(r.pid)
	}
	res := r.result
	res.stdout, res.stderr = r.out.kept, r.err.kept
	res.overLimit, res.err = r.out.over, r.out.err
	if r.status.Signaled() {
		res.signal = r.status.Signal()
		res.code = 128 + int(res.signal)
	} else {
		res.code = r.status.ExitStatus()
	}
	return res
}
