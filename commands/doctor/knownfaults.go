package doctor

import (
	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/servers"
)

// knownFault is a fault of gearmand in the versions from one up to, but not including, another.
type knownFault struct {
	from, before string // empty: the first, the last
	what, fix    string
	finding      bool // it harms every host, and an update helps; else an advisory
	// applies reports whether it concerns a gearmand with these options, if they are known; nil: always.
	applies func(gearmand.Options) bool
}

// updateGearmand is the fix for what an update helps against. Version 2.0.0 is not it: Mod-Gearman's C worker serves several
// queues on one connection.
const updateGearmand = "update gearmand to 1.1.22"

// replacePerl is the fix for the Perl server.
const replacePerl = "apt-get install gearman-job-server && apt-get remove gearman-server"

// knownFaults are the faults by version. No version is without any.
func knownFaults() []knownFault {
	given := func(option string) func(gearmand.Options) bool {
		return func(o gearmand.Options) bool {
			_, ok := o.Get(option)
			return ok
		}
	}
	return []knownFault{
		{before: "0.25", finding: true, fix: updateGearmand, what: "no create and drop function: queues stay until it restarts"},
		{before: "1.1.0", finding: true, fix: updateGearmand, what: "closes the connection when asked for a job by unique key"},
		{before: "1.1.9", finding: true, fix: updateGearmand, what: "no show jobs and no cancel job: jobs cannot be listed or cancelled"},
		{from: "1.0.6", before: "1.0.7", finding: true, fix: updateGearmand, what: "runs out of descriptors when one of several Mod-Gearman servers is down"},
		{from: "1.1.15", before: servers.PriorityCountsSince, finding: true, fix: updateGearmand, what: "prioritystatus counts are wrong"},
		{
			before: servers.TimeoutFaultBefore, fix: "run no workers with job time-outs on it",
			what: "a worker with job time-outs (CAN_DO_TIMEOUT) can damage its memory, and prioritystatus can stop it then",
		},
		{
			before: "2.0.0", fix: "submit no jobs for later (submit --at) to the queues of Mod-Gearman",
			what: "a waiting job for later hides the jobs of low priority in its queue, such as service checks, and keeps sleeping workers busy",
		},
		{
			from: servers.SharingFaultSince, fix: "run workers with one connection for each queue, or gearmand 1.1.22",
			what: "connections that serve several queues can make it stop answering, or leave a job waiting",
		},
		{
			from: servers.TimeoutFaultBefore, fix: "do not ask for prioritystatus (gearctl status --priorities) where workers use job time-outs",
			what: "where workers use job time-outs (CAN_DO_TIMEOUT), prioritystatus can stop it",
		},
		{
			from: "1.1.21", applies: given("store-queue-on-shutdown"), finding: true, fix: "start it without --store-queue-on-shutdown",
			what: "with --store-queue-on-shutdown it empties its table when it starts: a crash loses the jobs in it",
		},
	}
}

// reportKnownFaults reports the known faults of a server of version v; options are its own if they are known.
func reportKnownFaults(s *section, server string, v servers.Version, options gearmand.Options) {
	switch {
	case v.Perl:
		s.fail(server, replacePerl, "%s takes no jobs of low priority: Mod-Gearman's service checks cannot be queued; run gearmand instead", v)
		return
	case v.Text == "":
		s.advise(server, "gearmand --version", "it reports an empty version, as a build from a source archive does: its faults are unknown")
		return
	case !v.IsGearmand():
		s.unknown(server, "", "%s: no known faults on record", v)
		return
	}
	for _, f := range knownFaults() {
		if f.from != "" && v.Before(f.from) || f.before != "" && !v.Before(f.before) || f.applies != nil && !f.applies(options) {
			continue
		}
		report := s.advise
		if f.finding {
			report = s.warn
		}
		report(server, f.fix, "%s: %s", v, f.what)
	}
}
