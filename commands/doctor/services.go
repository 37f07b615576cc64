package doctor

import (
	"slices"
	"strings"

	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
)

// workerServices are the names of the workers' services.
var workerServices = modconf.AllNames(func(p modconf.Product) []string { return p.WorkerServices })

func coreServices(core string) []string {
	if core == "nagios" {
		return []string{"nagios", "nagios4", "nagios3"}
	}
	return []string{core}
}

// coreServiceCommand is the command that starts, stops or restarts a core.
func (d *inspection) coreServiceCommand(c *coreConfig, verb string) string {
	if c.site != nil {
		return "omd " + verb + " " + c.site.Name + " " + c.name
	}
	return d.root.ServiceCommand(verb, coreServices(c.name))
}

// checkBoot checks whether everything starts at boot.
func (d *inspection) checkBoot(s *section) {
	for _, c := range d.cores {
		if c.site == nil {
			d.checkService(s, "the core", coreServices(c.name))
		}
	}
	if slices.ContainsFunc(d.configuredServers(), d.isLocal) && !d.allInSites() {
		d.checkService(s, "gearmand", gearmand.Services())
	}
	if slices.ContainsFunc(d.workers, func(w modconf.Config) bool { return !d.inSite(w.Path) }) {
		d.checkService(s, "the worker", workerServices)
	}
	d.checkPerlServer(s)
	on := false
	for i := range d.sites {
		on = d.checkSite(s, &d.sites[i]) || on
	}
	if on {
		d.checkService(s, "OMD", []string{"omd"})
	}
}

// allInSites reports whether all configurations of Mod-Gearman belong to OMD sites.
func (d *inspection) allInSites() bool {
	for _, c := range slices.Concat(d.modules, d.workers) {
		if !d.inSite(c.Path) {
			return false
		}
	}
	return true
}

func (d *inspection) inSite(file string) bool {
	return slices.ContainsFunc(d.sites, func(s host.OMDSite) bool { return s.Owns(file) })
}

func (d *inspection) checkService(s *section, what string, services []string) {
	found := false
	for _, name := range services {
		i, ok := d.root.FindService(name)
		if !ok {
			continue
		}
		found = true
		switch by, state := d.root.Enabled(i); state {
		case host.BootEnabled:
			s.ok(name, "%s starts at boot: %s", what, by)
		case host.BootMasked:
			s.fail(name, "systemctl unmask "+name+" && systemctl enable --now "+name, "%s is masked: %s is a link to /dev/null", what, i.Path)
		case host.BootStatic:
			s.unknown(name, "systemctl list-dependencies --reverse "+name, "the unit of %s cannot be enabled: another unit must start it", what)
		default:
			s.fail(name, d.root.EnableCommand(i), "%s does not start at boot%s", what, by)
		}
	}
	if !found {
		s.unknown(what, "systemctl list-unit-files "+quoteAll("*"+services[0]+"*"), "no unit and no init script of %s is installed (%s)", what, strings.Join(services, ", "))
	}
}

// checkSite reports whether Mod-Gearman is on in a site, and in the section whether the site starts at boot.
func (d *inspection) checkSite(s *section, site *host.OMDSite) bool {
	if !site.IsOn("MOD_GEARMAN") {
		return false
	}
	object := "OMD site " + site.Name
	if value, ok := site.Option("AUTOSTART"); ok && !strings.EqualFold(value, "on") {
		s.fail(object, "omd config "+site.Name+" set AUTOSTART on", "does not start at boot: AUTOSTART=%s", value)
	} else {
		s.ok(object, "starts at boot, with %s", strings.Join(site.Parts(), ", "))
	}
	return true
}
