package modconf

import (
	"path"
	"slices"
	"strings"

	"gearctl/commands/internal/host"
)

// Product is a distribution of Mod-Gearman, with the names under which it is installed. This table is the one place that knows
// them.
type Product struct {
	Name           string
	Core           string   // the core that its module is for
	Module         string   // the module's usual path
	ModuleDirs     []string // of modules
	ModuleConfig   string   // the module's usual configuration
	Dirs           []string // of configurations
	ModuleConfigs  []string // names in them
	WorkerConfigs  []string
	WorkerServices []string
	marker         string // in the files of its programs
	affected       releases
}

// releases are those from one to another; fixed is the one after them, empty if there is none yet.
type releases struct{ from, to, fixed string }

// The products.
var (
	ModGearman = Product{
		Name: "mod_gearman", Core: "naemon", marker: "mod_gearman", affected: releases{"5.1.1", "5.2.3", "5.2.4"},
		Module: "/usr/lib64/mod_gearman/mod_gearman_naemon.o", ModuleConfig: "/etc/mod_gearman/module.conf",
		ModuleDirs: []string{"/usr/lib64/mod_gearman", "/usr/lib/mod_gearman", "/usr/local/lib/mod_gearman"},
		Dirs: []string{
			"/etc/mod_gearman", "/etc/mod-gearman", "/etc/mod_gearman2", "/etc/mod-gearman2",
			"/etc/mod-gearman-worker", "/etc/mod-gearman-worker-go", "/usr/local/mod_gearman/etc",
		},
		ModuleConfigs:  []string{"mod_gearman_neb.conf", "module.conf"},
		WorkerConfigs:  []string{"mod_gearman_worker.conf", "worker.conf", "worker.cfg"},
		WorkerServices: []string{"mod-gearman-worker", "mod_gearman_worker", "mod-gearman2-worker", "mod_gearman2_worker", "mod-gearman-worker-go"},
	}
	NagiosModGearman = Product{ // a fork of mod_gearman 5.1 for Nagios Core and XI
		Name: "nagios-mod-gearman", Core: "nagios", marker: "nagios-mod-gearman", affected: releases{"1.0.0", "1.0.1", ""},
		Module: "/usr/lib64/nagios-mod-gearman/nagios-mod-gearman.o", ModuleConfig: "/etc/nagios-mod-gearman/module.conf",
		ModuleDirs:     []string{"/usr/lib64/nagios-mod-gearman", "/usr/lib/nagios-mod-gearman", "/usr/local/lib/nagios-mod-gearman"},
		Dirs:           []string{"/etc/nagios-mod-gearman", "/usr/local/etc/nagios-mod-gearman"},
		ModuleConfigs:  []string{"module.conf", "nagios-mod-gearman-neb.conf"},
		WorkerConfigs:  []string{"worker.conf", "nagios-mod-gearman-worker.conf"},
		WorkerServices: []string{"nagios-mod-gearman-worker"},
	}
)

// Products returns all products.
func Products() []Product { return []Product{ModGearman, NagiosModGearman} }

// ForCore returns the product whose module a core loads: naemon or nagios. Icinga 1 has none of today.
func ForCore(core string) Product {
	if core == NagiosModGearman.Core {
		return NagiosModGearman
	}
	return ModGearman
}

// AllNames returns a list of names of all products, each once.
func AllNames(list func(Product) []string) []string {
	var all []string
	for _, p := range Products() {
		for _, name := range list(p) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// WrongCore returns the core that a module file is for by its name, if that is not the one that loads it.
func WrongCore(core, module string) (other string, wrong bool) {
	name := path.Base(module)
	switch {
	case name == path.Base(NagiosModGearman.Module):
		other = "nagios"
	case strings.Contains(name, "_naemon"):
		other = "naemon"
	case strings.Contains(name, "_nagios"):
		other = "nagios"
	case strings.Contains(name, "_icinga"):
		other = "icinga"
	}
	return other, other != "" && other != core
}

// StandardFiles returns the files with one of the names in the directories of the distributions, each once.
func StandardFiles(root host.Root, names func(Product) []string) []string {
	var files, seen []string
	for _, p := range Products() {
		for _, dir := range p.Dirs {
			for _, name := range names(p) {
				file := path.Join(dir, name)
				if resolved := root.Resolve(file); root.Exists(file) && !slices.Contains(seen, resolved) {
					files, seen = append(files, file), append(seen, resolved)
				}
			}
		}
	}
	return files
}
