package commands

import (
	"path/filepath"
	"strings"

	"gearctl/wire/modgearman"
)

// role is who reads a configuration file.
type role string

// The roles, which are also what --role takes.
const (
	roleNEB    role = "neb"
	roleWorker role = "worker"
	roleBoth   role = "both"
)

// roleOf tells who reads a configuration: by its name, as mod_gearman_neb.conf, else by the options that only the
// module or only a worker has. A file without either is both's.
func roleOf(c *modgearman.Config) role {
	name := strings.ToLower(filepath.Base(c.Path))
	switch neb, worker := strings.Contains(name, "neb") || strings.Contains(name, "module"), strings.Contains(name, "worker"); {
	case neb && !worker:
		return roleNEB
	case worker && !neb:
		return roleWorker
	}
	neb, worker := 0, 0
	for _, e := range c.Entries {
		option, _ := modgearman.LookupOption(e.Spelling)
		switch forNEB, forWorker := option.Users&modgearman.UsedByNEB != 0, option.Users&(modgearman.UsedByWorker|modgearman.UsedByGo) != 0; {
		case forNEB && !forWorker:
			neb++
		case forWorker && !forNEB:
			worker++
		}
	}
	switch {
	case neb > 0 && worker == 0:
		return roleNEB
	case worker > 0 && neb == 0:
		return roleWorker
	}
	return roleBoth
}

// program returns the C program whose view of the file is shown.
func (r role) program() modgearman.Program {
	if r == roleWorker {
		return modgearman.ProgramWorker
	}
	return modgearman.ProgramNEB
}

// views returns the configuration as that of the module and that of a worker, nil where it is not one's.
func (r role) views(c *modgearman.Config) (neb, worker *modgearman.Config) {
	if r != roleWorker {
		neb = c
	}
	if r != roleNEB {
		worker = c
	}
	return neb, worker
}
