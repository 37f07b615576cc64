package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var standard = sync.OnceValues(func() (map[string]listed, error) { return list(nil) })

// snippet returns the source that a test describes by statements of a function and by further declarations.
func snippet(t *testing.T, body, declarations string) *source {
	t.Helper()
	text := "package p\n\ntype file interface {\n\tSync() error\n\tClose()\n}\n\ntype state struct{ n int }\n\nfunc ok() bool { return true }\n\n" +
		"func f(x, y int, e error, d file, s *state, c chan int) error {\n" + body + "\nreturn nil\n}\n" + declarations
	packages, err := standard()
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	s := &source{path: "p", dir: "/p", fset: fset, deps: importExports(fset, packages), names: []string{"/p/p.go"}, texts: [][]byte{[]byte(text)}}
	f, err := parser.ParseFile(s.fset, "/p/p.go", text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	s.files = []*ast.File{f}
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOperators(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want []string
	}{
		"call":                   {"d.Close()", []string{"removed call: d.Close() -> "}},
		"error of call":          {"e = d.Sync(); _ = e", []string{"removed call: d.Sync() -> nil"}},
		"builtin":                {"close(c)", []string{"removed call: close(c) -> "}},
		"panic":                  {"panic(x)", nil},
		"defer":                  {"defer d.Close()", []string{"removed defer: defer d.Close() -> "}},
		"field":                  {"s.n = x", []string{"removed assignment: s.n = x -> "}},
		"field counted":          {"s.n++", []string{"removed assignment: s.n++ -> "}},
		"variable":               {"x = y", nil},
		"error checked":          {"if e != nil { x = y }", []string{"condition never true: if e != nil -> if false", "condition always true: if e != nil -> if true"}},
		"condition":              {"if x == y { x = y }", []string{"condition never true: if x == y -> if false", "negated condition: if x == y -> if !(x == y)"}},
		"less":                   {"_ = x < y", []string{"exchanged <: x < y -> x <= y"}},
		"less or equal":          {"_ = x <= y", []string{"exchanged <=: x <= y -> x < y"}},
		"more":                   {"_ = x > y", []string{"exchanged >: x > y -> x >= y"}},
		"more or equal":          {"_ = x >= y", []string{"exchanged >=: x >= y -> x > y"}},
		"and":                    {"_ = ok() && x == y", []string{"exchanged &&: ok() && x == y -> ok() || x == y"}},
		"or":                     {"_ = ok() || x == y", []string{"exchanged ||: ok() || x == y -> ok() && x == y"}},
		"swap":                   {"ok(); c <- 1", []string{"removed call: ok() -> ", "swapped statements: ok(); c <- 1 -> c <- 1; ok()", "off by one: c <- 1 -> 1 + 1"}},
		"error returned":         {"return e", []string{"error returned as nil: return … e -> return … nil"}},
		"constant":               {"_ = x + 5", []string{"off by one: x + 5 -> 5 + 1"}},
		"constant of constants":  {"const k = 5; var a [3]int; _ = a; _ = k; _ = x << 2; _ = x == 4", nil},
		"capacity":               {"_ = make([]int, 0, 9)", []string{"off by one: make([]int, 0, 9) -> 0 + 1"}},
		"number beside an error": {"_ = func() (int, error) { return 5, e }", []string{"error returned as nil: return … e -> return … nil"}},
		"case":                   {"switch x { case 1: y = x; case 2, 3: default: }", []string{"removed case: case 1 -> "}},
		"case of conditions":     {"switch { case ok(): y = x }", []string{"removed case: case ok() -> "}},
		"fallthrough":            {"switch x { case 1: fallthrough; default: }", nil},
		"break":                  {"for { break }", []string{"exchanged break: break -> continue"}},
		"continue":               {"for ok() { continue }", []string{"exchanged continue: continue -> break"}},
		"break of a switch":      {"switch { case ok(): break }", []string{"removed case: case ok() -> "}},
	} {
		t.Run(name, func(t *testing.T) {
			s := snippet(t, tt.body, "")
			n := 0
			var got []string
			_, mutants, err := mutated(s, find(s, &n))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range mutants {
				_, what, _ := strings.Cut(m.String(), ": f: ")
				got = append(got, what)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestMutatedSource: all mutants of a file are in it at once, each under its own number.
func TestMutatedSource(t *testing.T) {
	s := snippet(t, `if x < y && ok() {
		d.Close()
		return d.Sync()
	}`, "")
	n := 0
	text := string(render(s, find(s, &n))["/p/p.go"])
	want := `if mutantNever(1, mutantNegate(2, mutantAnd(3, mutantLess(4, x , y) , func() bool { return ( ok()) }))) {
		if mutantOff(5) { d.Close() }
		return mutantErr(6, mutantSkip(7, func() error { return d.Sync() }))
	}`
	if _, text, _ = strings.Cut(text, "c chan int) error {\n"); !strings.HasPrefix(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// TestSwapKeepsItsNumbers: three neighbours give two swaps that overlap.
func TestSwapOfThreeNeighbours(t *testing.T) {
	s := snippet(t, "c <- x; c <- y; c <- s.n", "")
	n := 0
	text := string(render(s, find(s, &n))["/p/p.go"])
	want := "if mutantOff(1) { c <- x }; if mutantOff(2) { c <- y }; if mutantOn(1) { c <- x }; c <- s.n; if mutantOn(2) { c <- y }"
	if !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// TestRemovedCaseTakesTheDefault: without its case, a value goes to the default.
func TestRemovedCaseTakesTheDefault(t *testing.T) {
	s := snippet(t, "switch x { case 1: y = 1; default: y = x }", "")
	n := 0
	text := string(render(s, find(s, &n))["/p/p.go"])
	if want := "case 1: if mutantOn(1) { y = x } else { y = mutantPlus[int](2, 1) }; default: y = x"; !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}
