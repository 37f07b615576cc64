package commandtest

import (
	"encoding/json"
	"strings"
	"testing"
)

// RowsOf reads JSON lines.
func RowsOf[T any](t testing.TB, lines string) []T {
	t.Helper()
	var rows []T
	for d := json.NewDecoder(strings.NewReader(lines)); d.More(); {
		var row T
		if err := d.Decode(&row); err != nil {
			t.Fatalf("%v in %q", err, lines)
		}
		rows = append(rows, row)
	}
	return rows
}

// WantRun fails the test unless a run had that exit code and each text in stderr.
func WantRun(t testing.TB, got Run, code int, stderr ...string) {
	t.Helper()
	if got.Code != code {
		t.Errorf("exit code %d, want %d\nstdout %.500q\nstderr %.2000q", got.Code, code, got.Stdout, got.Stderr)
	}
	for _, s := range stderr {
		if !strings.Contains(got.Stderr, s) {
			t.Errorf("stderr %.2000q has no %q", got.Stderr, s)
		}
	}
}
