package gearmand

import (
	"slices"

	"gearctl/commands/internal/servers"
)

// Fault is a fault of gearmand in the versions from one up to, but not including, another.
type Fault struct {
	From, Before string // empty: the first, the last
	What, Fix    string
	Option       string // the fix is to start gearmand without this option; empty: Fix
	Finding      bool   // it harms every host, and an update helps; else an advisory
	// Applies reports whether it concerns a gearmand with these options, if they are known; nil: always.
	Applies func(Options) bool
}

// update is the fix for what an update helps against. Version 2.0.0 is not it: Mod-Gearman's C worker serves several
// queues on one connection.
const update = "update gearmand to 1.1.22"

// Faults returns the known faults of a gearmand of version v with these options, which are empty if they are not known. No
// version is without any.
func Faults(v servers.Version, o Options) []Fault {
	return slices.DeleteFunc(allFaults(), func(f Fault) bool {
		return f.From != "" && v.Before(f.From) || f.Before != "" && !v.Before(f.Before) || f.Applies != nil && !f.Applies(o)
	})
}

func allFaults() []Fault {
	given := func(option string) func(Options) bool {
		return func(o Options) bool {
			_, ok := o.Get(option)
			return ok
		}
	}
	return []Fault{
		{Before: "0.25", Finding: true, Fix: update, What: "no create and drop function: queues stay until it restarts"},
		{Before: "1.1.0", Finding: true, Fix: update, What: "closes the connection when asked for a job by unique key"},
		{Before: "1.1.9", Finding: true, Fix: update, What: "no show jobs and no cancel job: jobs cannot be listed or cancelled"},
		{From: "1.0.6", Before: "1.0.7", Finding: true, Fix: update, What: "runs out of descriptors when one of several Mod-Gearman servers is down"},
		{From: "1.1.15", Before: servers.PriorityCountsSince, Finding: true, Fix: update, What: "prioritystatus counts are wrong"},
		{
			Before: servers.TimeoutFaultBefore, Fix: "run no workers with job time-outs on it",
			What: "a worker with job time-outs (CAN_DO_TIMEOUT) can damage its memory, and prioritystatus can stop it then",
		},
		{
			Before: "2.0.0", Fix: "submit no jobs for later (submit --at) to the queues of Mod-Gearman",
			What: "a waiting job for later hides the jobs of low priority in its queue, such as service checks, and keeps sleeping workers busy",
		},
		{
			From: servers.SharingFaultSince, Fix: "run workers with one connection for each queue",
			What: "connections that serve several queues can make it stop answering, or leave a job waiting",
		},
		{
			From: servers.TimeoutFaultBefore, Fix: "do not ask for prioritystatus (gearctl status --priority) where workers use job time-outs",
			What: "where workers use job time-outs (CAN_DO_TIMEOUT), prioritystatus can stop it",
		},
		{
			From: "1.1.21", Applies: given("store-queue-on-shutdown"), Finding: true, Option: "store-queue-on-shutdown",
			What: "with --store-queue-on-shutdown it empties its table when it starts: a crash loses the jobs in it",
		},
	}
}
