package doctor

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
	"gearctl/wire/modgearman"
)

// checkModuleFile checks whether a module file is for the core that loads it, and its release. It reports the release, empty if
// unknown, and whether the core can load it.
func (d *inspection) checkModuleFile(s *section, c *coreConfig, m moduleLine) (release string, good bool) {
	object := m.at.String()
	info, err := d.root.Stat(m.path)
	other, wrong := modconf.WrongCore(c.name, m.path)
	switch {
	case err != nil && c.name == modconf.NagiosModGearman.Core && m.path != modconf.NagiosModGearman.Module:
		s.fail(object, d.modulePathFix(c, m), "cannot read the module %s: %s (mod_gearman has none for Nagios since 4.0.0; that of nagios-mod-gearman is %s)",
			m.path, cmderr.RootCause(err), modconf.NagiosModGearman.Module)
	case err != nil:
		s.fail(object, d.modulePathFix(c, m), "cannot read the module %s: %s", m.path, cmderr.RootCause(err))
	case !info.Mode().IsRegular():
		s.fail(object, d.modulePathFix(c, m), "%s is not a file", m.path)
	case wrong:
		s.fail(object, d.modulePathFix(c, m), "%s is a module for %s: %s cannot load it", m.path, other, c.name)
	default:
		return d.checkModuleRelease(s, m.path), true
	}
	return "", false
}

// checkModuleRelease reports what is known of the release of a module file, and returns the release.
func (d *inspection) checkModuleRelease(s *section, file string) string {
	program, err := d.root.Read(file)
	if err != nil {
		return ""
	}
	r, ok := modconf.ReleaseOfFile(program)
	if !ok {
		return ""
	}
	if finding, fix := r.Advisory(); finding != "" {
		s.advise(file, fix, "%s; the version is in the file", finding)
	}
	return r.String()
}

// modulePathFix is the fix for a module whose file is missing, or of another core.
func (d *inspection) modulePathFix(c *coreConfig, m moduleLine) string {
	file := modconf.InstalledModule(d.root, c.name)
	if file == "" || file == m.path {
		return d.installModule(c.name)
	}
	return host.ReplaceText(m.at.File, m.pathLine, m.path, file)
}

// reportAdvisory reports what is known of the release of a worker that answered.
func reportAdvisory(s *section, object string, status modgearman.Status) {
	r, ok := modconf.ReleaseOfStatus(status)
	if !ok {
		return
	}
	if finding, fix := r.Advisory(); finding != "" {
		s.advise(object, fix, "%s", finding)
	}
}
