package commands

import (
	"github.com/urfave/cli/v2"

	"gearctl/wire/modgearman"
)

// configFile is the Mod-Gearman configuration of --config, or of GEARCTL_CONFIG, read when it is first asked for.
type configFile struct {
	path   string
	onLine bool // by --config: then it is stronger than the environment's servers
	read   bool
	warned bool
	config *modgearman.Config
	err    error
}

const envConfig = "GEARCTL_CONFIG"

func (f *configFile) flag() cli.Flag {
	return textFlag("config", &f.path, "read servers, key, encryption and queues from a mod_gearman `FILE` (NEB or worker) or directory")
}

// String names the file and what gave it, for messages.
func (f *configFile) String() string {
	if f.onLine {
		return "--config " + f.path
	}
	return envConfig + " " + f.path
}

// load reads the file once. One without any option of Mod-Gearman is an error: it is another file than was meant.
func (f *configFile) load() error {
	if f.read || f.path == "" {
		return f.err
	}
	f.read = true
	c, err := modgearman.Load(f.path)
	switch {
	case err != nil && f.onLine:
		f.err = usagef("--config: %v", err)
	case err != nil:
		f.err = usagef("%s: %v", envConfig, err)
	case !hasOptions(c):
		f.err = usagef("%s: no Mod-Gearman option in it", f).
			hint("name a mod_gearman_neb.conf or mod_gearman_worker.conf")
	default:
		f.config = c
	}
	return f.err
}

// config returns the configuration of --config, or nil without one. What could not be read of it is reported once.
func (e *Env) config() (*modgearman.Config, error) {
	f := &e.globals.config
	if err := f.load(); err != nil || f.config == nil {
		return nil, err
	}
	if !f.warned {
		f.warned = true
		for _, finding := range f.config.Findings {
			e.Warn("%s:%d: %s: %s", finding.File, finding.Line, finding.Message, finding.Consequence)
		}
	}
	return f.config, nil
}

// configServers are the servers of a configuration, none when it names none.
func configServers(c *modgearman.Config) []string {
	return c.Settings(modgearman.ProgramNEB).Servers
}

// nebSettings returns what the NEB module makes of --config, or its defaults.
func (e *Env) nebSettings() (modgearman.Settings, error) {
	config, err := e.config()
	if config == nil {
		config = new(modgearman.Config)
	}
	return config.Settings(modgearman.ProgramNEB), err
}

// workerSettings returns what the C worker makes of --config, or its defaults.
func (e *Env) workerSettings() (modgearman.Settings, error) {
	config, err := e.config()
	if config == nil {
		config = new(modgearman.Config)
	}
	return config.Settings(modgearman.ProgramWorker), err
}
