package modconf

import (
	"path/filepath"
	"strings"

	"gearctl/wire/modgearman"
)

// Role says which programs read a configuration file.
type Role string

// The roles, which are also what --role takes.
const (
	RoleNEB    Role = "neb"
	RoleWorker Role = "worker"
	RoleBoth   Role = "both"
)

// RoleOf returns the role of a configuration: the module's if a core loads it, else by its name, as in mod_gearman_neb.conf, else by options that only the module
// or only a worker has, else RoleBoth.
func RoleOf(c *modgearman.Config) Role {
	if c.IsModule() {
		return RoleNEB
	}
	name := strings.ToLower(filepath.Base(c.Path))
	switch neb, worker := strings.Contains(name, "neb") || strings.Contains(name, "module"), strings.Contains(name, "worker"); {
	case neb && !worker:
		return RoleNEB
	case worker && !neb:
		return RoleWorker
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
		return RoleNEB
	case worker > 0 && neb == 0:
		return RoleWorker
	}
	return RoleBoth
}

// Program returns the C program whose view of the file is shown.
func (r Role) Program() modgearman.Program {
	if r == RoleWorker {
		return modgearman.ProgramWorker
	}
	return modgearman.ProgramNEB
}

// views returns the configuration as the module's and as a worker's, nil if it is not.
func (r Role) views(c *modgearman.Config) (neb, worker *modgearman.Config) {
	if r != RoleWorker {
		neb = c
	}
	if r != RoleNEB {
		worker = c
	}
	return neb, worker
}
