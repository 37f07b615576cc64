package modgearman

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says how much a finding matters.
type Severity int

// The severities.
const (
	Hint    Severity = iota // good to know
	Warning                 // works, but probably not as meant
	Failure                 // checks or results are lost, refused or readable by others
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

// MarshalText writes the severity's word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is something in a configuration that does not do what it seems to. It never holds a key.
type Finding struct {
	Severity    Severity `json:"severity"`
	File        string   `json:"file"`
	Line        int      `json:"line"` // 0 when it concerns the file as a whole
	Option      string   `json:"option"`
	Message     string   `json:"message"`     // what is there
	Consequence string   `json:"consequence"` // what happens because of it
	Fix         string   `json:"fix"`         // what to write instead
}

// String returns the finding on one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s: %s; %s; %s", f.File, f.Line, f.Severity, f.Option, f.Message, f.Consequence, f.Fix)
}

// sortFindings orders by file and line and drops what two views of one shared file found twice.
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
