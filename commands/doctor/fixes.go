package doctor

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
	"gearctl/commands/internal/shell"
	"gearctl/wire/modgearman"
)

// asRoot is this command line as root.
func (d *inspection) asRoot() string { return "sudo " + d.typed }

// setOption is the command that sets an option of a configuration, in the last line that has it or in a new one, and restarts
// what reads the configuration.
func (d *inspection) setOption(c modconf.Config, name, value string) string {
	edit := host.AppendLine(c.Path, name+"="+value)
	for _, e := range c.Entries {
		if e.Option == name {
			edit = host.ReplaceLine(e.File, e.Line, name+"="+value)
		}
	}
	return edit + " && " + d.restartReader(c)
}

// restartReader is the command that restarts the core or the worker that reads a configuration.
func (d *inspection) restartReader(c modconf.Config) string {
	if c.Role == modconf.RoleWorker {
		return d.root.ServiceCommand("restart", workerServices)
	}
	return d.coreRestart(c.Path)
}

// coreRestart is the command that restarts the core that loads a configuration.
func (d *inspection) coreRestart(config string) string {
	for _, c := range d.cores {
		if c.loads(config) || len(d.cores) == 1 {
			return d.coreServiceCommand(c, "restart")
		}
	}
	return "restart the core"
}

// setCore is the command that sets a variable of a core and restarts it.
func (d *inspection) setCore(c *coreConfig, name, value string) string {
	edit := host.AppendLine(c.path, name+"="+value)
	if line, ok := c.vars[name]; ok {
		edit = host.ReplaceLine(line.at.File, line.at.Line, name+"="+value)
	}
	return edit + " && " + d.coreServiceCommand(c, "restart")
}

// setting is a fix of config lint that names one value, possibly for another file: a name in capitals is a placeholder for one that only
// the operator knows.
var setting = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^set ([a-z][a-z_-]*)=([^A-Z\s]\S*)( for a worker)?$`)
})

// lintFix is the command for a fix of config lint that is one edit of a line, else the first of its fixes as it is.
func (d *inspection) lintFix(f modgearman.Finding) string {
	fix, _, _ := strings.Cut(f.Fix, ", or ")
	configs := slices.Concat(d.modules, d.workers)
	i := slices.IndexFunc(configs, func(c modconf.Config) bool { return c.Has(f.File) })
	m := setting().FindStringSubmatch(fix)
	switch {
	case i < 0:
	case m != nil && slices.Contains([]string{"key", "password"}, m[1]): // its value is not shown
	case m != nil && m[3] != "":
		if len(d.workers) == 1 {
			return d.addOption(d.workers[0], m[1], m[2])
		}
	case m != nil && f.Line > 0:
		return host.ReplaceLine(f.File, f.Line, m[1]+"="+m[2]) + " && " + d.restartReader(configs[i])
	case m != nil:
		return d.setOption(configs[i], m[1], m[2])
	case fix == "remove the line" && f.Line > 0:
		return host.DisableLine(f.File, f.Line) + " && " + d.restartReader(configs[i])
	}
	return fix
}

// addOption is setOption for an option that may stand several times.
func (d *inspection) addOption(c modconf.Config, name, value string) string {
	if name != "hostgroups" && name != "servicegroups" {
		return d.setOption(c, name, value)
	}
	return host.AppendLine(c.Path, name+"="+value) + " && " + d.restartReader(c)
}

// installModule is the command that installs the module for a core. No distribution has that for Nagios.
func (d *inspection) installModule(core string) string {
	if core == modconf.NagiosModGearman.Core {
		return "install nagios-mod-gearman"
	}
	if d.root.Exists("/etc/debian_version") {
		return "apt-get install mod-gearman-module"
	}
	return "yum install mod_gearman"
}

// moduleConfig returns the configuration that a core should load the module with.
func (d *inspection) moduleConfig(core string) string {
	for _, m := range d.modules {
		return m.Path
	}
	if core == "icinga" {
		return "/etc/mod_gearman/mod_gearman_neb.conf"
	}
	return modconf.ForCore(core).ModuleConfig
}

// quoteAll quotes words and joins them with blanks.
func quoteAll(words ...string) string {
	for i, w := range words {
		words[i] = shell.QuotePrintable(w)
	}
	return strings.Join(words, " ")
}

// groupFix is the command that replaces a name in the list of an option, or removes it if text is empty.
func (d *inspection) groupFix(c modconf.Config, option, name, text string) string {
	for _, e := range c.Entries {
		list := strings.Split(e.C, ",")
		i := slices.IndexFunc(list, func(item string) bool { return strings.TrimSpace(item) == name })
		if e.Option != option || i < 0 {
			continue
		}
		if list[i] = text; text == "" {
			list = slices.Delete(list, i, i+1)
		}
		edit := host.ReplaceLine(e.File, e.Line, option+"="+strings.Join(slices.Compact(list), ","))
		if len(list) == 0 {
			edit = host.DisableLine(e.File, e.Line)
		}
		return edit + " && " + d.restartReader(c)
	}
	return "remove " + name + " from " + option + "="
}
