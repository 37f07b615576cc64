package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"gearctl/commands"
)

// interrupts decides what SIGINT ends: the program, or a command line that runs inside another.
type interrupts struct {
	mu     sync.Mutex
	inside chan os.Signal // nil: the program
}

// stopOnSignal ends the context at the first SIGINT or SIGTERM and the process at the second. SIGPIPE becomes an
// error of the write, so that a drain can hand back what its reader did not get.
func (i *interrupts) stopOnSignal(cancel context.CancelCauseFunc) {
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
		os.Exit(130)
	}()
}

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
