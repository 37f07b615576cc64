package host

import (
	"path"
	"strings"
)

// OMDSite is a site of OMD.
type OMDSite struct {
	Name string
	dir  string
	conf map[string]string // etc/omd/site.conf, without CONFIG_
}

// omdRoots are the directories of OMD sites; the first is often a link to the second.
var omdRoots = [...]string{"/omd/sites", "/opt/omd/sites"}

// OMDSites returns the sites of the host.
func OMDSites(t Root) []OMDSite {
	var sites []OMDSite
	for _, root := range omdRoots {
		for _, name := range t.Names(root) {
			dir := path.Join(root, name)
			if conf := t.Text(path.Join(dir, "etc/omd/site.conf")); conf != "" {
				sites = append(sites, OMDSite{name, dir, ShellVariables(conf, "CONFIG_")})
			}
		}
		if len(sites) > 0 {
			break
		}
	}
	return sites
}

// ShellVariables reads lines of PREFIXNAME='VALUE'.
func ShellVariables(text, prefix string) map[string]string {
	vars := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if name, is := strings.CutPrefix(strings.TrimPrefix(name, "export "), prefix); ok && is && !strings.HasPrefix(name, "#") {
			vars[name] = strings.Trim(value, `'"`)
		}
	}
	return vars
}

// IsOn reports whether a switch of the site is on; a missing one is off.
func (s *OMDSite) IsOn(name string) bool { return strings.EqualFold(s.conf[name], "on") }

// File returns the path of a file of the site.
func (s *OMDSite) File(name string) string { return path.Join(s.dir, name) }

// CoreFile returns the main configuration of the site's core and the directory that is merged into it.
func (s *OMDSite) CoreFile() (file, extra string) {
	name := s.conf["CORE"]
	if name == "" || name == "none" {
		return "", ""
	}
	dir := s.File("etc/" + name)
	return path.Join(dir, name+".cfg"), path.Join(dir, name+".d")
}

// Owns reports whether a file is one of the site's.
func (s *OMDSite) Owns(file string) bool { return strings.HasPrefix(file, s.dir+"/") }

// Option returns a variable of the site's configuration.
func (s *OMDSite) Option(name string) (value string, ok bool) {
	value, ok = s.conf[name]
	return value, ok
}

// Parts lists the core and the components of Mod-Gearman that are enabled in the site.
func (s *OMDSite) Parts() []string {
	core, _ := s.Option("CORE")
	parts := []string{core}
	for _, name := range []string{"GEARMAND", "GEARMAN_NEB", "GEARMAN_WORKER"} {
		if s.IsOn(name) {
			parts = append(parts, name)
		}
	}
	return parts
}
