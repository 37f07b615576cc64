package output

import (
	"fmt"
	"slices"
	"strings"
)

// Format is how rows are written. The zero Format is a table.
type Format struct {
	Kind     string // table, json, jsonl, csv, template, or a format of a command's own
	Template string // the text of a template
}

// The formats that every Printer knows.
const (
	Table    = "table"
	JSON     = "json"
	JSONL    = "jsonl"
	CSV      = "csv"
	Template = "template"
)

// ParseFormat returns the format that s names: table, json, jsonl, csv, template=TEXT, or one of a command's own. The
// error lists the choices, or tells what is wrong with the template.
func ParseFormat(s string, own ...string) (Format, error) {
	kind, text, isTemplate := strings.Cut(s, "=")
	switch {
	case kind == Template && isTemplate && text != "":
		_, err := parseTemplate(text)
		return Format{Kind: Template, Template: text}, err
	case kind == Template:
		return Format{}, fmt.Errorf("output format %q: no template, write template='{{.KEY}} {{.KEY}}'", s)
	case slices.Contains([]string{Table, JSON, JSONL, CSV}, s) || slices.Contains(own, s):
		return Format{Kind: s}, nil
	default:
		return Format{}, fmt.Errorf("output format %q: choose from %s", s, strings.Join(Formats(own...), ", "))
	}
}

// Formats returns what ParseFormat takes, for help and completion.
func Formats(own ...string) []string {
	return append([]string{Table, JSON, JSONL, CSV, Template + "=…"}, own...)
}
