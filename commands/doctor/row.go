package doctor

import (
	"fmt"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/modconf"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// doctorRow is the result of a check.
type doctorRow struct {
	Check    string      `json:"check"`
	Object   string      `json:"object"`
	State    doctorState `json:"state"`
	Severity string      `json:"severity"` // of a finding: error or warning
	Finding  string      `json:"finding" out:"wide"`
	Fix      string      `json:"fix"`
	Cure     string      `json:"cure"` // Fix under its former name
}

// doctorState is the outcome of a check.
type doctorState = string

// The states.
const (
	doctorOK      doctorState = "ok"
	doctorFinding doctorState = "finding"
	doctorUnknown doctorState = "unknown" // inconclusive
)

// Style colours the state.
func (r doctorRow) Style(key string) output.Style {
	if key != "state" && key != "severity" {
		return output.Plain
	}
	return r.style()
}

func (r doctorRow) style() output.Style {
	switch r.State {
	case doctorOK:
		return output.Good
	case doctorFinding:
		return modconf.SeverityStyle(r.Severity)
	}
	return output.Warn
}

// sheet takes the rows of one check.
type sheet struct {
	check string
	rows  []doctorRow
}

func (s *sheet) ok(object, format string, args ...any) {
	s.add(object, doctorOK, "", "", format, args)
}

// fail is for what loses checks or results, or shows them to others.
func (s *sheet) fail(object, fix, format string, args ...any) {
	s.add(object, doctorFinding, modgearman.Failure.String(), fix, format, args)
}

// warn is for what works, but not as it should.
func (s *sheet) warn(object, fix, format string, args ...any) {
	s.add(object, doctorFinding, modgearman.Warning.String(), fix, format, args)
}

// unknown is for an inconclusive check; fix says how to make it conclusive.
func (s *sheet) unknown(object, fix, format string, args ...any) {
	s.add(object, doctorUnknown, "", fix, format, args)
}

func (s *sheet) add(object string, state doctorState, severity, fix, format string, args []any) {
	s.rows = append(s.rows, doctorRow{s.check, object, state, severity, fmt.Sprintf(format, args...), fix, fix})
}

// verdict returns what the rows mean for the exit code: findings fail; inconclusive checks are a part not done.
func verdict(rows []doctorRow) error {
	count := map[string]int64{}
	for _, r := range rows {
		count[r.State+r.Severity]++
	}
	var parts []string
	if n := count[doctorFinding+modgearman.Failure.String()]; n > 0 {
		parts = append(parts, output.Plural(n, "error", "errors"))
	}
	if n := count[doctorFinding+modgearman.Warning.String()]; n > 0 {
		parts = append(parts, output.Plural(n, "warning", "warnings"))
	}
	failed := len(parts) > 0
	if n := count[doctorUnknown]; n > 0 {
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
