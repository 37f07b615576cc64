package commandtest

import (
	"encoding/json"
	"regexp"
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

// Matches reports whether a run had that exit code and its output matches the regular expressions.
func (r Run) Matches(code int, stdout, stderr string) bool {
	return r.Code == code && regexp.MustCompile(stdout).MatchString(r.Stdout) && regexp.MustCompile(stderr).MatchString(r.Stderr)
}

// WantMatch fails the test unless got matches.
func WantMatch(t testing.TB, got Run, code int, stdout, stderr string) {
	t.Helper()
	if !got.Matches(code, stdout, stderr) {
		t.Errorf("got exit code %d, stdout %q, stderr %q, want %d, %q, %q", got.Code, got.Stdout, got.Stderr, code, stdout, stderr)
	}
}
