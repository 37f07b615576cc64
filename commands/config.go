package commands

import (
	"slices"

	"github.com/urfave/cli/v2"

	"gearctl/wire/modgearman"
)

func newConfig(env *Env) *Command {
	return &Command{
		Name: "config", Group: GroupModGearman, Short: "inspect and check Mod-Gearman's configuration files",
		Sub: []*Command{newConfigShow(env), newConfigLint(env)},
	}
}

// readConfig is a configuration and who reads it.
type readConfig struct {
	*modgearman.Config
	role role
}

// configOptions are the flags of commands about configuration files.
type configOptions struct {
	files []string
	role  string
	lint  bool // an empty file is none of the errors
}

func (o *configOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "role", Destination: &o.role, Usage: "treat the files as `ROLE` neb, worker or both (default: by file name, else by options)"},
	}
}

// configRoles are what --role takes.
var configRoles = []string{string(roleNEB), string(roleWorker), string(roleBoth)}

// load reads the files, or that of --config when there is none. Those that cannot be read are the errors.
func (o *configOptions) load(env *Env) (configs []readConfig, failed []error, err error) {
	switch role(o.role) {
	case "", roleNEB, roleWorker, roleBoth:
	default:
		return nil, nil, usagef("--role %.60q: must be neb, worker or both", o.role)
	}
	files := o.files
	if len(files) == 0 && env.globals.config.path != "" {
		files = []string{env.globals.config.path}
	}
	if len(files) == 0 {
		return nil, nil, usagef("%s: no file given", env.command).hint("gearctl %s --help", env.command)
	}
	for _, file := range files {
		c, err := modgearman.Load(file)
		if err == nil && !hasOptions(c) && (!o.lint || len(c.Entries) > 0) {
			err = errorf("read configuration %s: no Mod-Gearman option in it", file)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		r := role(o.role)
		if r == "" {
			r = roleOf(c)
		}
		configs = append(configs, readConfig{c, r})
	}
	return configs, failed, nil
}

// hasOptions reports whether a file holds any option of Mod-Gearman. One that has lines and none holds something else, a
// key for example, which must not be shown line by line.
func hasOptions(c *modgearman.Config) bool {
	return slices.ContainsFunc(c.Entries, func(e modgearman.Entry) bool { return e.Option != "" })
}
