package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// A finder collects the mutants of a package.
type finder struct {
	*source
	nextID  *int
	mutants []mutant

	text  []byte // of the file
	name  string
	file  *ast.File
	stack []ast.Node // the node visited and those around it, innermost last
}

// find returns the mutants of a package; their numbers follow *nextID.
func find(s *source, nextID *int) []mutant {
	f := &finder{source: s, nextID: nextID}
	for i, file := range s.files {
		f.file, f.text, f.name = file, s.texts[i], filepath.Base(s.names[i])
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil {
				f.stack = f.stack[:len(f.stack)-1]
				return true
			}
			f.stack = append(f.stack, n)
			f.visit(n)
			return true
		})
	}
	return f.mutants
}

func (f *finder) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.IfStmt:
		f.condition(n)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.ReturnStmt:
		f.returned(n)
	case *ast.CallExpr:
		f.errorCall(n)
	case *ast.BranchStmt:
		f.branch(n)
	case *ast.SwitchStmt:
		f.cases(n.Body, n.Tag == nil)
	case *ast.TypeSwitchStmt:
		f.cases(n.Body, false)
	}
	switch n := n.(type) {
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
	case *ast.CommClause:
		f.statements(n.Body)
	}
	if e, ok := n.(ast.Expr); ok {
		f.constant(e)
	}
}

// add adds a mutant at n; the edits are given its number.
func (f *finder) add(n ast.Node, operator, before, after string, edits func(id int) []edit) {
	*f.nextID++
	f.mutants = append(f.mutants, mutant{
		ID: *f.nextID, Package: f.path, File: f.path + "/" + f.name, Line: f.fset.Position(n.Pos()).Line,
		Function: f.function(), Operator: operator, Before: before, After: after, edits: edits(*f.nextID),
	})
}

// wrap adds a mutant that surrounds n with two texts; a %d in the first is its number.
func (f *finder) wrap(n ast.Node, operator, before, after, open, end string) {
	f.add(n, operator, before, after, func(id int) []edit {
		return []edit{{from: f.offset(n.Pos()), to: f.offset(n.End()), before: fmt.Sprintf(open, id), after: end}}
	})
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

func (f *finder) raw(n ast.Node) string { return string(f.text[f.offset(n.Pos()):f.offset(n.End())]) }

// short returns a node's text as one line of bounded length.
func (f *finder) short(n ast.Node) string { return shorten(f.raw(n)) }

func shorten(s string) string {
	const limit = 90
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= limit {
		return s
	}
	cut := limit
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// parent returns the node around the one visited.
func (f *finder) parent() ast.Node {
	if len(f.stack) < 2 {
		return nil
	}
	return f.stack[len(f.stack)-2]
}

// function returns the name of the declared function around the node visited.
func (f *finder) function() string {
	for _, n := range f.stack {
		if d, ok := n.(*ast.FuncDecl); ok {
			return d.Name.Name
		}
	}
	return "package"
}

// results returns the result types of the function around the node visited.
func (f *finder) results() *types.Tuple {
	for i := len(f.stack) - 1; i >= 0; i-- {
		switch n := f.stack[i].(type) {
		case *ast.FuncLit:
			return f.info.TypeOf(n).(*types.Signature).Results()
		case *ast.FuncDecl:
			return f.info.Defs[n.Name].Type().(*types.Signature).Results()
		}
	}
	return nil
}

// inLoop reports whether the node visited is in a loop of its function.
func (f *finder) inLoop() bool {
	for i := len(f.stack) - 1; i >= 0; i-- {
		switch f.stack[i].(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			return true
		case *ast.FuncLit, *ast.FuncDecl:
			return false
		}
	}
	return false
}

var errorType = types.Universe.Lookup("error").Type()

func isError(t types.Type) bool { return t != nil && types.Identical(t, errorType) }
