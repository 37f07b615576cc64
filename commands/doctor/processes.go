package doctor

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
)

// checkProcesses checks whether each core runs and has loaded its module.
func (d *inspection) checkProcesses(s *section) {
	for _, c := range d.cores {
		if !d.root.Exists("/proc/self") && !slices.ContainsFunc(d.root.Names("/proc"), isNumber) {
			s.unknown(c.name, "run gearctl doctor on the host itself", "no /proc: cannot see running processes")
			continue
		}
		d.checkProcess(s, c)
	}
}

func (d *inspection) checkProcess(s *section, c *coreConfig) {
	pids := d.pidsOf(c)
	if len(pids) == 0 {
		s.fail(c.name, d.coreServiceCommand(c, "start"), "the core is not running")
		return
	}
	if len(c.modules) == 0 {
		s.ok(c.name, "running, process %s", pids[0])
		return
	}
	object := c.modules[0].path
	var failed error
	for _, pid := range pids {
		maps, err := d.root.Read("/proc/" + pid + "/maps")
		if err != nil {
			failed = err
			continue
		}
		switch loaded, deleted := findMapping(string(maps), d.root.Resolve(object)); {
		case deleted:
			s.warn(object, d.coreServiceCommand(c, "restart"), "process %s of %s has loaded a module file that has since been replaced", pid, c.name)
			return
		case loaded:
			s.ok(object, "loaded by process %s of %s", pid, c.name)
			return
		}
	}
	switch {
	case failed == nil:
		s.fail(object, d.coreServiceCommand(c, "restart"), "%s is running (process %s) but has not loaded the module", c.name, pids[0])
	case errors.Is(failed, fs.ErrPermission):
		s.unknown(object, d.asRoot(), "no permission to see whether process %s of %s has loaded the module", pids[0], c.name)
	default:
		s.unknown(object, "", "cannot see whether process %s of %s has loaded the module: %s", pids[0], c.name, cmderr.RootCause(failed))
	}
}

// pidsOf returns the processes of a core: the one in its lock_file, else those with its name.
func (d *inspection) pidsOf(c *coreConfig) []string {
	if line, ok := c.vars["lock_file"]; ok {
		if pid := strings.TrimSpace(d.root.Text(line.value)); isNumber(pid) && d.runs(pid, c.name) {
			return []string{pid}
		}
	}
	var pids []string
	for _, pid := range d.root.Names("/proc") {
		if isNumber(pid) && d.runs(pid, c.name) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// runs reports whether a process runs the program name.
func (d *inspection) runs(pid, name string) bool {
	comm := strings.TrimSpace(d.root.Text("/proc/" + pid + "/comm"))
	return comm == name || strings.HasPrefix(comm, name) && strings.Trim(comm[len(name):], "0123456789") == ""
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// findMapping searches /proc/PID/maps for a file; deleted means that it was replaced on disk.
func findMapping(maps, file string) (loaded, deleted bool) {
	for line := range strings.Lines(maps) {
		fields := strings.Fields(line)
		if len(fields) > 5 && fields[5] == file {
			loaded = true
			deleted = deleted || strings.HasSuffix(strings.TrimSpace(line), "(deleted)")
		}
	}
	return loaded, deleted
}
