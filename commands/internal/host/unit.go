package host

import (
	"path"
	"strings"
)

// Setting is a line KEY=VALUE in the section [Service] of a unit or of one of its drop-ins.
type Setting struct{ Key, Value, File string }

// Settings returns the settings of a unit and its drop-ins, in the order in which systemd reads them.
func (i Service) Settings(t Root) (list []Setting) {
	for _, file := range append([]string{i.Path}, t.dropIns(i.Name)...) {
		for _, s := range serviceSettings(t.Text(file)) {
			s.File = file
			list = append(list, s)
		}
	}
	return list
}

// Setting returns the last value of a key.
func (i Service) Setting(t Root, key string) (value string) {
	for _, s := range i.Settings(t) {
		if s.Key == key {
			value = s.Value
		}
	}
	return value
}

// dropIns returns the files that add to a unit, in the order in which systemd reads them.
func (t Root) dropIns(name string) []string {
	dirs := make([]string, 0, len(UnitDirs))
	for _, dir := range UnitDirs {
		dirs = append(dirs, path.Join(dir, name+".service.d"))
	}
	return t.Merged(dirs, ".conf")
}

// Settings reads the section [Service] of a unit.
func serviceSettings(text string) (list []Setting) {
	section := ""
	for line := range strings.Lines(joinLines(text)) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			section = line
		case ok && section == "[Service]":
			list = append(list, Setting{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value)})
		}
	}
	return list
}
