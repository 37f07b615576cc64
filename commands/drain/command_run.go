package drain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/process"
	"gearctl/wire"
	"gearctl/wire/archive"
)

const (
	maxCommandOutput = 64 << 10         // bytes of stdout and of stderr; the rest is discarded
	interruptGrace   = 30 * time.Second // for a command to end after an interrupt
	commandPiece     = 64 << 10         // bytes that it must take within --command-timeout
)

// commandRun is a run of the command.
type commandRun struct {
	archive *archive.Writer
	until   time.Time // zero: any time
	timeout time.Duration
	stdin   *os.File // to write to
	reader  *os.File // the other end, to see what was not read
	kill    context.CancelFunc
	stalled atomic.Bool
	cut     atomic.Bool // by an interrupt
	aborted func() bool // by a second one
	ended   chan struct{}
	result  *process.Result
	err     error // of the start
}

func startRun(ctx context.Context, p *process.Command, timeout time.Duration) (*commandRun, error) {
	reader, stdin, err := os.Pipe()
	if err != nil {
		return nil, cmderr.Errorf("--to-command: %w", err)
	}
	outlasting := wire.Outlast(ctx)
	running, kill := context.WithCancel(outlasting)
	r := &commandRun{timeout: timeout, aborted: func() bool { return outlasting.Err() != nil }, stdin: stdin, reader: reader, kill: kill, ended: make(chan struct{})}
	r.archive = archive.NewWriter(r)
	p.Input = reader
	go func() {
		defer close(r.ended)
		stop := context.AfterFunc(ctx, func() { r.interrupt(ctx) })
		defer stop()
		r.result, r.err = process.Run(running, p)
		stdin.Close() // a write that waits for the command ends
	}()
	return r, nil
}

// interrupt kills the command a while after an interrupt.
func (r *commandRun) interrupt(ctx context.Context) {
	if !errors.Is(context.Cause(ctx), cmderr.ErrInterrupted) {
		return // the time of the drain is over, which is no hurry
	}
	t := time.NewTimer(interruptGrace)
	defer t.Stop()
	select {
	case <-t.C:
		r.cut.Store(true)
		r.kill()
	case <-r.ended:
	}
}

// Write writes to the command, which is killed if it takes nothing for long.
func (r *commandRun) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		stop := r.watch()
		var m int
		m, err = r.stdin.Write(p[n:min(n+commandPiece, len(p))])
		n += m
		stop()
	}
	return n, err
}

// watch kills the command unless it ends, or stop is called, in time.
func (r *commandRun) watch() (stop func() bool) {
	return time.AfterFunc(r.timeout, func() {
		r.stalled.Store(true)
		r.kill()
	}).Stop
}

// end ends the input of the command, and waits for it. It returns nil if the command read all and succeeded.
//
// A command that reads only the beginning, such as head, may take all of a short archive from the pipe. So the last line of
// the archive follows when the pipe is empty: such a command leaves it there.
func (r *commandRun) end(now time.Time) error {
	if r.archive.Sync() == nil {
		r.awaitRead()
	}
	written := r.archive.ClosePending(now)
	r.stdin.Close()
	stop := r.watch()
	<-r.ended
	stop()
	r.kill()
	defer r.reader.Close()
	switch {
	case r.err != nil:
		return cmderr.Errorf("--to-command: %w", r.err)
	case r.stalled.Load():
		return cmderr.WithHint(cmderr.Errorf("--to-command: killed: it read nothing, or did not end, for %s", cmderr.ShortDuration(r.timeout)),
			"give it more time with --command-timeout")
	case r.aborted():
		return cmderr.Errorf("--to-command: killed: %w", cmderr.ErrAborted)
	case r.cut.Load():
		return cmderr.Errorf("--to-command: killed: it did not end within %s of the interrupt", cmderr.ShortDuration(interruptGrace))
	case r.result.Signal != 0:
		return cmderr.Errorf("--to-command: killed by signal %v%s", r.result.Signal, firstLine(r.result.Stderr))
	case r.result.Code != 0:
		return cmderr.Errorf("--to-command: exit code %d%s", r.result.Code, firstLine(r.result.Stderr))
	case written != nil, r.unread():
		return cmderr.Errorf("--to-command: it ended before it had read all of the archive%s", firstLine(r.result.Stderr))
	}
	return nil
}

// awaitRead waits until the command has taken everything from the pipe, or has ended.
func (r *commandRun) awaitRead() {
	stop := r.watch()
	defer stop()
	for pause := time.Millisecond; r.holds(); pause = min(2*pause, maxPause) {
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-r.ended:
			t.Stop()
			return
		}
	}
}

// maxPause is the longest time between two looks at the pipe.
const maxPause = 50 * time.Millisecond

// holds reports whether something is in the pipe.
func (r *commandRun) holds() bool {
	var n int
	raw, err := r.reader.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			n, _ = unix.Poll(poll, 0)
		})
	}
	return err == nil && n > 0
}

// unread reports whether something is left in the pipe, which nobody writes to any more.
func (r *commandRun) unread() bool {
	n, err := r.reader.Read(make([]byte, 1))
	return n > 0 || !errors.Is(err, io.EOF)
}

// firstLine returns what a command wrote to stderr first, for the end of a message.
func firstLine(stderr []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(stderr)), "\n")
	if line == "" {
		return ""
	}
	return fmt.Sprintf(": %.200s", line)
}
