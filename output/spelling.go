package output

import (
	"strings"
	tree "text/template/parse"
)

// normalKey returns a key as rows have it, of one that was typed as a heading: LAST SEEN is last_seen.
func normalKey(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.TrimSpace(s)))
}

// resolveFields gives the fields of the row in a template the spelling of their columns, and returns an *UnknownColumnError for
// one that the row does not have. Inside of range and with, where the dot is something else, only those of $ are of the row.
func resolveFields(n tree.Node, cols []Column, row bool) error {
	var err error
	visit := func(row bool, nodes ...tree.Node) {
		for _, n := range nodes {
			if err == nil && n != nil {
				err = resolveFields(n, cols, row)
			}
		}
	}
	switch n := n.(type) {
	case *tree.ListNode:
		if n != nil {
			visit(row, n.Nodes...)
		}
	case *tree.ActionNode:
		visit(row, n.Pipe)
	case *tree.IfNode:
		visit(row, n.Pipe, n.List, n.ElseList)
	case *tree.RangeNode:
		visit(row, n.Pipe, n.ElseList)
		visit(false, n.List)
	case *tree.WithNode:
		visit(row, n.Pipe, n.ElseList)
		visit(false, n.List)
	case *tree.TemplateNode:
		visit(row, n.Pipe)
	case *tree.PipeNode:
		if n == nil { // of a template without an argument
			return nil
		}
		for _, c := range n.Cmds {
			visit(row, c)
		}
	case *tree.CommandNode:
		visit(row, n.Args...)
	case *tree.ChainNode:
		visit(row, n.Node)
	case *tree.FieldNode:
		if row {
			return resolveField(n.Ident, cols)
		}
	case *tree.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			return resolveField(n.Ident[1:], cols)
		}
	}
	return err
}

func resolveField(ident []string, cols []Column) error {
	c, err := findColumn(cols, ident[0])
	if err == nil {
		ident[0] = c.Key
	}
	return err
}
