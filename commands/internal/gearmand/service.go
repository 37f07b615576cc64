package gearmand

import (
	"path"
	"slices"
	"strings"

	"gearctl/commands/internal/host"
)

// Services are the names of gearmand's service.
func Services() []string { return []string{"gearmand", "gearman-job-server"} }

// optionFiles are the files with gearmand's options where no service starts it.
func optionFiles() []string {
	return []string{"/etc/default/gearman-job-server", "/etc/default/gearmand", "/etc/sysconfig/gearmand"}
}

// Configured is a gearmand as the files of a host start it.
type Configured struct {
	Service host.Service // its Name is empty if no service starts it
	Options Options
}

// FromFiles returns the gearmands that the services of a host start, else the one that its files with options describe.
func FromFiles(t host.Root) []Configured {
	var list []Configured
	for _, name := range slices.Concat(Services(), otherUnits(t)) {
		i, ok := t.FindService(name)
		if !ok || slices.ContainsFunc(list, func(c Configured) bool { return t.Resolve(c.Service.Path) == t.Resolve(i.Path) }) {
			continue // the link of an alias
		}
		list = append(list, Configured{i, parseOptions(t.ProgramArgs(i, "gearmand")).withConfig(t)})
	}
	if len(list) > 0 {
		return list
	}
	var words []host.Argument
	for _, file := range optionFiles() {
		words = append(words, host.ScriptArgs(t, file)...)
	}
	return []Configured{{Options: parseOptions(words).withConfig(t)}}
}

// otherUnits returns the units of other names that start a gearmand.
func otherUnits(t host.Root) (names []string) {
	for _, dir := range host.UnitDirs {
		for _, file := range t.Names(dir) {
			name, ok := strings.CutSuffix(file, ".service")
			if !ok || slices.Contains(Services(), name) || !t.IsFile(path.Join(dir, file)) {
				continue
			}
			words := t.CommandLine(host.Service{Name: name, Path: path.Join(dir, file), Unit: true})
			if len(words) > 0 && path.Base(words[0].Text) == "gearmand" {
				names = append(names, name)
			}
		}
	}
	return names
}
