package doctor

import (
	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/servers"
)

// replacePerl is the fix for the Perl server.
const replacePerl = "apt-get install gearman-job-server && apt-get remove gearman-server"

// reportKnownFaults reports the known faults of a server of version v; g is empty if it is another host's.
func (d *inspection) reportKnownFaults(s *section, server string, v servers.Version, g gearmand.Instance) {
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
	for _, f := range gearmand.Faults(v, g.Options()) {
		report := s.advise
		if f.Finding {
			report = s.warn
		}
		fix := f.Fix
		if f.Option != "" {
			fix = d.withoutOption(g, f.Option)
		}
		report(server, fix, "%s: %s", v, f.What)
	}
}
