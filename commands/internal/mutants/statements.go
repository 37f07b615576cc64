package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// statements: a call, a defer or an assignment to a field is removed; two neighbours are swapped.
func (f *finder) statements(list []ast.Stmt) {
	for i, s := range list {
		switch n := s.(type) {
		case *ast.ExprStmt:
			if f.removable(n.X) {
				f.wrap(n, "removed call", f.short(n), "", "if mutantOff(%d) { ", " }")
			}
		case *ast.DeferStmt:
			f.wrap(n, "removed defer", f.short(n), "", "if mutantOff(%d) { ", " }")
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE && isField(n.Lhs[0]) {
				f.wrap(n, "removed assignment", f.short(n), "", "if mutantOff(%d) { ", " }")
			}
		case *ast.IncDecStmt:
			if isField(n.X) {
				f.wrap(n, "removed assignment", f.short(n), "", "if mutantOff(%d) { ", " }")
			}
		}
		if i+1 < len(list) && f.swappable(s) && f.swappable(list[i+1]) {
			f.swap(s, list[i+1])
		}
	}
}

func isField(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return true
	case *ast.IndexExpr:
		return isField(e.X)
	case *ast.StarExpr:
		return true
	}
	return false
}

// removable reports whether a call can be left out: not panic, which ends a function for the compiler.
func (f *finder) removable(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return true // a receive
	}
	id, ok := call.Fun.(*ast.Ident)
	if !ok {
		return true
	}
	b, ok := f.info.Uses[id].(*types.Builtin)
	return !ok || b.Name() != "panic"
}

// swappable reports whether a statement does something, defines nothing and goes on to the next.
func (f *finder) swappable(s ast.Stmt) bool {
	switch n := s.(type) {
	case *ast.ExprStmt:
		return f.removable(n.X) && f.calls(n)
	case *ast.AssignStmt:
		return n.Tok != token.DEFINE && f.calls(n)
	case *ast.IfStmt:
		return n.Else == nil && f.calls(n.Cond) || n.Else == nil && n.Init != nil && f.calls(n.Init)
	case *ast.SendStmt:
		return true
	}
	return false
}

// calls reports whether a function is called, other than a builtin that only computes.
func (f *finder) calls(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			tv := f.info.Types[n.Fun]
			found = found || !tv.IsType() && !tv.IsBuiltin()
		}
		return !found
	})
	return found
}

// swap runs a after b.
func (f *finder) swap(a, b ast.Stmt) {
	f.add(a, "swapped statements", f.short(a)+"; "+f.short(b), f.short(b)+"; "+f.short(a), func(id int) []edit {
		return []edit{
			{from: f.offset(a.Pos()), to: f.offset(a.End()), before: fmt.Sprintf("if mutantOff(%d) { ", id), after: " }"},
			{from: f.offset(b.Pos()), to: f.offset(b.End()), after: fmt.Sprintf("; if mutantOn(%d) { %s }", id, f.raw(a)), trailing: true},
		}
	})
}

// branch: continue and break exchanged.
func (f *finder) branch(n *ast.BranchStmt) {
	other := map[token.Token]string{token.BREAK: "continue", token.CONTINUE: "break"}[n.Tok]
	if other == "" || !f.inLoop() {
		return
	}
	if n.Label != nil {
		other += " " + n.Label.Name
	}
	f.wrap(n, "exchanged "+n.Tok.String(), f.short(n), other, "if mutantOn(%d) { "+other+" }; ", "")
}

// cases: a case of a switch is removed.
func (f *finder) cases(body *ast.BlockStmt, conditions bool) {
	otherwise := ""
	for _, s := range body.List {
		if c := s.(*ast.CaseClause); c.List == nil && len(c.Body) > 0 {
			otherwise = string(f.text[f.offset(c.Body[0].Pos()):f.offset(c.Body[len(c.Body)-1].End())])
		}
	}
	for _, s := range body.List {
		c := s.(*ast.CaseClause)
		if conditions {
			for _, e := range c.List {
				f.wrap(e, "removed case", "case "+f.short(e), "", "mutantNever(%d, ", ")")
			}
			continue
		}
		if c.List == nil || len(c.Body) == 0 {
			continue
		}
		last := c.Body[len(c.Body)-1]
		if b, ok := last.(*ast.BranchStmt); ok && b.Tok == token.FALLTHROUGH {
			continue
		}
		before := "case "
		for i, e := range c.List {
			if i > 0 {
				before += ", "
			}
			before += f.raw(e)
		}
		f.add(c, "removed case", shorten(before), "", func(id int) []edit {
			open := fmt.Sprintf("if mutantOff(%d) { ", id)
			if otherwise != "" {
				open = fmt.Sprintf("if mutantOn(%d) { %s } else { ", id, otherwise)
			}
			return []edit{{from: f.offset(c.Body[0].Pos()), to: f.offset(last.End()), before: open, after: " }"}}
		})
	}
}
