package output

import (
	"fmt"
	"slices"
	"strings"
)

// Format is an output format. The zero Format is a table.
type Format struct {
	Kind     string // one of the constants below, or a format that only one command has
	Template string // for Kind Template: the text
}

// The formats that every Printer supports.
const (
	Table    = "table"
	JSON     = "json"
	JSONL    = "jsonl"
	CSV      = "csv"
	TSV      = "tsv"
	Template = "template"
)

// ParseFormat parses table, json, jsonl, csv, tsv, template=TEXT, or one of own. The error lists the choices or describes the
// error in the template.
func ParseFormat(s string, own ...string) (Format, error) {
	kind, text, isTemplate := strings.Cut(s, "=")
	switch {
	case kind == Template && isTemplate && text != "":
		_, err := parseTemplate(text)
		return Format{Kind: Template, Template: text}, err
	case kind == Template:
		return Format{}, fmt.Errorf("output format %q: no template, write template='{{.KEY}} {{.KEY}}'", s)
	case slices.Contains([]string{Table, JSON, JSONL, CSV, TSV}, s) || slices.Contains(own, s):
		return Format{Kind: s}, nil
	default:
		return Format{}, fmt.Errorf("output format %q: choose from %s", s, strings.Join(Formats(own...), ", "))
	}
}

// Formats returns what ParseFormat accepts, for help and completion.
func Formats(own ...string) []string {
	return append([]string{Table, JSON, JSONL, CSV, TSV, Template + "=…"}, own...)
}
