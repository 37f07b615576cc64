package doctor

import (
	"errors"
	"io/fs"
	"slices"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
)

// doctorVisit is a running doctor: what it found on the host, and what it made of that.
type doctorVisit struct {
	env     *cli.Env
	o       doctorOptions
	tree    tree
	sites   []omdSite
	cores   []*coreConfig        // those that load the module, else all
	modules []modconf.ReadConfig // of the module
	workers []modconf.ReadConfig
	broken  []brokenConfig
	rows    []doctorRow

	anyWorker bool // whichever configuration of a worker is there may be read
}

// brokenConfig is a configuration that could not be read.
type brokenConfig struct {
	path string
	err  error
	core bool   // a core's own; else one of Mod-Gearman
	by   string // the file that names it, where that is not the core
}

// tell makes a row of it. That we may not read it says nothing about who must.
func (b brokenConfig) tell(s *sheet) {
	if errors.Is(b.err, fs.ErrPermission) {
		s.unknown(b.path, "run gearctl doctor as root", "cannot be read: %s", sayError(b.err))
		return
	}
	where := ""
	if b.by != "" {
		where = ", and " + b.by + " names it"
	}
	s.fail(b.path, "give the path of a readable file", "cannot be read: %s%s", sayError(b.err), where)
}

func newDoctorVisit(env *cli.Env, o doctorOptions) (*doctorVisit, error) {
	d := &doctorVisit{env: env, o: o, tree: tree{o.root}}
	if info, err := d.tree.stat("/"); err != nil || !info.IsDir() {
		return nil, cmderr.Usagef("--root %.200s: not a directory that can be read", o.root)
	}
	d.sites = omdSites(d.tree)
	if err := d.findCores(); err != nil {
		return nil, err
	}
	d.findModules()
	d.findWorkers()
	return d, d.checkNamed()
}

// checkNamed refuses flags that name files which are not there.
func (d *doctorVisit) checkNamed() error {
	flags := map[string][]string{"config": {d.env.Globals.Config.Path}, "worker-config": d.o.workerConfigs.Value(), "objects": {d.o.objects}}
	for flag, files := range flags {
		for _, file := range files {
			if file == "" {
				continue
			}
			if _, err := d.tree.stat(d.tree.inside(file)); err != nil {
				return cmderr.Usagef("--%s %.200s: %s", flag, file, sayError(err))
			}
		}
	}
	return d.checkOptions(slices.Concat(flags["config"], flags["worker-config"]))
}

// checkOptions refuses files that were named and hold no option of Mod-Gearman.
func (d *doctorVisit) checkOptions(files []string) error {
	for _, c := range slices.Concat(d.modules, d.workers) {
		named := slices.ContainsFunc(files, func(f string) bool { return f != "" && d.tree.inside(f) == c.Path })
		if named && !modconf.HasOptions(c.Config) {
			return cmderr.Usagef("configuration %.200s: no Mod-Gearman option in it", c.Path)
		}
	}
	return nil
}

// sheetFor makes a check's rows and keeps them.
func (d *doctorVisit) sheetFor(check string, look func(*sheet)) {
	s := &sheet{check: check}
	look(s)
	for i := range s.rows {
		s.rows[i].Finding, s.rows[i].Fix = d.tree.own(s.rows[i].Finding), d.tree.own(s.rows[i].Fix)
		s.rows[i].Cure = s.rows[i].Fix
	}
	d.rows = append(d.rows, s.rows...)
}

// lookAtHost looks at files and processes.
func (d *doctorVisit) lookAtHost() {
	d.sheetFor("module", d.lookAtModules)
	d.sheetFor("process", d.lookAtProcesses)
	d.sheetFor("configuration", d.lookAtConfigs)
	d.sheetFor("rights", d.lookAtRights)
	d.sheetFor("boot", d.lookAtBoot)
	if d.tree.root == "" {
		d.sheetFor("clock", lookAtClock)
	}
}
