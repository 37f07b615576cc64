package doctor

import (
	"path"
	"strings"

	"gearctl/commands/internal/host"
)

// omdSite is a site of OMD.
type omdSite struct {
	name, dir string
	conf      map[string]string // etc/omd/site.conf, without CONFIG_
}

// omdRoots are the directories of OMD sites; the first is often a link to the second.
var omdRoots = [...]string{"/omd/sites", "/opt/omd/sites"}

// omdSites returns the sites of the host.
func omdSites(t host.Root) []omdSite {
	var sites []omdSite
	for _, root := range omdRoots {
		for _, name := range t.Names(root) {
			dir := path.Join(root, name)
			if conf := t.Text(path.Join(dir, "etc/omd/site.conf")); conf != "" {
				sites = append(sites, omdSite{name, dir, shellVariables(conf, "CONFIG_")})
			}
		}
		if len(sites) > 0 {
			break
		}
	}
	return sites
}

// shellVariables reads lines of PREFIXNAME='VALUE'.
func shellVariables(text, prefix string) map[string]string {
	vars := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if name, is := strings.CutPrefix(strings.TrimPrefix(name, "export "), prefix); ok && is && !strings.HasPrefix(name, "#") {
			vars[name] = strings.Trim(value, `'"`)
		}
	}
	return vars
}

// isOn reports whether a switch of the site is on; a missing one is off.
func (s *omdSite) isOn(name string) bool { return strings.EqualFold(s.conf[name], "on") }

// file returns the path of a file of the site.
func (s *omdSite) file(name string) string { return path.Join(s.dir, name) }

// coreFile returns the main configuration of the site's core and the directory that is merged into it.
func (s *omdSite) coreFile() (file, extra string) {
	name := s.conf["CORE"]
	if name == "" || name == "none" {
		return "", ""
	}
	dir := s.file("etc/" + name)
	return path.Join(dir, name+".cfg"), path.Join(dir, name+".d")
}

// owns reports whether a file is one of the site's.
func (s *omdSite) owns(file string) bool { return strings.HasPrefix(file, s.dir+"/") }
