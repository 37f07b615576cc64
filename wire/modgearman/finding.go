package modgearman

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity is how serious a finding is.
type Severity int

// The severities.
const (
	Hint    Severity = iota // good to know
	Warning                 // works, but probably not as intended
	Failure                 // checks or results are lost, rejected or readable by others
)

// String returns hint, warning or error.
func (s Severity) String() string {
	switch s {
	case Hint:
		return "hint"
	case Warning:
		return "warning"
	}
	return "error"
}

// MarshalText returns the word of String.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is a problem in a configuration. It never contains a key.
type Finding struct {
	Severity    Severity `json:"severity"`
	File        string   `json:"file"`
	Line        int      `json:"line"` // 0: the file as a whole
	Option      string   `json:"option"`
	Message     string   `json:"message"`     // what is wrong
	Consequence string   `json:"consequence"` // the effect
	Fix         string   `json:"fix"`         // what to write instead
}

// Where returns FILE:LINE, or FILE for the file as a whole.
func (f Finding) Where() string {
	if f.Line == 0 {
		return f.File
	}
	return Origin{f.File, f.Line}.String()
}

// String returns the finding on one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s: %s; %s; %s", f.Where(), f.Severity, f.Option, f.Message, f.Consequence, f.Fix)
}

// sortFindings sorts by file and line, and drops duplicates: module and worker may share a file.
func sortFindings(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(b.Severity, a.Severity))
	})
	seen := map[Finding]bool{}
	return slices.DeleteFunc(list, func(f Finding) bool {
		again := seen[f]
		seen[f] = true
		return again
	})
}
