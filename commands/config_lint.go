package commands

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gearctl/output"
	"gearctl/wire/modgearman"
)

// findingRow is something in a configuration that does not do what it seems to.
type findingRow struct {
	Severity    string `json:"severity"` // hint, warning or error
	File        string `json:"file"`
	Line        int    `json:"line"` // 0 for the file as a whole
	Option      string `json:"option"`
	Message     string `json:"message"`
	Consequence string `json:"consequence"`
	Fix         string `json:"fix"`
	Cure        string `json:"cure"` // Fix under its former name
}

// Style marks what loses checks.
func (r findingRow) Style(key string) output.Style {
	if key == "severity" {
		return severityStyle(r.Severity)
	}
	return output.Plain
}

func severityStyle(severity string) output.Style {
	switch severity {
	case modgearman.Failure.String():
		return output.Bad
	case modgearman.Warning.String():
		return output.Warn
	}
	return output.Plain
}

func newConfigLint(env *Env) *Command {
	o := configOptions{lint: true}
	return &Command{
		Name: "lint", Group: GroupModGearman, Args: "FILE…", ReadsConfig: true, Short: "find mistakes in a configuration, with their effect and fix",
		Examples: []Example{
			{"gearctl config lint mod_gearman_neb.conf", "one file by itself"},
			{"gearctl config lint mod_gearman_neb.conf mod_gearman_worker.conf", "also whether module and worker match"},
			{"gearctl config lint neb.conf worker.conf -o json", "for a check in CI"},
		},
		Long: `FILE is as in config show. Each file is checked against the programs that read it, in C and in Go, and every module
file is compared with every worker file. A queue is reported as unserved only if none of the given worker files
registers it. A file counts as the module's or a worker's by its name (neb, module, worker), else by options only one
of them has, else as both. Key files are read with your permissions.

Severities: error means that checks or results are lost, rejected or readable by others; warning means that it works,
but probably not as intended; hint is the rest. The exit code is 0 if there is nothing worse than a hint, else 1; 4 if
a file cannot be read.`,
		Flags:   o.flags(),
		Columns: keysOf[findingRow](),
		Choices: map[string][]string{"role": configRoles},
		Max:     anyNumber,
		Run: func(_ context.Context, w Words) error {
			o.files = w.Args
			return runConfigLint(env, o)
		},
	}
}

func runConfigLint(env *Env, o configOptions) error {
	print, err := findingPrinter(env)
	if err != nil {
		return err
	}
	configs, failed, err := o.load(env)
	if err != nil {
		return err
	}
	if len(configs) == 0 {
		return someFailed(failed, false)
	}
	findings := lintAll(configs)
	return mergeErrors(print(findings), someFailed(failed, true), worseThanHints(findings))
}

// worseThanHints returns an error when there are warnings or errors.
func worseThanHints(findings []modgearman.Finding) error {
	count := map[modgearman.Severity]int64{}
	for _, f := range findings {
		count[f.Severity]++
	}
	var parts []string
	if n := count[modgearman.Failure]; n > 0 {
		parts = append(parts, output.Plural(n, "error", "errors"))
	}
	if n := count[modgearman.Warning]; n > 0 {
		parts = append(parts, output.Plural(n, "warning", "warnings"))
	}
	if len(parts) == 0 {
		return nil
	}
	return errorf("config lint: %s", strings.Join(parts, ", "))
}

// lintAll returns the findings about every configuration, and about every pair of a module's and a worker's, by file
// and line. That a module fills a queue which a worker does not register counts only when all workers agree.
func lintAll(configs []readConfig) []modgearman.Finding {
	var all []modgearman.Finding
	var modules, workers []readConfig
	for _, c := range configs {
		neb, worker := c.role.views(c.Config)
		all = append(all, modgearman.Lint(neb, worker)...)
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
	slices.SortStableFunc(all, func(a, b modgearman.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Option, b.Option), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all)
}

// lintPairs compares a module with each worker. Of the findings in the module's own files it keeps those that every
// pair has.
func lintPairs(module readConfig, workers []readConfig) []modgearman.Finding {
	var all []modgearman.Finding
	times := map[modgearman.Finding]int{}
	workers = slices.DeleteFunc(slices.Clone(workers), func(w readConfig) bool { return w.Config == module.Config })
	for _, w := range workers {
		for _, f := range modgearman.Lint(module.Config, w.Config) {
			if !module.has(f.File) {
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

// has reports whether a file is one of the configuration's.
func (c readConfig) has(file string) bool { return file == c.Path || slices.Contains(c.Files, file) }
