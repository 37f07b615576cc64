package doctor

import (
	"errors"
	"io/fs"
	"runtime"
	"slices"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
)

// inspection is a run of doctor: what it found on the host, and the rows so far.
type inspection struct {
	env     *cli.Env
	o       options
	root    host.Root
	sites   []host.OMDSite
	cores   []*coreConfig    // those that load the module, else all
	modules []modconf.Config // of the module
	workers []modconf.Config
	broken  []unreadableConfig
	rows    []row
	typed   string          // the command line of this run
	local   *gearmand.Local // nil: not read yet

	searchWorkers bool // worker configurations in the usual places are read
}

// unreadableConfig is a configuration that could not be read.
type unreadableConfig struct {
	path    string
	err     error
	core    bool   // of a core; else of Mod-Gearman
	namedBy string // the file that names it; empty: none, or the core
}

// report adds a row. If we may not read a file, those who must may still be able to.
func (b unreadableConfig) report(s *section, d *inspection) {
	if errors.Is(b.err, fs.ErrPermission) {
		s.unknown(b.path, d.asRoot(), "cannot be read: %s", cmderr.RootCause(b.err))
		return
	}
	where := ""
	if b.namedBy != "" {
		where = ", and " + b.namedBy + " names it"
	}
	s.fail(b.path, "give the path of a readable file", "cannot be read: %s%s", cmderr.RootCause(b.err), where)
}

func newInspection(env *cli.Env, o options) (*inspection, error) {
	if err := checkSystem(runtime.GOOS, o.root); err != nil {
		return nil, err
	}
	d := &inspection{env: env, o: o, root: host.Root{Dir: o.root}, typed: env.Retype(cmderr.Again())}
	if info, err := d.root.Stat("/"); err != nil || !info.IsDir() {
		return nil, cmderr.Usagef("--root %.200s: not a directory that can be read", o.root)
	}
	d.sites = host.OMDSites(d.root)
	if err := d.findCores(); err != nil {
		return nil, err
	}
	d.findModules()
	d.findWorkers()
	return d, d.checkFiles()
}

// checkSystem refuses to inspect the host on which gearctl runs if that is not Linux: it would find neither processes nor
// services, and call that a fault.
func checkSystem(system, root string) error {
	if system == "linux" || root != "" {
		return nil
	}
	return cmderr.Usagef("doctor inspects Linux hosts, and this one runs %s", system).
		Hint("run it on the monitoring host, or on a copy of that host's files: %v", cmderr.Again("--root=DIR"))
}

// checkFiles rejects flags that name missing files.
func (d *inspection) checkFiles() error {
	flags := map[string][]string{"config": {d.env.Globals.Config.Path}, "worker-config": d.o.workerConfigs.Value(), "objects": {d.o.objects}}
	for flag, files := range flags {
		for _, file := range files {
			if file == "" {
				continue
			}
			if _, err := d.root.Stat(d.root.FromFlag(file)); err != nil {
				return cmderr.Usagef("--%s %.200s: %s", flag, file, cmderr.RootCause(err))
			}
		}
	}
	return d.checkOptions(slices.Concat(flags["config"], flags["worker-config"]))
}

// checkOptions rejects named files without any Mod-Gearman option.
func (d *inspection) checkOptions(files []string) error {
	for _, c := range slices.Concat(d.modules, d.workers) {
		named := slices.ContainsFunc(files, func(f string) bool { return f != "" && d.root.FromFlag(f) == c.Path })
		if named && !modconf.HasOptions(c.Config) {
			return cmderr.Usagef("configuration %.200s: no Mod-Gearman option in it", c.Path)
		}
	}
	return nil
}

// runCheck runs a check and keeps its rows.
func (d *inspection) runCheck(check string, run func(*section)) {
	s := &section{check: check}
	run(s)
	for i := range s.rows {
		s.rows[i].Finding, s.rows[i].Fix = d.root.StripRoot(s.rows[i].Finding), d.root.StripRoot(s.rows[i].Fix)
		s.rows[i].Cure = s.rows[i].Fix
	}
	d.rows = append(d.rows, s.rows...)
}

// checkHost checks files and processes.
func (d *inspection) checkHost() {
	d.runCheck("module", d.checkModules)
	d.runCheck("process", d.checkProcesses)
	d.runCheck("configuration", d.checkConfigs)
	d.runCheck("rights", d.checkRights)
	d.runCheck("boot", d.checkBoot)
	d.runCheck("gearmand", d.checkGearmands)
	if d.root.Dir == "" {
		d.runCheck("clock", checkClock)
	}
}
