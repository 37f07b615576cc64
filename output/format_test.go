package output

import (
	"strings"
	"testing"
)

func TestParseFormat(t *testing.T) {
	for s, f := range map[string]Format{
		"table":                 {Kind: "table"},
		"json":                  {Kind: "json"},
		"jsonl":                 {Kind: "jsonl"},
		"csv":                   {Kind: "csv"},
		"raw":                   {Kind: "raw"},
		"template={{.a}}={{1}}": {Kind: "template", Template: "{{.a}}={{1}}"},
	} {
		if got, err := ParseFormat(s, "raw"); err != nil || got != f {
			t.Errorf("%s: got %+v, %v, want %+v", s, got, err, f)
		}
	}
}

func TestParseFormatTellsWhatIsWrong(t *testing.T) {
	for s, text := range map[string]string{
		"yaml":           `output format "yaml": choose from table, json, jsonl, csv, tsv, template=…, raw`,
		"":               `output format "": choose from `,
		"json=x":         `output format "json=x": choose from `,
		"template":       `output format "template": no template, write template='{{.KEY}} {{.KEY}}'`,
		"template=":      `output format "template=": no template`,
		"template={{.a":  `parse output template: template: output:1: unclosed action`,
		"template={{a}}": `parse output template: template: output:1: function "a" not defined`,
	} {
		if _, err := ParseFormat(s, "raw"); err == nil || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%q: got %v, want %s", s, err, text)
		}
	}
}
