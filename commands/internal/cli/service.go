package cli

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Serving tells the service manager, such as systemd for a unit with Type=notify, that the command serves now, and keeps its
// watchdog satisfied while the process runs. The function that it returns says that the command is stopping. Both do nothing
// if there is no service manager.
func (e *Env) Serving() (stopping func()) {
	e.notify(daemon.SdNotifyReady)
	done := make(chan struct{})
	if limit, err := daemon.SdWatchdogEnabled(false); err != nil {
		e.Warn("watchdog of the service manager: %v", err)
	} else if limit > 0 {
		go e.feedWatchdog(limit/2, done)
	}
	return func() {
		close(done)
		e.notify(daemon.SdNotifyStopping)
	}
}

// Reloading tells the service manager that the settings are read again, and the function that it returns that this is over.
func (e *Env) Reloading() (done func()) {
	e.notify(daemon.SdNotifyReloading)
	return func() { e.notify(daemon.SdNotifyReady) }
}

func (e *Env) feedWatchdog(interval time.Duration, done <-chan struct{}) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			e.notify(daemon.SdNotifyWatchdog)
		case <-done:
			return
		}
	}
}

func (e *Env) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		e.Warn("tell the service manager %s: %v", state, err)
	}
}
