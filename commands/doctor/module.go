package doctor

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"gearctl/commands/internal/cmderr"
)

// checkModules checks whether the core's configuration loads the module, and with what.
func (d *inspection) checkModules(s *section) {
	for _, c := range d.cores {
		d.checkCore(s, c)
	}
	for _, b := range d.broken {
		if b.core {
			b.report(s)
		}
	}
	if len(d.cores) > 0 || len(s.rows) > 0 {
		return
	}
	switch {
	case len(d.modules) > 0:
		s.unknown(d.modules[0].Path, "name the core's configuration with --core FILE", "no icinga.cfg, nagios.cfg or naemon.cfg in the usual places: cannot determine what loads the module")
	case len(d.workers) > 0:
		s.ok("this host", "no core and no module: a worker host")
	default:
		s.unknown("this host", "name the files with --core, --config and --worker-config", "neither a core nor Mod-Gearman found in the usual places")
	}
}

func (d *inspection) checkCore(s *section, c *coreConfig) {
	for _, m := range c.missing {
		s.fail(m.at.String(), "correct the path, or remove the line", "cannot read %s: its settings are missing", m.value)
	}
	stray := d.strayModules(c)
	switch {
	case len(c.modules) == 0 && len(stray) > 0:
		s.fail(c.path, c.readStrayFix(stray[0]), "does not load Mod-Gearman: %s would, but the core does not read it", stray[0].at)
	case len(c.modules) == 0 && c.site != nil:
		s.fail(c.path, fmt.Sprintf("omd config %s set MOD_GEARMAN on", c.site.name), "does not load Mod-Gearman: no broker_module line names it")
	case len(c.modules) == 0:
		s.fail(c.path, c.loadFix(), "does not load Mod-Gearman: the core runs every check itself")
	case len(c.modules) > 1:
		s.fail(c.path, "remove all but one of the lines", "loads Mod-Gearman %d times (%s): every check is sent as many times", len(c.modules), cmderr.Quoted(moduleOrigins(c.modules)))
	}
	for _, m := range c.modules {
		d.checkModule(s, m)
	}
	if len(c.modules) > 0 {
		c.checkBroker(s)
		if d.env.Globals.Config.Path == "" {
			d.checkUnusedModuleConfigs(s)
		}
	}
}

func moduleOrigins(modules []moduleLine) []string {
	var list []string
	for _, m := range modules {
		list = append(list, m.at.String())
	}
	return list
}

// loadFix is the fix for a core that does not load the module.
func (c *coreConfig) loadFix() string {
	if c.name == "icinga" {
		return "write a define module{…} with path and args into " + path.Join(path.Dir(c.path), "modules/mod_gearman.cfg") + ": see docs/how-to/doctor.md"
	}
	return "add broker_module=/usr/lib64/mod_gearman/mod_gearman_" + c.name + ".o config=/etc/mod_gearman/module.conf to " + c.path
}

// readStrayFix is the fix for a file that the core does not read.
func (c *coreConfig) readStrayFix(m moduleLine) string {
	dir := path.Dir(m.at.File)
	switch {
	case c.name == "icinga" && m.define:
		return "add cfg_dir=" + dir + " to " + c.path
	case c.name == "naemon":
		return "add include_dir=" + dir + " to " + c.path
	}
	return "move its broker_module line to " + c.path
}

// strayModules returns the lines that load the module in files beside the configuration that the core does not read.
func (d *inspection) strayModules(c *coreConfig) []moduleLine {
	var stray []moduleLine
	for _, name := range []string{"modules", "module-conf.d", "naemon.d", "nagios.d", "icinga.d", "conf.d"} {
		for _, file := range d.root.CfgFiles(path.Join(path.Dir(c.path), name)) {
			if slices.Contains(c.files, file) {
				continue
			}
			r := coreReader{d.root, &coreConfig{name: c.name, path: c.path, vars: map[string]coreSetting{}}}
			text := d.root.Text(file)
			r.readSettings(file, text)
			stray = append(stray, r.c.modules...)
			if c.name == "icinga" {
				stray = append(stray, definedModules(file, text)...)
			}
		}
	}
	return stray
}

// checkModule checks the files that a line names.
func (d *inspection) checkModule(s *section, m moduleLine) {
	good := true
	object := m.at.String()
	if info, err := d.root.Stat(m.path); err != nil {
		good = false
		s.fail(object, "install the module's package, or correct the path", "cannot read the module %s: %s", m.path, cmderr.RootCause(err))
	} else if !info.Mode().IsRegular() {
		good = false
		s.fail(object, "write the path of the module's .o file", "%s is not a file", m.path)
	}
	switch config := m.config(); {
	case config == "" && m.define && len(m.args) == 0:
		good = false
		s.fail(object, "write args config=/etc/mod_gearman/mod_gearman_neb.conf", "the module is loaded without config=")
	case config == "":
		if m.define {
			s.unknown(object, "move the options into a file and write config=FILE", "its options are in args, which are not checked")
		}
	case !d.root.Exists(config):
		good = false
		s.fail(object, "write the path of the module's configuration", "config=%s does not exist: the core will not start", config)
	case m.define && len(m.args) > 1:
		s.unknown(object, "move the options into "+config, "options beside config= are not checked")
	}
	if good {
		s.ok(object, "loads %s", strings.Join(append([]string{m.path}, m.args...), " "))
	}
}

// brokerEverything is the bits of all events.
const brokerEverything = 1<<20 - 1

// checkBroker checks event_broker_options. If it is not set, Nagios, Naemon and Icinga 1 take it for 0.
func (c *coreConfig) checkBroker(s *section) {
	const fix = "set event_broker_options=-1"
	line, set := c.vars["event_broker_options"]
	n, err := strconv.ParseInt(line.value, 10, 64)
	switch {
	case !set:
		s.fail(c.path, fix, "event_broker_options is not set: the core passes no events to the module")
	case err != nil || n == 0:
		s.fail(line.at.String(), fix, "event_broker_options=%s: the core passes no events to the module", line.value)
	case n > 0 && n&brokerEverything != brokerEverything:
		s.warn(line.at.String(), fix, "event_broker_options=%s: the core passes only some events to the module", line.value)
	default:
		s.ok(line.at.String(), "event_broker_options=%s", line.value)
	}
}

// checkUnusedModuleConfigs checks for configurations of the module that no core loads.
func (d *inspection) checkUnusedModuleConfigs(s *section) {
	used := includedFiles(d.modules)
	for _, c := range d.cores {
		for _, m := range c.modules {
			used = append(used, m.config())
		}
	}
	for _, file := range d.unused(moduleNames[:], used) {
		s.warn(file, "remove it, or point the core's config= at it", "exists, but the core loads another file: changes to it have no effect")
	}
}
