package config

import (
	"context"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// findingRow is a mistake in a configuration.
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

// Style marks the severity.
func (r findingRow) Style(key string) output.Style {
	if key == "severity" {
		return modconf.SeverityStyle(r.Severity)
	}
	return output.Plain
}

func newLint(env *cli.Env) *cli.Command {
	o := fileOptions{lint: true}
	return &cli.Command{
		Name: "lint", Group: cli.GroupModGearman, Args: "FILE…", ReadsConfig: true, Short: "find mistakes in a configuration, with their effect and fix",
		Examples: []cli.Example{
			{Line: "gearctl config lint mod_gearman_neb.conf", What: "one file by itself"},
			{Line: "gearctl config lint mod_gearman_neb.conf mod_gearman_worker.conf", What: "also whether module and worker match"},
			{Line: "gearctl config lint neb.conf worker.conf -o json", What: "for a check in CI"},
		},
		Long: `FILE is as in config show. Each file is checked against the programs that read it, in C and in Go, and every module
file is compared with every worker file. A queue is reported as unserved only if none of the given worker files
registers it. Values that no program reads as they are meant are findings: quotes, units of numbers, lists without commas,
patterns of groups, relative paths, "a: b", sections, a byte order mark. A file counts as the module's or a worker's by its name (neb, module, worker), else by options only one
of them has, else as both. Key files are read with your permissions.

Severities: error means that checks or results are lost, rejected or readable by others; warning means that it works,
but probably not as intended; hint is the rest. The exit code is 0 if there is nothing worse than a hint, else 1; 4 if
a file cannot be read.`,
		Flags:   o.flags(),
		Columns: cli.KeysOf[findingRow](),
		Choices: map[string][]string{"role": roles},
		Max:     cli.AnyNumber,
		Run: func(_ context.Context, w cli.Words) error {
			o.files = w.Args
			return runLint(env, o)
		},
	}
}

func runLint(env *cli.Env, o fileOptions) error {
	printFindings, err := findingPrinter(env)
	if err != nil {
		return err
	}
	configs, failed, err := o.load(env)
	if err != nil {
		return err
	}
	if len(configs) == 0 {
		return cmderr.SomeFailed(failed, false)
	}
	findings := modconf.Lint(configs)
	return cmderr.MergeErrors(printFindings(findings), cmderr.SomeFailed(failed, true), lintError(findings))
}

// lintError returns an error if there are warnings or errors.
func lintError(findings []modgearman.Finding) error {
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
	return cmderr.Errorf("config lint: %s", strings.Join(parts, ", "))
}
