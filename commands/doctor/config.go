package doctor

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"gearctl/commands/internal/host"
	"gearctl/commands/internal/modconf"
	"gearctl/commands/internal/shell"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// checkConfigs reports the findings of config lint, without hints.
func (d *inspection) checkConfigs(s *section) {
	for _, b := range d.broken {
		if !b.core {
			b.report(s, d)
		}
	}
	configs := slices.Concat(d.modules, d.workers)
	if len(configs) == 0 {
		if len(s.rows) == 0 && !d.hasGearmandAlone() {
			s.unknown("this host", "name the files with --config and --worker-config", "no Mod-Gearman configuration found in the usual places")
		}
		return
	}
	findings := modconf.Lint(configs)
	for _, f := range findings {
		d.reportLint(s, f, findings)
	}
	for _, c := range configs {
		d.reportClean(s, c, findings)
	}
	d.checkUnusedWorkerConfigs(s)
	d.checkPerfdataOptions(s)
}

// checkUnusedWorkerConfigs checks for configurations of workers in the usual places that no worker is started with.
func (d *inspection) checkUnusedWorkerConfigs(s *section) {
	if d.searchWorkers || len(d.o.workerConfigs.Value()) > 0 {
		return
	}
	used := includedFiles(d.modules, d.workers)
	for _, b := range d.broken {
		used = append(used, b.path)
	}
	for _, file := range d.unused(workerNames, used) {
		s.warn(file, host.PutAside(file), "exists, but no service starts a worker with it: changes to it have no effect")
	}
}

// includedFiles returns the files of configurations.
func includedFiles(lists ...[]modconf.Config) []string {
	var files []string
	for _, c := range slices.Concat(lists...) {
		files = append(files, c.Files...)
	}
	return files
}

// unused returns the files with one of the names in the usual places that are not among those used.
func (d *inspection) unused(names func(modconf.Product) []string, used []string) []string {
	for i := range used {
		used[i] = d.root.Resolve(used[i])
	}
	return slices.DeleteFunc(modconf.StandardFiles(d.root, names), func(file string) bool { return slices.Contains(used, d.root.Resolve(file)) })
}

// reportLint adds a row for a finding of config lint. An include that we may not read is not a finding, and what seems to be
// missing may be in it.
func (d *inspection) reportLint(s *section, f modgearman.Finding, all []modgearman.Finding) {
	where := f.File
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	text := modconf.Headline(f) + ": " + f.Consequence
	switch {
	case f.Severity == modgearman.Hint:
	case isUnreadableInclude(f):
		s.unknown(where, d.asRoot(), "%s", modconf.Headline(f))
	case f.Line == 0 && slices.ContainsFunc(all, isUnreadableInclude):
		s.unknown(where, d.asRoot(), "%s, as far as the files are readable", modconf.Headline(f))
	case f.Severity == modgearman.Failure:
		s.fail(where, d.lintFix(f), "%s", text)
	default:
		s.warn(where, d.lintFix(f), "%s", text)
	}
}

// isUnreadableInclude reports whether a finding is that we may not read an include.
func isUnreadableInclude(f modgearman.Finding) bool {
	return f.Option == "config" && strings.HasSuffix(f.Message, fs.ErrPermission.Error())
}

// reportClean adds an ok row for a configuration without findings.
func (d *inspection) reportClean(s *section, c modconf.Config, findings []modgearman.Finding) {
	hints := int64(0)
	for _, f := range findings {
		switch {
		case !c.Has(f.File):
		case f.Severity != modgearman.Hint:
			return
		default:
			hints++
		}
	}
	text := "no mistakes in it"
	if len(d.modules) > 0 && len(d.workers) > 0 {
		text = "no mistakes, and module and workers match"
	}
	if hints > 0 {
		text += fmt.Sprintf("; %s: %s", output.Plural(hints, "hint", "hints"), shell.GearctlLine([]string{"config", "lint", c.Path}))
	}
	s.ok(c.Name(), "%s", text)
}

// checkPerfdataOptions checks whether core and module agree about performance data.
func (d *inspection) checkPerfdataOptions(s *section) {
	for _, m := range d.modules {
		set := m.Settings(modgearman.ProgramNEB)
		if len(set.PerfdataQueues) == 0 || m.Option("perfdata_send_all") == "yes" {
			continue
		}
		for _, c := range d.cores {
			if line, ok := c.vars["process_performance_data"]; !ok || line.value == "0" {
				s.warn(c.path, d.setCore(c, "process_performance_data", "1"), "process_performance_data is off but perfdata is on in %s: no performance data is sent", m.Name())
			}
		}
	}
}
