package modgearman

import (
	"fmt"

	"gearctl/wire"
)

// Kind says what a job's text is.
type Kind int

// The kinds of job that travel in a Mod-Gearman installation.
const (
	KindUnknown      Kind = iota // readable, but nothing that Mod-Gearman sends, as custom perfdata
	KindHost                     // a host check on its way to a worker
	KindService                  // a service check on its way to a worker
	KindEventhandler             // an event handler on its way to a worker
	KindNotification             // a notification on its way to a worker
	KindResult                   // a result on its way to the NEB module
	KindPerfdata                 // performance data for PNP4Nagios and the like
	KindExport                   // a core event as JSON
	KindProbe                    // the bare word check, by which tools ask workers and the module for their state
	KindStatus                   // an answer to such a probe
)

var kindNames = [...]string{
	"unknown", "host", "service", "eventhandler", "notification", "result", "perfdata", "export", "probe", "status",
}

// String returns the kind's word; for checks it is the value of the packet's type field.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return kindNames[k]
}

// MarshalText writes the kind's word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// IsCheck reports whether a worker runs a command for this kind.
func (k Kind) IsCheck() bool { return k >= KindHost && k <= KindNotification }

// kindOfType maps the value of a type field.
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

// Priority returns the priority with which a kind is submitted (neb_module_naemon/mod_gearman.c): forced is a
// service check that somebody asked for by hand.
func (k Kind) Priority(forced bool) wire.Priority {
	switch {
	case k == KindService && !forced:
		return wire.PriorityLow
	case k == KindService, k == KindNotification, k == KindProbe:
		return wire.PriorityHigh
	}
	return wire.PriorityNormal
}
