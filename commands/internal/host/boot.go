package host

import (
	"os"
	"path"
	"regexp"
	"strings"
	"sync"
)

// BootState is whether a service starts with the host.
type BootState int

// The states.
const (
	BootDisabled BootState = iota
	BootEnabled
	BootMasked
	BootStatic // a unit without [Install]
)

// Enabled reports whether a service starts at boot, and by which link; for a disabled one, by is its preset.
func (t Root) Enabled(i Service) (by string, state BootState) {
	if !i.Unit {
		return t.enabledSysV(i.Name)
	}
	if target, err := os.Readlink(t.Path(i.Path)); err == nil && target == "/dev/null" {
		return "", BootMasked
	}
	text := t.Text(i.Path)
	for _, dir := range UnitDirs {
		for _, target := range t.Names(dir) {
			if !strings.HasSuffix(target, ".wants") && !strings.HasSuffix(target, ".requires") {
				continue
			}
			for _, name := range append(unitAliases(text), i.Name+".service") {
				link := path.Join(dir, target, name)
				if _, err := t.Lstat(link); err == nil {
					return link, BootEnabled
				}
			}
		}
	}
	if !strings.Contains(text, "[Install]") {
		return "", BootStatic
	}
	if rule := t.preset(i.Name + ".service"); rule != "" {
		return " (" + rule + ")", BootDisabled
	}
	return "", BootDisabled
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
func (t Root) enabledSysV(name string) (by string, state BootState) {
	for _, level := range []string{"3", "5", "2", "4"} {
		for _, dir := range []string{"/etc/rc" + level + ".d", "/etc/rc.d/rc" + level + ".d"} {
			for _, link := range t.Names(dir) {
				if rest := strings.TrimLeft(strings.TrimPrefix(link, "S"), "0123456789"); link[0] == 'S' && rest == name {
					return path.Join(dir, link), BootEnabled
				}
			}
		}
	}
	return "", BootDisabled
}

// presetDirs are the directories of presets, in the order of precedence.
var presetDirs = []string{"/etc/systemd/system-preset", "/run/systemd/system-preset", "/usr/lib/systemd/system-preset", "/lib/systemd/system-preset"}

// preset returns the preset for a unit. It takes effect only when a package is installed.
func (t Root) preset(unit string) string {
	for _, file := range t.Merged(presetDirs, ".preset") {
		for line := range strings.Lines(t.Text(file)) {
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
