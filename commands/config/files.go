// Package config has the commands config show, config lint and route: it reads Mod-Gearman's configuration files and shows
// what the programs make of them. It changes no file and shows no key; only the plan of route contacts servers.
package config

import (
	"slices"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/wire/modgearman"
)

// New returns the command config.
func New(env *cli.Env) *cli.Command {
	return &cli.Command{
		Name: "config", Group: cli.GroupModGearman, Short: "inspect and check Mod-Gearman's configuration files",
		Sub: cli.Below(env,
			cli.Subcommand{Name: "show", New: newShow},
			cli.Subcommand{Name: "lint", New: newLint},
		),
	}
}

// fileOptions are the flags of commands about configuration files.
type fileOptions struct {
	files []string
	role  string
	lint  bool // an empty file is not an error
}

func (o *fileOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "role", Destination: &o.role, Usage: "treat the files as `ROLE` neb, worker or both (default: by file name, else by options)"},
	}
}

// roles are what --role takes.
var roles = []string{string(modconf.RoleNEB), string(modconf.RoleWorker), string(modconf.RoleBoth)}

// load reads the files, or that of --config if none is given. failed are the errors of files that cannot be read.
func (o *fileOptions) load(env *cli.Env) (configs []modconf.Config, failed []error, err error) {
	if o.role != "" && !slices.Contains(roles, o.role) {
		return nil, nil, cmderr.Usagef("--role %.60q: must be neb, worker or both", o.role)
	}
	files := o.files
	if len(files) == 0 && env.Globals.Config.Path != "" {
		files = []string{env.Globals.Config.Path}
	}
	if len(files) == 0 {
		return nil, nil, cmderr.Usagef("%s: no file given", env.CommandName()).Hint("gearctl %s --help", env.CommandName())
	}
	for _, file := range files {
		c, err := modgearman.Load(file)
		if err == nil && !modconf.HasOptions(c) && (!o.lint || len(c.Entries) > 0) {
			err = cmderr.Errorf("read configuration %s: no Mod-Gearman option in it", file)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, module := range c.Modules() {
			r := modconf.Role(o.role)
			if r == "" {
				r = modconf.RoleOf(module)
			}
			core := ""
			if module.IsModule() {
				core = c.Path
			}
			configs = append(configs, modconf.Config{Config: module, Role: r, Core: core})
		}
	}
	return configs, failed, nil
}
