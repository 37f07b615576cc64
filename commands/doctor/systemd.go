package doctor

import (
	"path"
	"strings"
)

// serviceSetting is a line KEY=VALUE in the section [Service] of a unit or of one of its drop-ins.
type serviceSetting struct{ key, value, file string }

// settings returns the settings of a unit and its drop-ins, in the order in which systemd reads them.
func (i service) settings(t rootFS) (list []serviceSetting) {
	for _, file := range append([]string{i.path}, t.dropIns(i.name)...) {
		for _, s := range serviceSettings(t.text(file)) {
			s.file = file
			list = append(list, s)
		}
	}
	return list
}

// setting returns the last value of a key.
func (i service) setting(t rootFS, key string) (value string) {
	for _, s := range i.settings(t) {
		if s.key == key {
			value = s.value
		}
	}
	return value
}

// dropIns returns the files that add to a unit, in the order in which systemd reads them.
func (t rootFS) dropIns(name string) []string {
	dirs := make([]string, 0, len(unitDirs))
	for _, dir := range unitDirs {
		dirs = append(dirs, path.Join(dir, name+".service.d"))
	}
	return t.merged(dirs, ".conf")
}

// serviceSettings reads the section [Service] of a unit.
func serviceSettings(text string) (list []serviceSetting) {
	section := ""
	for line := range strings.Lines(joinLines(text)) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			section = line
		case ok && section == "[Service]":
			list = append(list, serviceSetting{key: strings.TrimSpace(key), value: strings.TrimSpace(value)})
		}
	}
	return list
}
