package commands

import (
	"github.com/urfave/cli/v2"

	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// configFile is the Mod-Gearman configuration of --config, read when it is first asked for.
type configFile struct {
	path   string
	read   bool
	config *modgearman.Config
	err    error
}

func (f *configFile) flag() cli.Flag {
	return &cli.StringFlag{Name: "config", Destination: &f.path, EnvVars: []string{"GEARCTL_CONFIG"}, Usage: "take servers, key, encryption and queues from a mod_gearman `FILE` (NEB or worker, or a directory)"}
}

// config returns the configuration of --config, or nil without one. It is read once, and what could not be read of it
// is warned of once.
func (e *Env) config() (*modgearman.Config, error) {
	f := &e.globals.config
	if f.read || f.path == "" {
		return f.config, f.err
	}
	f.read = true
	c, err := modgearman.Load(f.path)
	if err != nil {
		f.err = usagef("--config: %v", err)
		return nil, f.err
	}
	for _, finding := range c.Findings {
		e.warn("%s:%d: %s: %s", finding.File, finding.Line, finding.Message, finding.Consequence)
	}
	f.config = c
	return c, nil
}

// configServers returns the servers of --config, none when it names none.
func (e *Env) configServers() ([]string, error) {
	c, err := e.config()
	if c == nil || err != nil {
		return nil, err
	}
	servers, err := wire.ParseServers(c.Settings(modgearman.ProgramNEB).Servers...)
	if err != nil {
		return nil, usagef("--config %s: %v", c.Path, err)
	}
	return servers, nil
}
