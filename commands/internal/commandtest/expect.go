package commandtest

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// RowsOf decodes JSON lines.
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

// WantRun reports an error unless got has the exit code and its stderr contains every text.
func WantRun(t testing.TB, got Run, code int, stderr ...string) {
	t.Helper()
	if got.Code != code {
		t.Errorf("exit code %d, want %d\nstdout %.500q\nstderr %.2000q", got.Code, code, got.Stdout, got.Stderr)
	}
	for _, s := range stderr {
		if !strings.Contains(got.Stderr, s) {
			t.Errorf("stderr %.2000q does not contain %q", got.Stderr, s)
		}
	}
}

// Matches reports whether r has the exit code and its output matches the regular expressions.
func (r Run) Matches(code int, stdout, stderr string) bool {
	return r.Code == code && regexp.MustCompile(stdout).MatchString(r.Stdout) && regexp.MustCompile(stderr).MatchString(r.Stderr)
}

// WantMatch reports an error unless got matches.
func WantMatch(t testing.TB, got Run, code int, stdout, stderr string) {
	t.Helper()
	if !got.Matches(code, stdout, stderr) {
		t.Errorf("got exit code %d, stdout %q, stderr %q, want %d, %q, %q", got.Code, got.Stdout, got.Stderr, code, stdout, stderr)
	}
}
