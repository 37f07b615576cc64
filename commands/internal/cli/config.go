package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/contexts"
	"gearctl/commands/internal/modconf"
	"gearctl/commands/internal/shell"
	"gearctl/wire/modgearman"
)

// configFile is the Mod-Gearman configuration of --config, or of GEARCTL_CONFIG, read when it is first asked for.
type configFile struct {
	Path    string
	OnLine  bool   // by --config: then it is stronger than the environment's servers
	context string // the context that names it; empty: none does
	read    bool
	warned  bool
	config  *modgearman.Config
	err     error
}

const envConfig = "GEARCTL_CONFIG"

func (f *configFile) flag() urfave.Flag {
	return TextFlag("config", &f.Path, "read servers, key, encryption and queues from a mod_gearman `FILE` (NEB or worker) or directory")
}

// String names the file and what gave it, for messages.
func (f *configFile) String() string {
	switch {
	case f.OnLine:
		return "--config " + f.Path
	case f.context != "":
		return "config " + f.Path + " of context " + f.context
	}
	return envConfig + " " + f.Path
}

// Load reads the file once. One without any option of Mod-Gearman is an error: it is another file than was meant.
func (f *configFile) Load() error {
	if f.read || f.Path == "" {
		return f.err
	}
	f.read = true
	c, err := modgearman.Load(f.Path)
	switch {
	case err != nil && f.OnLine:
		f.err = cmderr.Usagef("--config: %v", err)
	case err != nil && f.context != "":
		f.err = cmderr.Usagef("context %s: config: %v", f.context, err)
	case err != nil:
		f.err = cmderr.Usagef("%s: %v", envConfig, err)
	case !modconf.HasOptions(c):
		f.err = cmderr.Usagef("%s: no Mod-Gearman option in it", f).
			Hint("name a mod_gearman_neb.conf or mod_gearman_worker.conf")
	case len(c.Modules()) > 1:
		f.err = f.several(c)
	default:
		f.config = c
	}
	return f.err
}

// several is the error of a core's configuration with several modules: each has settings of its own.
func (f *configFile) several(c *modgearman.Config) error {
	var lines []string
	for _, m := range c.Modules() {
		lines = append(lines, m.Module.String())
	}
	err := cmderr.Usagef("%s: the core loads Mod-Gearman %d times, each with settings of its own: %s", f, len(lines), strings.Join(lines, ", "))
	files := modconf.ModuleFiles(c)
	if len(files) == 0 {
		return err.Hint("write the options of a module into a file, and name that")
	}
	for i, file := range files {
		files[i] = "--config " + shell.QuoteWord(file)
	}
	return err.Hint("name the file of one: %s", strings.Join(files, " or "))
}

// Config returns the configuration of --config, or nil without one. What could not be read of it is reported once.
func (e *Env) Config() (*modgearman.Config, error) {
	f := &e.Globals.Config
	if err := f.Load(); err != nil || f.config == nil {
		return nil, err
	}
	if !f.warned {
		f.warned = true
		for _, finding := range f.config.Findings {
			e.WarnFinding(finding)
		}
	}
	return f.config, nil
}

// ConfigFor returns the configuration for a server: that of --config, else that of the member of the context that names the
// server, or nil.
func (e *Env) ConfigFor(server string) (*modgearman.Config, error) {
	s := e.run.context.active.Server(server)
	if s == nil || e.Globals.Config.OnLine || s.Config == "" || s.Config == e.Globals.Config.Path {
		return e.Config()
	}
	return loadMemberConfig(s)
}

func loadMemberConfig(s *contexts.Server) (*modgearman.Config, error) {
	c, err := modgearman.Load(s.Config)
	if err != nil {
		return nil, cmderr.Usagef("context %s: config: %v", s.Context, err)
	}
	return c, nil
}

// oneConfig refuses a context whose members have different configurations, where one is needed.
func (e *Env) oneConfig() error {
	a := e.run.context.active
	if a == nil || e.Globals.Config.Path != "" || !slices.ContainsFunc(a.Servers, func(s contexts.Server) bool { return s.Config != "" }) {
		return nil
	}
	return cmderr.Usagef("context %s: its members have different configurations, and %s needs one", a.Name, e.CommandName()).
		Hint("run it for each: %v", cmderr.SameLine{Chosen: []string{flagContext, a.Servers[0].Context}})
}

// ContextConfigs returns the configurations of the context's members, each once.
func (e *Env) ContextConfigs() []string {
	var files []string
	if a := e.run.context.active; a != nil {
		for _, s := range a.Servers {
			if s.Config != "" && !slices.Contains(files, s.Config) {
				files = append(files, s.Config)
			}
		}
	}
	return files
}

// WarnFinding reports what could not be read of a configuration.
func (e *Env) WarnFinding(f modgearman.Finding) {
	e.Warn("%s: %s: %s", f.Where(), f.Message, f.Consequence)
}

// configServers are the servers of a configuration, none when it names none.
func configServers(c *modgearman.Config) []string {
	return c.Settings(modgearman.ProgramNEB).Servers
}

// NebSettings returns what the NEB module makes of --config, or its defaults.
func (e *Env) NebSettings() (modgearman.Settings, error) { return e.settings(modgearman.ProgramNEB) }

// WorkerSettings returns what the C worker makes of --config, or its defaults.
func (e *Env) WorkerSettings() (modgearman.Settings, error) {
	return e.settings(modgearman.ProgramWorker)
}

func (e *Env) settings(p modgearman.Program) (modgearman.Settings, error) {
	config, err := e.Config()
	if config == nil {
		config = new(modgearman.Config)
	}
	if err == nil {
		err = e.oneConfig()
	}
	return config.Settings(p), err
}

// ResultQueue returns the queue of results: the one asked for, else that of --config, else the default.
func (e *Env) ResultQueue(asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	config, err := e.Config()
	if err == nil {
		err = e.oneConfig()
	}
	if err != nil || config == nil {
		return modgearman.QueueCheckResults, err
	}
	return config.Settings(modgearman.ProgramNEB).ResultQueue, nil
}
