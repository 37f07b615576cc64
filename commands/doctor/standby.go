package doctor

import (
	"slices"
	"strings"

	"gearctl/commands/internal/host"
)

// paused returns the kinds of checks that a core does not execute, with where that is set: both, if it is a standby. What its
// status file says counts before its configuration, for operators switch a standby over while it runs.
func (c *coreConfig) paused(t host.Root) (kinds []string, where string) {
	status := map[string]string{}
	file := c.vars["status_file"].value
	if file != "" {
		status = programStatus(t.Text(file))
	}
	for _, kind := range []string{"host", "service"} {
		running, known := status["active_"+kind+"_checks_enabled"]
		line, set := c.vars["execute_"+kind+"_checks"]
		switch {
		case known && running == "0":
			kinds, where = append(kinds, kind), file+": active_"+kind+"_checks_enabled=0"
		case !known && set && line.value == "0":
			kinds, where = append(kinds, kind), line.at.String()+": execute_"+kind+"_checks=0"
		}
	}
	return kinds, where
}

// programStatus reads the block of the program in a status file.
func programStatus(text string) map[string]string {
	vars := map[string]string{}
	_, block, _ := strings.Cut(text, "programstatus {")
	block, _, _ = strings.Cut(block, "}")
	for line := range strings.Lines(block) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			vars[name] = value
		}
	}
	return vars
}

// isStandby reports whether a core executes no checks.
func (c *coreConfig) isStandby(t host.Root) bool {
	kinds, _ := c.paused(t)
	return len(kinds) == 2
}

// checkStandby reports a core that executes not all checks: that may be so on purpose.
func (d *inspection) checkStandby(s *section, c *coreConfig) {
	switch kinds, where := c.paused(d.root); len(kinds) {
	case 2:
		s.ok(c.path, "a standby: it executes no checks (%s), so the module sends none until it takes over", where)
	case 1:
		s.ok(c.path, "executes no %s checks (%s)", kinds[0], where)
	}
}

// onStandby reports whether every core that loads a configuration is a standby.
func (d *inspection) onStandby(config string) bool {
	loads := func(c *coreConfig) bool { return c.loads(config) }
	active := func(c *coreConfig) bool { return loads(c) && !c.isStandby(d.root) }
	return slices.ContainsFunc(d.cores, loads) && !slices.ContainsFunc(d.cores, active)
}
