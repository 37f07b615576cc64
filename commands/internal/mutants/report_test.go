package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSampleStaysWhenLinesMove(t *testing.T) {
	mutants := func(line int) (all []mutant) {
		for i := range 100 {
			all = append(all, mutant{ID: i + 1, File: "a.go", Line: line + i, Operator: "removed call", Before: fmt.Sprint("f", i, "()")})
		}
		return all
	}
	keys := func(all []mutant) (keys []string) {
		for _, m := range all {
			keys = append(keys, m.key())
		}
		return keys
	}
	first := keys(sample(mutants(1), 10, 1))
	if len(first) != 10 {
		t.Fatalf("%d mutants, want 10", len(first))
	}
	if diff := cmp.Diff(first, keys(sample(mutants(1000), 10, 1))); diff != "" {
		t.Errorf("other lines choose other mutants: %s", diff)
	}
	if cmp.Equal(first, keys(sample(mutants(1), 10, 2))) {
		t.Error("another seed chooses the same mutants")
	}
	if all := sample(mutants(1), 0, 1); len(all) != 100 {
		t.Errorf("-n 0 chooses %d of 100", len(all))
	}
}

func TestReadArgued(t *testing.T) {
	name := filepath.Join(t.TempDir(), "argued")
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# a comment\n\na.go: F: removed call: f() ->  # only faster\n")
	got, err := readArgued(name)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{mutant{File: "a.go", Function: "F", Operator: "removed call", Before: "f()"}.key(): "only faster"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"a.go: F: removed call: f() -> \n", "a.go: F: removed call: f() ->  # \n", "a.go # a reason\n"} {
		if write(text); func() bool { _, err := readArgued(name); return err == nil }() {
			t.Errorf("no error for a survivor without a reason: %q", text)
		}
	}
}

func TestScore(t *testing.T) {
	var s score
	s.count(outcome{noticed: true, tests: 2})
	s.count(outcome{noticed: true, timedOut: true, tests: 2})
	s.count(outcome{tests: 2})
	s.count(outcome{})
	s.argued = 1
	const want = "5 mutants, 2 noticed (1 by a time limit), 1 argued for, 2 survived (1 reached by no test): 50.0 % in 0s"
	if got := s.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
