// Package modconf lints Mod-Gearman configurations, alone and in pairs of module and worker, and knows which program reads
// one. It is given configurations that were read, and reads no file itself.
package modconf

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gearctl/output"
	"gearctl/wire/modgearman"
)

// Config is a configuration and the programs that read it.
type Config struct {
	*modgearman.Config
	Role Role
	Core string // the main configuration of the core that loads it, if known
}

// Name returns the path of the configuration, for one of several modules of a core with the line that loads it.
func (c Config) Name() string {
	if c.Module.File != "" {
		return c.Module.String()
	}
	return c.Path
}

// HasOptions reports whether a file holds any Mod-Gearman option. A file that has lines but none is something else, such as
// a key, and must not be shown line by line.
func HasOptions(c *modgearman.Config) bool {
	return slices.ContainsFunc(c.Entries, func(e modgearman.Entry) bool { return e.Option != "" })
}

// SeverityStyle returns the style in which a severity is printed.
func SeverityStyle(severity string) output.Style {
	switch severity {
	case modgearman.Failure.String():
		return output.Bad
	case modgearman.Warning.String():
		return output.Warn
	}
	return output.Plain
}

// Lint returns the findings for every configuration, and for every pair of a module's and a worker's, by file and line. A
// queue of the module is reported as unserved only if no worker registers it.
func Lint(configs []Config) []modgearman.Finding {
	var all []modgearman.Finding
	var modules, workers []Config
	for _, c := range configs {
		neb, worker := c.Role.views(c.Config)
		all = append(all, modgearman.Lint(neb, worker)...)
		all = append(all, lintFork(c)...)
		if neb != nil {
			modules = append(modules, c)
		}
		if worker != nil {
			workers = append(workers, c)
		}
	}
	for _, m := range modules {
		all = append(all, lintPairs(m, workers)...)
	}
	all = append(all, lintResultQueues(modules)...)
	slices.SortStableFunc(all, func(a, b modgearman.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Option, b.Option), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all)
}

// lintResultQueues finds modules that take their results from one queue of one server: each gets results of the other.
func lintResultQueues(modules []Config) []modgearman.Finding {
	var all []modgearman.Finding
	modules = slices.DeleteFunc(slices.Clone(modules), func(c Config) bool { return c.Role != RoleNEB })
	for i, m := range modules {
		mine := m.Settings(modgearman.ProgramNEB)
		for _, other := range modules[:i] {
			if m.Core != "" && m.Core == other.Core {
				continue // the results are the core's, whichever module takes them
			}
			theirs := other.Settings(modgearman.ProgramNEB)
			shared := slices.IndexFunc(mine.Servers, func(s string) bool {
				return slices.Contains(theirs.Servers, s) && !isLocal(s) // files may be of two machines
			})
			if shared < 0 || mine.ResultQueue != theirs.ResultQueue {
				continue
			}
			at := m.Module
			for _, v := range m.Values() {
				if v.Option.Name == "result_queue" && v.Set {
					at = v.Origins[len(v.Origins)-1]
				}
			}
			all = append(all, modgearman.Finding{
				Severity: modgearman.Warning, File: cmp.Or(at.File, m.Path), Line: at.Line, Option: "result_queue",
				Message:     "is " + strconv.Quote(mine.ResultQueue) + " of " + mine.Servers[shared] + ", as for the module of " + other.Name(),
				Consequence: "if both cores run, each takes results of the other's checks, and they are lost",
				Fix:         "set another result_queue= for each core",
			})
		}
	}
	return all
}

// isLocal reports whether an address means another server on each machine.
func isLocal(address string) bool {
	host, _, _ := strings.Cut(address, ":")
	return slices.Contains([]string{"localhost", "0.0.0.0", "127.0.0.1"}, host)
}

// lintPairs compares a module with each worker. Of the findings in the module's own files it keeps those that every
// pair has.
func lintPairs(module Config, workers []Config) []modgearman.Finding {
	var all []modgearman.Finding
	times := map[modgearman.Finding]int{}
	workers = slices.DeleteFunc(slices.Clone(workers), func(w Config) bool { return w.Config == module.Config })
	for _, w := range workers {
		for _, f := range modgearman.Lint(module.Config, w.Config) {
			if !module.Has(f.File) {
				all = append(all, f)
				continue
			}
			if times[f]++; times[f] == len(workers) {
				all = append(all, f)
			}
		}
	}
	return all
}

// Has reports whether a file is one of the configuration's.
func (c Config) Has(file string) bool { return file == c.Path || slices.Contains(c.Files, file) }

// ModuleFiles returns the files that the modules of a core are loaded with.
func ModuleFiles(c *modgearman.Config) []string {
	var files []string
	for _, m := range c.Modules() {
		for _, e := range m.Entries {
			if e.Option == "config" && e.File == m.Module.File && e.Line == m.Module.Line && !slices.Contains(files, e.C) {
				files = append(files, e.C)
			}
		}
	}
	return files
}

// Headline returns the message of a finding, after the option's name unless it begins with that.
func Headline(f modgearman.Finding) string {
	if f.Option == "" || strings.HasPrefix(f.Message, strconv.Quote(f.Option)) {
		return f.Message
	}
	return f.Option + ": " + f.Message
}

// Option returns the value of an option as the C programs read it.
func (c Config) Option(name string) string {
	for _, v := range c.Values() {
		if v.Option.Name == name {
			return v.C
		}
	}
	return ""
}
