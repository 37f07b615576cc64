package doctor

import (
	"slices"
	"strings"

	"gearctl/commands/internal/cli"
	"gearctl/output"
)

// reportLine is a line of the report for people: check and state are shown only where they begin, the fix is below the
// finding, and on a terminal long texts are wrapped.
type reportLine struct {
	Check   string `json:"check" out:"keep"`
	State   string `json:"state" out:"keep"`
	Finding string `json:"finding" out:"keep"`

	row row
}

// Style colours the state.
func (l reportLine) Style(key string) output.Style {
	switch key {
	case "state":
		return l.row.style()
	case "check":
		return output.Bold
	}
	return output.Plain
}

// newPrinter returns the printer of rows: a report as the table, one row each in other formats or with --columns. problems
// hides rows that are ok, and advisories.
func newPrinter(env *cli.Env, problems bool) (func([]row) error, error) {
	const none = "nothing is wrong"
	chosen := func(rows []row) []row {
		if !problems {
			return rows
		}
		return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.State == stateOK || r.State == stateAdvisory })
	}
	format, err := env.Format()
	if err != nil {
		return nil, err
	}
	if format.Kind == output.Table && env.Globals.Columns == "" {
		p, err := cli.NewPrinter[reportLine](env, output.Options{Empty: none})
		return func(rows []row) error { return p.PrintAll(reportLines(chosen(rows), reportWidth(env.Terminal))) }, err
	}
	p, err := cli.NewPrinter[row](env, output.Options{Empty: none})
	return func(rows []row) error { return p.PrintAll(chosen(rows)) }, err
}

func reportLines(rows []row, width int) []reportLine {
	var lines []reportLine
	check := ""
	for _, r := range rows {
		first := len(lines)
		for _, text := range []string{r.Object + ": " + r.Finding, r.instruction()} {
			for _, part := range wrap(text, width) {
				lines = append(lines, reportLine{Finding: part, row: r})
			}
		}
		lines[first].State = r.word()
		if r.Check != check {
			check = r.Check
			lines[first].Check = check
		}
	}
	return lines
}

// word is the state as the report shows it.
func (r row) word() string {
	switch r.State {
	case stateFinding:
		return r.Severity
	case stateUnknown:
		return "unknown"
	}
	return r.State
}

// instruction is the fix as the report shows it, empty without one.
func (r row) instruction() string {
	if r.Fix == "" {
		return ""
	}
	return "fix: " + r.Fix
}

// wrap breaks a text between words so that no line is longer than width, except for single words. Lines after the first
// are indented. An empty text has no line.
func wrap(text string, width int) []string {
	if text == "" {
		return nil
	}
	if width == 0 {
		return []string{text}
	}
	words := strings.Split(text, " ")
	var lines []string
	line := words[0]
	for _, word := range words[1:] {
		if len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = " "
		}
		line += " " + word
	}
	return append(lines, line)
}

// The columns before the text of a report, and the least that is left for the text.
const (
	reportMargin = 24 // "configuration  warning  "
	reportLeast  = 40
)

// reportWidth is how long a line of text may be, 0 for any length.
func reportWidth(t cli.Terminal) int {
	if !t.Stdout {
		return 0
	}
	width, _ := t.Size()
	return max(width-reportMargin, reportLeast)
}
