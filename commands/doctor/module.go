package doctor

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
)

// checkModules checks whether the core's configuration loads the module, and with what.
func (d *inspection) checkModules(s *section) {
	for _, c := range d.cores {
		d.checkCore(s, c)
	}
	for _, b := range d.broken {
		if b.core {
			b.report(s, d)
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
	case d.hasGearmandAlone():
		s.ok("this host", "neither a core nor Mod-Gearman: a gearmand host")
	default:
		s.unknown("this host", "name the files with --core, --config and --worker-config", "neither a core nor Mod-Gearman found in the usual places")
	}
}

func (d *inspection) checkCore(s *section, c *coreConfig) {
	for _, m := range c.missing {
		s.fail(m.at.String(), host.DisableLine(m.at.File, m.at.Line), "cannot read %s: its settings are missing", m.value)
	}
	stray := d.strayModules(c)
	switch {
	case len(c.modules) == 0 && len(stray) > 0:
		s.fail(c.path, d.readStrayFix(c, stray[0]), "does not load Mod-Gearman: %s would, but the core does not read it", stray[0].at)
	case len(c.modules) == 0 && c.site != nil:
		s.fail(c.path, fmt.Sprintf("omd config %s set MOD_GEARMAN on", c.site.Name), "does not load Mod-Gearman: no broker_module line names it")
	case len(c.modules) == 0:
		s.fail(c.path, d.loadFix(c), "does not load Mod-Gearman: the core runs every check itself")
	case len(c.modules) > 1:
		d.reportSeveral(s, c)
	}
	for _, m := range c.modules {
		d.checkModule(s, c, m)
	}
	if len(c.modules) > 0 {
		d.checkBroker(s, c)
		d.checkStandby(s, c)
		if d.env.Globals.Config.Path == "" {
			d.checkUnusedModuleConfigs(s)
		}
	}
}

// reportSeveral reports several modules: the core asks them in turn, and the first that takes a check is the last to see it.
func (d *inspection) reportSeveral(s *section, c *coreConfig) {
	first, n, lines := c.modules[0], len(c.modules), cmderr.Quoted(moduleOrigins(c.modules))
	fix := c.modules[1].disable() + " && " + d.coreServiceCommand(c, "restart")
	if slices.ContainsFunc(c.modules, func(m moduleLine) bool { return !slices.Equal(m.args, first.args) }) {
		s.warn(c.path, fix, "loads Mod-Gearman %d times, each with settings of its own (%s): a check goes to the first that takes it, performance data to the queues of each", n, lines)
		return
	}
	s.fail(c.path, fix, "loads Mod-Gearman %d times with the same settings (%s): performance data and exports are sent as many times", n, lines)
}

func moduleOrigins(modules []moduleLine) []string {
	var list []string
	for _, m := range modules {
		list = append(list, m.at.String())
	}
	return list
}

// loadFix is the fix for a core that does not load the module.
func (d *inspection) loadFix(c *coreConfig) string {
	file, config, restart := modconf.InstalledModule(d.root, c.name), d.moduleConfig(c.name), " && "+d.coreServiceCommand(c, "restart")
	install := ""
	if file == "" && c.name == modconf.NagiosModGearman.Core {
		return d.installModule(c.name)
	}
	if file == "" {
		file, install = modconf.ForCore(c.name).Module, d.installModule(c.name)+" && "
		if c.name == "icinga" {
			file = "/usr/lib64/mod_gearman/mod_gearman.o"
		}
	}
	if c.name != "icinga" {
		return install + host.AppendLine(c.path, "broker_module="+file+" config="+config) + restart
	}
	definition := path.Join(path.Dir(c.path), "modules/mod_gearman.cfg")
	edit := fmt.Sprintf(`mkdir -p %s && printf '%%s\n' 'define module{' '  module_name mod_gearman' '  module_type neb' %s '}' > %s`,
		quoteAll(path.Dir(definition)), quoteAll("  path "+file, "  args config="+config), quoteAll(definition))
	if !slices.Contains(c.dirs, path.Dir(definition)) {
		edit += " && " + host.AppendLine(c.path, "cfg_dir="+path.Dir(definition))
	}
	return install + edit + restart
}

// readStrayFix is the fix for a file that the core does not read.
func (d *inspection) readStrayFix(c *coreConfig, m moduleLine) string {
	dir, restart := path.Dir(m.at.File), " && "+d.coreServiceCommand(c, "restart")
	switch {
	case c.name == "icinga" && m.define:
		return host.AppendLine(c.path, "cfg_dir="+dir) + restart
	case c.name == "naemon":
		return host.AppendLine(c.path, "include_dir="+dir) + restart
	}
	return host.AppendLine(c.path, "broker_module="+strings.Join(append([]string{m.path}, m.args...), " ")) + restart
}

// disable is the command that makes a comment of the line or definition.
func (m moduleLine) disable() string {
	if m.define {
		return host.DisableBlock(m.at.File, m.at.Line)
	}
	return host.DisableLine(m.at.File, m.at.Line)
}

// configPathFix is the fix for a module whose configuration is missing.
func (d *inspection) configPathFix(m moduleLine, config string) string {
	for _, file := range modconf.StandardFiles(d.root, moduleNames) {
		return host.ReplaceText(m.at.File, m.argsLine, config, file)
	}
	return "write the path of the module's configuration"
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
func (d *inspection) checkModule(s *section, c *coreConfig, m moduleLine) {
	object := m.at.String()
	release, good := d.checkModuleFile(s, c, m)
	switch config := m.config(); {
	case config == "" && m.define && len(m.args) == 0:
		good = false
		s.fail(object, host.InsertLine(m.at.File, m.pathLine, "args config="+d.moduleConfig("icinga")), "the module is loaded without config=")
	case config == "":
		if m.define {
			s.unknown(object, "move the options into a file and write config=FILE", "its options are in args, which are not checked")
		}
	case !d.root.Exists(config):
		good = false
		s.fail(object, d.configPathFix(m, config), "config=%s does not exist: the core will not start", config)
	case m.define && len(m.args) > 1:
		s.unknown(object, "move the options into "+config, "options beside config= are not checked")
	}
	if good {
		s.ok(object, "loads %s: %s", strings.Join(append([]string{m.path}, m.args...), " "), cmp.Or(release, "its version is not in the file"))
	}
}

// brokerEverything is the bits of all events.
const brokerEverything = 1<<20 - 1

// checkBroker checks event_broker_options. If it is not set, Nagios, Naemon and Icinga 1 take it for 0.
func (d *inspection) checkBroker(s *section, c *coreConfig) {
	fix := d.setCore(c, "event_broker_options", "-1")
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
	for _, file := range d.unused(moduleNames, used) {
		s.warn(file, host.PutAside(file), "exists, but the core loads another file: changes to it have no effect")
	}
}
