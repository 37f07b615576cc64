package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"strings"
)

// condition: an if that is never or always taken, or whose condition is negated.
func (f *finder) condition(n *ast.IfStmt) {
	c := f.short(n.Cond)
	f.wrap(n.Cond, "condition never true", "if "+c, "if false", "mutantNever(%d, ", ")")
	if b, ok := n.Cond.(*ast.BinaryExpr); ok && b.Op == token.NEQ && f.raw(b.Y) == "nil" && types.AssignableTo(f.info.TypeOf(b.X), errorType) {
		f.wrap(n.Cond, "condition always true", "if "+c, "if true", "mutantAlways(%d, ", ")")
		return
	}
	f.wrap(n.Cond, "negated condition", "if "+c, "if !("+c+")", "mutantNegate(%d, ", ")")
}

// operators are the binary operators that are exchanged: for what, by which function, and what separates its arguments.
var operators = map[token.Token]struct{ other, function, separator, end string }{
	token.LAND: {"||", "mutantAnd", ", func() bool { return (", ") })"},
	token.LOR:  {"&&", "mutantOr", ", func() bool { return (", ") })"},
	token.LSS:  {"<=", "mutantLess", ",", ")"},
	token.LEQ:  {"<", "mutantLessEqual", ",", ")"},
	token.GTR:  {">=", "mutantMore", ",", ")"},
	token.GEQ:  {">", "mutantMoreEqual", ",", ")"},
}

// binary: && and ||, < and <=, > and >= exchanged.
func (f *finder) binary(n *ast.BinaryExpr) {
	o, ok := operators[n.Op]
	if !ok || f.info.Types[n].Value != nil {
		return
	}
	name := "exchanged " + n.Op.String()
	f.add(n, name, f.short(n), shorten(f.raw(n.X)+" "+o.other+" "+f.raw(n.Y)), func(id int) []edit {
		at := f.offset(n.OpPos)
		return []edit{
			{from: f.offset(n.Pos()), to: f.offset(n.End()), before: fmt.Sprintf("%s(%d, ", o.function, id), after: o.end},
			{from: at, to: at + len(n.Op.String()), before: o.separator, replace: true},
		}
	})
}

// returned: nil is returned instead of an error.
func (f *finder) returned(n *ast.ReturnStmt) {
	results := f.results()
	if results.Len() != len(n.Results) {
		return
	}
	for i, e := range n.Results {
		if isError(results.At(i).Type()) && f.raw(e) != "nil" {
			f.wrap(e, "error returned as nil", "return … "+f.short(e), "return … nil", "mutantErr(%d, ", ")")
		}
	}
}

// errorCall: a call that returns only an error is not made.
func (f *finder) errorCall(n *ast.CallExpr) {
	switch f.parent().(type) {
	case *ast.ExprStmt, *ast.GoStmt, *ast.DeferStmt:
		return
	}
	if isError(f.info.TypeOf(n)) && !f.makesError(n) && !f.info.Types[n.Fun].IsType() {
		f.wrap(n, "removed call", f.short(n), "nil", "mutantSkip(%d, func() error { return ", " })")
	}
}

// makesError reports whether a call makes an error, or wraps one, and does nothing else.
func (f *finder) makesError(n *ast.CallExpr) bool {
	switch fun := n.Fun.(type) {
	case *ast.Ident:
		return errorMaker.MatchString(fun.Name)
	case *ast.SelectorExpr:
		if id, ok := fun.X.(*ast.Ident); ok {
			if p, ok := f.info.Uses[id].(*types.PkgName); ok && strings.HasPrefix(p.Imported().Path()+"/", "errors/") {
				return true
			}
		}
		return errorMaker.MatchString(fun.Sel.Name)
	}
	return false
}

// errorMaker matches the names of functions that only make errors.
var errorMaker = regexp.MustCompile(`(?i)err|^(cause|withoutPath|wrap|WithHint)`)

// constant: a number with a literal in it is one higher.
func (f *finder) constant(e ast.Expr) {
	tv := f.info.Types[e]
	if tv.Value == nil || tv.Value.Kind() != constant.Int || !hasLiteral(e) || f.inConstant() {
		return
	}
	name, ok := f.integer(tv.Type)
	if !ok {
		return
	}
	f.wrap(e, "off by one", f.short(f.parent()), f.short(e)+" + 1", "mutantPlus["+name+"](%d, ", ")")
}

// inConstant reports whether the expression visited is part of a constant, or where only a constant or its exact type
// will do, or where another operator changes it.
func (f *finder) inConstant() bool {
	e := f.stack[len(f.stack)-1]
	switch p := f.parent().(type) {
	case *ast.ArrayType, *ast.CaseClause, *ast.Field, *ast.ParenExpr:
		return true
	case *ast.ValueSpec:
		for _, n := range f.stack {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				return true
			}
		}
	case *ast.KeyValueExpr:
		return p.Key == e
	case *ast.ReturnStmt:
		last := p.Results[len(p.Results)-1]
		return isError(f.info.TypeOf(last)) // beside an error, the number means nothing
	case *ast.CallExpr:
		if id, ok := p.Fun.(*ast.Ident); ok && id.Name == "make" && len(p.Args) == 3 && p.Args[2] == e {
			return true // only the capacity
		}
	case *ast.BinaryExpr:
		switch p.Op {
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ, token.SHL, token.SHR:
			return true
		}
	}
	p, ok := f.parent().(ast.Expr)
	return ok && f.info.Types[p].Value != nil
}

func hasLiteral(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.INT {
			found = true
		}
		return !found
	})
	return found
}

// integer returns how the file writes an integer type.
func (f *finder) integer(t types.Type) (string, bool) {
	b, ok := t.Underlying().(*types.Basic)
	if !ok || b.Info()&types.IsInteger == 0 || b.Info()&types.IsUntyped != 0 {
		return "", false
	}
	return types.TypeString(t, func(p *types.Package) string {
		if p == f.pkg {
			return ""
		}
		return p.Name()
	}), true
}
