package process

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"
)

// child is a process that was started.
type child struct {
	process  *os.Process
	noHandle bool             // do not use a handle of the process
	state    *os.ProcessState // once it has ended
	mu       sync.Mutex       // below
	tree     tree
	stopped  bool
	timedOut bool
}

// wait serves the streams and returns when the process has ended. If it was stopped, everything it started is gone then.
func (r *child) wait(ctx context.Context, timeout time.Duration, s *streams) error {
	defer context.AfterFunc(ctx, func() { r.stop(false) })()
	if timeout > 0 {
		defer time.AfterFunc(timeout, func() { r.stop(true) }).Stop()
	}
	err := r.serve(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		r.signal(syscall.SIGKILL)
		r.tree.kill(r.process.Pid)
	}
	return err
}

// serve serves the streams and reaps the process.
func (r *child) serve(s *streams) error {
	if !r.noHandle {
		err := r.process.WithHandle(func(handle uintptr) { s.serve(int(handle)) })
		if err == nil {
			r.reap()
			return nil
		}
	}
	// A system without handles of processes: a pipe shows the end.
	read, write, err := newPipe()
	if err != nil {
		r.stop(false)
		s.close()
		r.reap()
		return err
	}
	defer syscall.Close(read)
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		r.reap()
		syscall.Close(write)
	})
	s.serve(read)
	return nil
}

func (r *child) reap() { r.state, _ = r.process.Wait() }

// stop stops a running process and everything it started.
func (r *child) stop(timedOut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	pid := r.process.Pid
	if r.stopped || r.process.Signal(syscall.Signal(0)) != nil {
		return
	}
	r.stopped, r.timedOut = true, timedOut
	if p, ok := readEntry(pid); ok {
		r.tree.known[p.processID] = true
	}
	r.tree.signal(syscall.SIGTERM, pid) // first: without their parents some are not found
	r.signal(syscall.SIGTERM)
	time.AfterFunc(KillGrace, func() {
		if r.process.Signal(syscall.Signal(0)) == nil {
			r.signal(syscall.SIGKILL)
		}
	})
}

func (r *child) signal(sig syscall.Signal) { syscall.Kill(-r.process.Pid, sig) }
