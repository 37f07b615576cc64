package doctor

import (
	"os"
	"path"
	"regexp"
	"strings"
	"sync"

	"gearctl/commands/internal/host"
)

// bootState is whether a service starts with the host.
type bootState int

const (
	bootDisabled bootState = iota
	bootEnabled
	bootMasked
	bootStatic // a unit without [Install]
)

// enabled reports whether a service starts at boot, and by which link; for a disabled one, by is its preset.
func (d *inspection) enabled(i host.Service) (by string, state bootState) {
	if !i.Unit {
		return d.enabledSysV(i.Name)
	}
	if target, err := os.Readlink(d.linkAt(i.Path)); err == nil && target == "/dev/null" {
		return "", bootMasked
	}
	text := d.root.Text(i.Path)
	for _, dir := range host.UnitDirs {
		for _, target := range d.root.Names(dir) {
			if !strings.HasSuffix(target, ".wants") && !strings.HasSuffix(target, ".requires") {
				continue
			}
			for _, name := range append(unitAliases(text), i.Name+".service") {
				link := path.Join(dir, target, name)
				if _, err := d.root.Lstat(link); err == nil {
					return link, bootEnabled
				}
			}
		}
	}
	if !strings.Contains(text, "[Install]") {
		return "", bootStatic
	}
	if rule := d.preset(i.Name + ".service"); rule != "" {
		return " (" + rule + ")", bootDisabled
	}
	return "", bootDisabled
}

func (d *inspection) linkAt(file string) string {
	return path.Join(d.root.At(path.Dir(file)), path.Base(file))
}

var unitAlias = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*Alias=(.*)$`)
})

func unitAliases(unit string) []string {
	var names []string
	for _, m := range unitAlias().FindAllStringSubmatch(unit, -1) {
		names = append(names, strings.Fields(m[1])...)
	}
	return names
}

// enabledSysV checks for a start link in a multi-user runlevel.
func (d *inspection) enabledSysV(name string) (by string, state bootState) {
	for _, level := range []string{"3", "5", "2", "4"} {
		for _, dir := range []string{"/etc/rc" + level + ".d", "/etc/rc.d/rc" + level + ".d"} {
			for _, link := range d.root.Names(dir) {
				if rest := strings.TrimLeft(strings.TrimPrefix(link, "S"), "0123456789"); link[0] == 'S' && rest == name {
					return path.Join(dir, link), bootEnabled
				}
			}
		}
	}
	return "", bootDisabled
}

// presetDirs are the directories of presets, in the order of precedence.
var presetDirs = []string{"/etc/systemd/system-preset", "/run/systemd/system-preset", "/usr/lib/systemd/system-preset", "/lib/systemd/system-preset"}

// preset returns the preset for a unit. It takes effect only when a package is installed.
func (d *inspection) preset(unit string) string {
	for _, file := range d.root.Merged(presetDirs, ".preset") {
		for line := range strings.Lines(d.root.Text(file)) {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "enable" && words[0] != "disable" {
				continue
			}
			if match, _ := path.Match(words[1], unit); match {
				return "preset " + file + ": " + strings.Join(words[:2], " ")
			}
		}
	}
	return ""
}

// checkPerlServer checks for Debian's package gearman-server, which is not gearmand.
func (d *inspection) checkPerlServer(s *section) {
	perl, good := d.hasPackage("gearman-server"), d.hasPackage("gearman-job-server")
	switch {
	case perl && good:
		s.warn("gearman-server", "apt-get remove gearman-server", "the Perl Gearman::Server is installed alongside gearman-job-server, on the same port")
	case perl:
		s.fail("gearman-server", replacePerl, "the package is the Perl Gearman::Server, which takes no service checks: gearmand is in gearman-job-server")
	}
}

// hasPackage reports whether dpkg has a package installed.
func (d *inspection) hasPackage(name string) bool {
	_, entry, found := strings.Cut("\n"+d.root.Text("/var/lib/dpkg/status"), "\nPackage: "+name+"\n")
	entry, _, _ = strings.Cut(entry, "\n\n")
	return found && strings.Contains("\n"+entry, "\nStatus: install ok installed")
}
