package doctor

import (
	"errors"
	"io/fs"
	"slices"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
	"gearctl/wire/modgearman"
)

// coreFiles are where the distributions install the configurations of cores.
var coreFiles = [...]string{
	"/etc/icinga/icinga.cfg", "/etc/naemon/naemon.cfg", "/etc/nagios/nagios.cfg", "/etc/nagios4/nagios.cfg", "/etc/nagios3/nagios.cfg",
	"/usr/local/nagios/etc/nagios.cfg", "/usr/local/icinga/etc/icinga.cfg", "/opt/naemon/etc/naemon/naemon.cfg",
}

// findCores reads the configuration of --core, else those found in the usual places. Of several, only those that load the
// module count: a core installed as a dependency and never used is not a finding.
func (d *inspection) findCores() error {
	if d.o.core != "" {
		c, err := readCore(d.root, d.root.FromFlag(d.o.core), "")
		if err != nil {
			return cmderr.Usagef("--core %.200s: %s", d.o.core, cmderr.RootCause(err))
		}
		d.cores = []*coreConfig{c}
		return nil
	}
	for _, file := range coreFiles {
		d.addCore(file, "", nil)
	}
	for i := range d.sites {
		if file, extra := d.sites[i].CoreFile(); file != "" {
			d.addCore(file, extra, &d.sites[i])
		}
	}
	loads := func(c *coreConfig) bool { return len(c.modules) > 0 }
	if slices.ContainsFunc(d.cores, loads) {
		d.cores = slices.DeleteFunc(d.cores, func(c *coreConfig) bool { return !loads(c) })
	}
	return nil
}

func (d *inspection) addCore(file, extra string, site *host.OMDSite) {
	c, err := readCore(d.root, file, extra)
	if errors.Is(err, fs.ErrNotExist) {
		return
	} else if err != nil {
		d.broken = append(d.broken, unreadableConfig{path: file, err: err, core: true})
		return
	}
	c.site = site
	d.cores = append(d.cores, c)
}

// findModules reads the configuration of --config, else those of the context, else those that the cores load, else those found in the usual places.
func (d *inspection) findModules() {
	if named := d.env.Globals.Config.Path; named != "" {
		d.load(&d.modules, d.root.FromFlag(named), modconf.RoleNEB, "")
		return
	}
	if named := d.env.ContextConfigs(); len(named) > 0 {
		for _, file := range named {
			d.load(&d.modules, file, modconf.RoleNEB, "")
		}
		return
	}
	for _, c := range d.cores {
		first := len(d.modules)
		for _, m := range c.modules {
			switch {
			case !m.define:
				d.load(&d.modules, m.at.File, modconf.RoleNEB, "")
			case m.config() != "":
				d.load(&d.modules, m.config(), modconf.RoleNEB, "")
			}
		}
		for i := range d.modules[first:] {
			d.modules[first+i].Core = c.path
		}
	}
	if len(d.modules) > 0 {
		return
	}
	for _, file := range modconf.StandardFiles(d.root, moduleNames) {
		d.load(&d.modules, file, modconf.RoleNEB, "")
	}
	for i := range d.sites {
		if s := &d.sites[i]; s.IsOn("MOD_GEARMAN") {
			d.load(&d.modules, s.File("etc/mod-gearman/server.cfg"), modconf.RoleNEB, "")
		}
	}
}

// findWorkers reads the configurations of --worker-config, else those that the workers' services are started with, else
// those found in the usual places.
func (d *inspection) findWorkers() {
	if named := d.o.workerConfigs.Value(); len(named) > 0 {
		for _, file := range named {
			d.load(&d.workers, d.root.FromFlag(file), modconf.RoleWorker, "")
		}
		return
	}
	named, bare := d.root.ServiceOptions(workerServices, "--config")
	for _, w := range named {
		d.load(&d.workers, w.Text, modconf.RoleWorker, w.File)
	}
	if d.searchWorkers = bare || len(named) == 0; d.searchWorkers {
		for _, file := range modconf.StandardFiles(d.root, workerNames) {
			d.load(&d.workers, file, modconf.RoleWorker, "")
		}
	}
	for i := range d.sites {
		if s := &d.sites[i]; s.IsOn("GEARMAN_WORKER") {
			d.load(&d.workers, s.File("etc/mod-gearman/worker.cfg"), modconf.RoleWorker, "")
		}
	}
}

func moduleNames(p modconf.Product) []string { return p.ModuleConfigs }
func workerNames(p modconf.Product) []string { return p.WorkerConfigs }

// load reads a configuration of Mod-Gearman, each file once. One of a core with several modules is that many. namedBy is the file that names it, if any.
func (d *inspection) load(list *[]modconf.Config, file string, r modconf.Role, namedBy string) {
	for _, c := range *list {
		if c.Path == file {
			return
		}
	}
	c, err := modgearman.LoadFrom(file, d.root.At)
	if err != nil && slices.ContainsFunc(d.broken, func(b unreadableConfig) bool { return b.path == file }) {
		return
	} else if err != nil {
		d.broken = append(d.broken, unreadableConfig{path: file, err: err, namedBy: namedBy})
		return
	}
	for _, module := range c.Modules() {
		config := modconf.Config{Config: module, Role: r}
		if module.IsModule() {
			config.Core = file
		}
		*list = append(*list, config)
	}
}
