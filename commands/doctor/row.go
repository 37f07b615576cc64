package doctor

import (
	"fmt"
	"slices"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// row is the result of a check.
type row struct {
	Check    string `json:"check"`
	Object   string `json:"object"`
	State    string `json:"state"`
	Severity string `json:"severity"` // of a finding: error or warning
	Finding  string `json:"finding" out:"wide"`
	Fix      string `json:"fix"`
	Cure     string `json:"cure"` // Fix under its former name
}

// The states of a row.
const (
	stateOK      = "ok"
	stateFinding = "finding"
	stateUnknown = "unknown" // inconclusive
	// stateAdvisory is what to know about a program as it is, though nothing is wrong here: it is not in the exit code.
	stateAdvisory = "advisory"
)

// Style colours the state.
func (r row) Style(key string) output.Style {
	if key != "state" && key != "severity" {
		return output.Plain
	}
	return r.style()
}

func (r row) style() output.Style {
	switch r.State {
	case stateOK:
		return output.Good
	case stateAdvisory:
		return output.Plain
	case stateFinding:
		return modconf.SeverityStyle(r.Severity)
	}
	return output.Warn
}

// section collects the rows of one check.
type section struct {
	check string
	rows  []row
}

func (s *section) ok(object, format string, args ...any) {
	s.add(object, stateOK, "", "", format, args)
}

// fail adds an error: checks or results are lost or exposed.
func (s *section) fail(object, fix, format string, args ...any) {
	s.add(object, stateFinding, modgearman.Failure.String(), fix, format, args)
}

// warn adds a warning: it works, but not as it should.
func (s *section) warn(object, fix, format string, args ...any) {
	s.add(object, stateFinding, modgearman.Warning.String(), fix, format, args)
}

// advise adds something to know about a program of this version: nothing is wrong on this host. fix says what to do or avoid.
func (s *section) advise(object, fix, format string, args ...any) {
	s.add(object, stateAdvisory, "", fix, format, args)
}

// unknown adds an inconclusive check; fix says how to make it conclusive.
func (s *section) unknown(object, fix, format string, args ...any) {
	s.add(object, stateUnknown, "", fix, format, args)
}

func (s *section) add(object, state, severity, fix, format string, args []any) {
	s.rows = append(s.rows, row{Check: s.check, Object: object, State: state, Severity: severity, Finding: fmt.Sprintf(format, args...), Fix: fix})
}

// joinAdvisories makes one row of advisories that are the same for several objects, after the other rows.
func (s *section) joinAdvisories() {
	var rows, advisories []row
	for _, r := range s.rows {
		same := func(a row) bool { return a.Finding == r.Finding }
		switch i := slices.IndexFunc(advisories, same); {
		case r.State != stateAdvisory:
			rows = append(rows, r)
		case i < 0:
			advisories = append(advisories, r)
		default:
			advisories[i].Object += ", " + r.Object
		}
	}
	s.rows = append(rows, advisories...)
}

// verdict returns the error for the exit code: 1 for findings, else 4 for inconclusive checks.
func verdict(rows []row) error {
	count := map[string]int64{}
	for _, r := range rows {
		count[r.State+r.Severity]++
	}
	var parts []string
	if n := count[stateFinding+modgearman.Failure.String()]; n > 0 {
		parts = append(parts, output.Plural(n, "error", "errors"))
	}
	if n := count[stateFinding+modgearman.Warning.String()]; n > 0 {
		parts = append(parts, output.Plural(n, "warning", "warnings"))
	}
	failed := len(parts) > 0
	if n := count[stateUnknown]; n > 0 {
		parts = append(parts, output.Plural(n, "check", "checks")+" inconclusive")
	}
	if len(parts) == 0 {
		return nil
	}
	err := cmderr.Errorf("doctor: %s", strings.Join(parts, ", "))
	if !failed {
		return cmderr.SomeFailed([]error{err}, true)
	}
	return err
}
