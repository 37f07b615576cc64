package nagios

import (
	"strconv"

	"gearctl/output"
)

// The states of a check, which are the exit codes of a plugin.
const (
	StateOK       = 0
	StateWarning  = 1
	StateCritical = 2
	StateUnknown  = 3
)

// StateNames are the words for the return codes of plugins.
var StateNames = []string{"OK", "WARNING", "CRITICAL", "UNKNOWN"}

// StateName returns the word for a return code; one that no plugin should have stays a number.
func StateName(code int) string {
	if code < 0 || code >= len(StateNames) {
		return strconv.Itoa(code)
	}
	return StateNames[code]
}

// StateStyle returns the style in which a state is printed.
func StateStyle(code int) output.Style {
	switch code {
	case StateOK:
		return output.Good
	case StateCritical:
		return output.Bad
	}
	return output.Warn
}
