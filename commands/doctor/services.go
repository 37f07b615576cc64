package doctor

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gearctl/commands/internal/modconf"
)

// service is a systemd unit or an init script.
type service struct {
	name string
	path string
	unit bool
}

// The names of services.
var (
	workerServices  = []string{"mod-gearman-worker", "mod_gearman_worker", "mod-gearman2-worker", "mod_gearman2_worker", "mod-gearman-worker-go", "nagios-mod-gearman-worker"}
	gearmanServices = []string{"gearmand", "gearman-job-server"}
	unitDirs        = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}
	initDirs        = []string{"/etc/init.d", "/etc/rc.d/init.d"}
)

func coreServices(core string) []string {
	if core == "nagios" {
		return []string{"nagios", "nagios4", "nagios3"}
	}
	return []string{core}
}

// findService returns the unit of a name, else its init script.
func (d *inspection) findService(name string) (service, bool) {
	for _, dir := range unitDirs {
		file := path.Join(dir, name+".service")
		if info, err := d.root.lstat(file); err == nil && !info.IsDir() {
			return service{name, file, true}, true
		}
	}
	for _, dir := range initDirs {
		if file := path.Join(dir, name); d.root.isFile(file) {
			return service{name, file, false}, true
		}
	}
	return service{}, false
}

// serviceCommand is the command that starts, stops or restarts the first installed service.
func (d *inspection) serviceCommand(verb string, services []string) string {
	for _, name := range services {
		if i, ok := d.findService(name); ok && i.unit {
			return "systemctl " + verb + " " + name
		} else if ok {
			return "service " + name + " " + verb
		}
	}
	return verb + " " + services[0]
}

// coreServiceCommand is the command that starts, stops or restarts a core.
func (d *inspection) coreServiceCommand(c *coreConfig, verb string) string {
	if c.site != nil {
		return "omd " + verb + " " + c.site.name + " " + c.name
	}
	return d.serviceCommand(verb, coreServices(c.name))
}

var scriptUser = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*(?:[A-Z_]*USER)=["']?([A-Za-z_][A-Za-z0-9_.-]*)`)
})

// user returns the user that a service runs as, empty if unknown.
func (i service) user(t rootFS) string {
	if i.unit {
		return cmp.Or(i.setting(t, "User"), "root")
	}
	for _, file := range append(i.variableFiles(), i.path) {
		if m := scriptUser().FindStringSubmatch(t.text(file)); m != nil {
			return m[1]
		}
	}
	return ""
}

// checkBoot checks whether everything starts at boot.
func (d *inspection) checkBoot(s *section) {
	for _, c := range d.cores {
		if c.site == nil {
			d.checkService(s, "the core", coreServices(c.name))
		}
	}
	if slices.ContainsFunc(d.configuredServers(), d.isLocal) && !d.allInSites() {
		d.checkService(s, "gearmand", gearmanServices)
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
	return slices.ContainsFunc(d.sites, func(s omdSite) bool { return s.owns(file) })
}

func (d *inspection) checkService(s *section, what string, services []string) {
	found := false
	for _, name := range services {
		i, ok := d.findService(name)
		if !ok {
			continue
		}
		found = true
		switch by, state := d.enabled(i); state {
		case bootEnabled:
			s.ok(name, "%s starts at boot: %s", what, by)
		case bootMasked:
			s.fail(name, "systemctl unmask "+name+" && systemctl enable --now "+name, "%s is masked: %s is a link to /dev/null", what, i.path)
		case bootStatic:
			s.unknown(name, "systemctl list-dependencies --reverse "+name, "the unit of %s cannot be enabled: another unit must start it", what)
		default:
			s.fail(name, d.enableCommand(i), "%s does not start at boot%s", what, by)
		}
	}
	if !found {
		s.unknown(what, "find out what starts it at boot", "no unit and no init script of %s is installed (%s)", what, strings.Join(services, ", "))
	}
}

func (d *inspection) enableCommand(i service) string {
	switch {
	case i.unit:
		return "systemctl enable --now " + i.name
	case d.root.exists("/usr/sbin/update-rc.d"), d.root.exists("/etc/debian_version"):
		return "update-rc.d " + i.name + " defaults"
	}
	return "chkconfig --add " + i.name + " && chkconfig " + i.name + " on"
}

// checkSite reports whether Mod-Gearman is on in a site, and in the section whether the site starts at boot.
func (d *inspection) checkSite(s *section, site *omdSite) bool {
	if !site.isOn("MOD_GEARMAN") {
		return false
	}
	object := "OMD site " + site.name
	if value, ok := site.conf["AUTOSTART"]; ok && !strings.EqualFold(value, "on") {
		s.fail(object, "omd config "+site.name+" set AUTOSTART on", "does not start at boot: AUTOSTART=%s", value)
	} else {
		s.ok(object, "starts at boot, with %s", site.parts())
	}
	return true
}

// parts lists the components that are enabled in a site.
func (s *omdSite) parts() string {
	parts := []string{s.conf["CORE"]}
	for _, name := range []string{"GEARMAND", "GEARMAN_NEB", "GEARMAN_WORKER"} {
		if s.isOn(name) {
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, ", ")
}
