package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tree is a module with a mutant for each kind of end.
var tree = map[string]string{
	"go.mod": "module gearctl\n\ngo 1.26\n",
	"p/p.go": `package p

import (
	"os"
	"path/filepath"
)

func Greater(a, b int) int {
	if a > b { // the same with >=
		return a
	}
	return b
}

func Count(c chan int) (n int) {
	for {
		if _, ok := <-c; !ok {
			break
		}
		n += len(c) + 1
	}
	return n
}

func Untested(f func()) { f() }

func Used(f func()) { f() }

func Write(name string) error { return os.WriteFile(place(name), nil, 0o600) }

func place(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Base(name)
}
`,
	"p/p_test.go": `package p

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGreater(t *testing.T) {
	if Greater(1, 2) != 2 || Greater(2, 1) != 2 || Greater(1, 1) != 1 {
		t.Error("wrong")
	}
}

func TestCount(t *testing.T) {
	c := make(chan int, 1)
	c <- 1
	close(c)
	if Count(c) != 1 {
		t.Error("wrong")
	}
}

func TestUsed(t *testing.T) { Used(func() {}) }

func TestWrite(t *testing.T) {
	name := filepath.Join(t.TempDir(), "left")
	if err := Write(name); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
}
`,
	"q/q.go": "package q\n",
	"q/q_test.go": `package q

import (
	"testing"

	"gearctl/p"
)

func TestUse(t *testing.T) {
	used := false
	p.Used(func() { used = true })
	if !used {
		t.Error("not used")
	}
}
`,
}

func plant(t *testing.T, tree map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range tree {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")
}

// TestRun: a mutant that changes nothing and one that no test reaches survive; others are noticed by a test of the
// package, by one of a package that uses it, or by the time limit.
func TestRun(t *testing.T) {
	plant(t, tree)
	users["p"] = []string{"q"}
	t.Cleanup(func() { delete(users, "p") })
	var out strings.Builder
	survived, err := run(&out, options{parallel: 2, users: 1, verbose: true, match: regexp.MustCompile(""), least: time.Second}, []string{"./p"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"noticed p/p.go:9: Greater: condition never true: if a > b -> if false (by p TestGreater)",
		"SURVIVED: p/p.go:9: Greater: exchanged >: a > b -> a >= b (1 tests passed)",
		"noticed p/p.go:18: Count: exchanged break: break -> continue (by p)",
		"noticed p/p.go:20: Count: off by one: len(c) + 1 -> 1 + 1 (by p TestCount)",
		"SURVIVED: p/p.go:25: Untested: removed call: f() ->  (reached by no test)",
		"noticed p/p.go:27: Used: removed call: f() ->  (by q TestUse)",
		"noticed p/p.go:32: place: condition never true: if filepath.IsAbs(name) -> if false (by p TestWrite)",
		"4 survived (1 reached by no test)",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
	if _, err := os.Stat(filepath.Join("p", "left")); err == nil {
		t.Error("a mutant left a file in the tree")
	}
	if survived != 4 {
		t.Errorf("%d survived, want 4", survived)
	}
}

// TestRunFailsWithoutAMutant: what the tests say means nothing if they fail anyway.
func TestRunFailsWithoutAMutant(t *testing.T) {
	plant(t, map[string]string{
		"go.mod":      tree["go.mod"],
		"p/p.go":      "package p\n\nfunc F(f func()) { f() }\n",
		"p/p_test.go": "package p\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { F(func() { t.Error(\"always\") }) }\n",
	})
	_, err := run(&strings.Builder{}, options{match: regexp.MustCompile(""), least: time.Second}, []string{"p"})
	if err == nil || !strings.Contains(err.Error(), "p TestF fails without a mutant") {
		t.Errorf("error %v", err)
	}
}
