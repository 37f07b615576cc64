package doctor

import "gearctl/commands/internal/servers"

// knownBug is a bug of gearmand in the versions from one up to, but not including, another.
type knownBug struct {
	from, before string // empty: the first, the last
	what         string
}

// knownBugs are the bugs that an update fixes.
var knownBugs = []knownBug{
	{"", "0.25", "no create and drop function: queues stay until it restarts"},
	{"", "1.1.0", "closes the connection when asked for a job by unique key"},
	{"", "1.1.9", "no show jobs and no cancel job: jobs cannot be listed or cancelled"},
	{"1.0.6", "1.0.7", "runs out of descriptors when one of several Mod-Gearman servers is down"},
	{"1.1.15", "1.1.20", "prioritystatus counts are wrong"},
}

// fixedIn is the first version without any of them.
const fixedIn = "1.1.20"

// reportKnownBugs reports the known bugs of a server of version v.
func reportKnownBugs(s *section, server string, v servers.Version) {
	const update = "update gearmand to " + fixedIn + " or later"
	switch {
	case v.Perl:
		s.fail(server, "run gearmand instead: apt-get install gearman-job-server && apt-get remove gearman-server", "%s takes no jobs of low priority: Mod-Gearman's service checks cannot be queued", v)
		return
	case !v.IsGearmand():
		s.unknown(server, "", "%s: no known bugs on record", v)
		return
	}
	for _, f := range knownBugs {
		if f.from != "" && v.Before(f.from) || f.before != "" && !v.Before(f.before) {
			continue
		}
		s.warn(server, update, "%s: %s", v, f.what)
	}
}
