package modgearman

import (
	"fmt"

	"gearctl/wire"
)

// Kind is the kind of a job's text.
type Kind int

// The kinds of jobs in a Mod-Gearman installation.
const (
	KindUnknown      Kind = iota // readable, but not sent by Mod-Gearman; for example custom performance data
	KindHost                     // a host check for a worker
	KindService                  // a service check for a worker
	KindEventhandler             // an event handler for a worker
	KindNotification             // a notification for a worker
	KindResult                   // a result for the NEB module
	KindPerfdata                 // performance data for PNP4Nagios and the like
	KindExport                   // an event of the core, as JSON
	KindProbe                    // the word "check", which asks workers and the module for their status
	KindStatus                   // the answer to a probe
)

var kindNames = [...]string{
	"unknown", "host", "service", "eventhandler", "notification", "result", "perfdata", "export", "probe", "status",
}

// String returns the kind in one word; for checks, the value of the packet's type field.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// MarshalText returns the word of String.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// IsCheck reports whether a worker runs a command for this kind.
func (k Kind) IsCheck() bool { return k >= KindHost && k <= KindNotification }

// kindOfType returns the kind for the value of a type field.
func kindOfType(name string) Kind {
	switch name {
	case "active", "passive":
		return KindResult
	}
	for k := KindHost; k <= KindNotification; k++ {
		if kindNames[k] == name {
			return k
		}
	}
	return KindUnknown
}

// Priority returns the priority with which the module submits a kind (neb_module_naemon/mod_gearman.c). forced is for a
// service check that was scheduled by hand.
func (k Kind) Priority(forced bool) wire.Priority {
	switch {
	case k == KindService && !forced:
		return wire.PriorityLow
	case k == KindService, k == KindNotification, k == KindProbe:
		return wire.PriorityHigh
	}
	return wire.PriorityNormal
}
