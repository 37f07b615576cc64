package modconf

import (
	"path"
	"strings"

	"gearctl/commands/internal/host"
)

// InstalledModule returns a .o file on a host of the module for a core, empty if none is found.
func InstalledModule(t host.Root, core string) string {
	var found []string
	for _, dir := range AllNames(func(p Product) []string { return p.ModuleDirs }) {
		for _, name := range t.Names(dir) {
			file := path.Join(dir, name)
			if _, wrong := WrongCore(core, file); strings.HasSuffix(name, ".o") && t.IsFile(file) && !wrong {
				found = append(found, file)
			}
		}
	}
	for _, file := range found {
		if strings.Contains(path.Base(file), core) {
			return file
		}
	}
	return strings.Join(found[:min(len(found), 1)], "")
}
