package cli

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/wire/modgearman"
)

// RouteRules returns the module's rules of --config, without which there are none.
func (e *Env) RouteRules() (modgearman.RouteConfig, error) {
	config, err := e.Config()
	if err != nil {
		return modgearman.RouteConfig{}, err
	}
	if config == nil {
		return modgearman.RouteConfig{}, cmderr.Usagef("%s: no configuration of the module", e.Command).
			Hint("set its mod_gearman_neb.conf with --config FILE or GEARCTL_CONFIG")
	}
	if modconf.RoleOf(config) == modconf.RoleWorker {
		e.Warn("%s: looks like a worker configuration; the routing rules are in the NEB module's", config.Path)
	}
	return config.Settings(modgearman.ProgramNEB).Route(), nil
}
