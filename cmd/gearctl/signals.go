package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"gearctl/commands"
)

// interrupts decides what SIGINT ends: the program, or a command line that runs inside another.
type interrupts struct {
	mu     sync.Mutex
	inside chan os.Signal // nil: the program
}

// stopOnSignal ends the context at the first SIGINT or SIGTERM. The second has the command end at once with a report of what is
// known, and ends the process abortGrace later, as a third does. SIGPIPE becomes an error of the write, so that a drain can
// release what its reader did not get.
func (i *interrupts) stopOnSignal(cancel context.CancelCauseFunc, abort func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	next := func() os.Signal {
		s := <-signals
		for i.passOn(s) {
			s = <-signals
		}
		return s
	}
	go func() {
		cancel(commands.Stopped(next()))
		next()
		abort()
		select {
		case <-signals:
		case <-time.After(abortGrace):
		}
		os.Stderr.WriteString("gearctl: ended before all could be reported: jobs that it held are requeued by their servers\n")
		os.Exit(130)
	}()
}

// abortGrace is longer than it takes to kill the commands of jobs.
const abortGrace = 4 * time.Second

// passOn reports whether a signal is for the command line inside. A second one before the first was noticed is not.
func (i *interrupts) passOn(s os.Signal) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if s != syscall.SIGINT || i.inside == nil {
		return false
	}
	select {
	case i.inside <- s:
		return true
	default:
		return false
	}
}

// report has SIGINT reported on a channel until stop is called.
func (i *interrupts) report() (inside <-chan os.Signal, stop func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	c := make(chan os.Signal, 1)
	i.inside = c
	return c, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.inside = nil
	}
}
