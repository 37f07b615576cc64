package output

import (
	"bytes"
	"errors"
	"testing"
)

func TestTemplate(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"several keys", `{{.server}}{{"\t"}}{{.total}}`, "gm1:4730\t2\ngm1:4730\t12345\n"},
		{"null", `{{if .high}}{{.high}}{{else}}none{{end}}|{{.high}}|{{json .high}}`, "3|3|3\nnone||null\n"},
		{"numbers compare", `{{if gt .total 10}}many{{end}}`, "\nmany\n"},
		{"time", `{{.at}}`, "2026-03-01T12:00:00.005Z\n2026-03-01T13:00:00.005Z\n"},
		{"list", `{{range .groups}}<{{.}}>{{end}}`, "<a><b>\n\n"},
		{"escape", `{{escape .queue}} {{.total | escape}}`, "host <b> 2\n日本\\x1b[2J 12345\n"},
		{"json", `{{json .queue}} {{json .groups}} {{json .took_seconds}}`, `"host <b>" ["a","b"] 0.25` + "\n" + `"日本\u001b[2J" [] 75` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{Format: format(t, "template="+tt.template), Also: []string{"high"}}
			want(t, render(t, o, jobs()...), tt.want)
		})
	}
}

func TestTemplateOfAWholeRow(t *testing.T) {
	o := Options{Format: format(t, "template={{json .}}")}
	want(t, render(t, o, textRow{"a\xff", []string{"b"}}), `{"list":["b"],"text_base64":"Yf8="}`+"\n")
	o.Format = format(t, "template={{json .text}}")
	want(t, render(t, o, textRow{Text: "a\xff"}), `{"base64":"Yf8="}`+"\n")
}

func TestTemplateOnATerminalIsEscaped(t *testing.T) {
	o := Options{Format: format(t, "template={{.text}} {{.list}}"), Terminal: true}
	want(t, render(t, o, textRow{"\x1b[2J", []string{"\x07"}}), `\x1b[2J [\x07]`+"\n")
}

func TestTemplateWithAnUnknownKey(t *testing.T) {
	for _, text := range []string{"{{.txt}}", "{{if .text}}{{json .txt}}{{end}}", "{{range .list}}{{$.txt}}{{end}}", "{{with .txt}}{{end}}", "{{(.txt)}}"} {
		_, err := NewPrinter[textRow](&bytes.Buffer{}, Options{Format: format(t, "template="+text)})
		var unknown *UnknownColumnError
		if !errors.As(err, &unknown) || unknown.Key != "txt" {
			t.Errorf("%s: got %v, want that there is no txt", text, err)
		}
	}
	inner := Options{Format: format(t, "template={{with .list}}{{len .}}{{else}}{{.text}}{{end}}{{range $i, $x := .list}}{{$x}}{{end}}")}
	want(t, render(t, inner, textRow{"a", []string{"b"}}, textRow{"c", nil}), "1b\nc\n")
}
