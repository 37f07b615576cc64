package doctor

import (
	"strings"

	"gearctl/wire/modgearman"
)

// definedModules returns the definitions in a file of objects that load Mod-Gearman into Icinga 1:
//
//	define module{
//	  module_name  mod_gearman
//	  module_type  neb
//	  path         /usr/lib64/mod_gearman/mod_gearman.o
//	  args         config=/etc/mod_gearman/mod_gearman_neb.conf
//	}
func definedModules(path, text string) []moduleLine {
	var list []moduleLine
	var open *moduleLine // the definition that is being read
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, ";")
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case words[0] == "define":
			open = nil
			if kind, _, _ := strings.Cut(strings.Join(words[1:], ""), "{"); kind == "module" {
				open = &moduleLine{at: modgearman.Origin{File: path, Line: number}, define: true}
			}
		case open == nil:
		case strings.HasPrefix(words[0], "}"):
			if isModGearman(open.path) {
				list = append(list, *open)
			}
			open = nil
		case words[0] == "path" && len(words) > 1:
			open.path, open.pathLine = words[1], number
		case words[0] == "args":
			open.args, open.argsLine = words[1:], number
		}
	}
	return list
}
