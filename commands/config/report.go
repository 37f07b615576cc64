package config

import (
	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/modconf"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// reportRow is a line of the report of findings for people: each finding has three.
type reportRow struct {
	Severity string `json:"severity" out:"keep"`
	Where    string `json:"where" out:"keep"`
	Finding  string `json:"finding" out:"keep"`

	detail bool // a line below the first
}

// Style marks the severity, and dims the lines below a finding.
func (r reportRow) Style(key string) output.Style {
	switch {
	case key == "severity":
		return modconf.SeverityStyle(r.Severity)
	case key == "finding" && r.detail:
		return output.Faint
	}
	return output.Plain
}

// findingPrinter returns a function that prints findings: as a report in a table, as a row each in other formats or with
// --columns.
func findingPrinter(env *cli.Env) (func([]modgearman.Finding) error, error) {
	const none = "no findings"
	format, err := env.Format()
	if err != nil {
		return nil, err
	}
	if format.Kind == output.Table && env.Globals.Columns == "" {
		p, err := cli.NewPrinter[reportRow](env, output.Options{Empty: none})
		return func(findings []modgearman.Finding) error { return p.PrintAll(reportRows(findings)) }, err
	}
	p, err := cli.NewPrinter[findingRow](env, output.Options{Empty: none})
	return func(findings []modgearman.Finding) error {
		rows := make([]findingRow, len(findings))
		for i, f := range findings {
			rows[i] = findingRow{f.Severity.String(), f.File, f.Line, f.Option, f.Message, f.Consequence, f.Fix, f.Fix}
		}
		return p.PrintAll(rows)
	}, err
}

func reportRows(findings []modgearman.Finding) []reportRow {
	var rows []reportRow
	for _, f := range findings {
		rows = append(rows,
			reportRow{Severity: f.Severity.String(), Where: f.Where(), Finding: modconf.Headline(f)},
			reportRow{Finding: "effect: " + f.Consequence, detail: true},
			reportRow{Finding: "fix: " + f.Fix, detail: true})
	}
	return rows
}
