package output

import (
	"bufio"
	"fmt"
	"reflect"
	"text/template"
	"time"
)

// templateEncoder executes a template for each row, on a map from key to value, and adds a newline. Numbers are numbers,
// times RFC 3339; null is false and prints nothing. A key that the row does not have is an error.
type templateEncoder struct {
	w       *bufio.Writer
	tmpl    *template.Template
	cols    []Column
	escaped bool
	values  map[string]any // reused from row to row
}

// nullValue is null in a template.
type nullValue string

// MarshalJSON returns null.
func (nullValue) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

func parseTemplate(text string) (*template.Template, error) {
	functions := template.FuncMap{
		"escape": func(v any) string { return Escape(fmt.Sprint(v)) },
		"json":   func(v any) string { return string(appendAny(nil, v)) },
	}
	t, err := template.New("output").Option("missingkey=error").Funcs(functions).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse output template: %w", err)
	}
	return t, nil
}

func newTemplateEncoder(w *bufio.Writer, o Options, cols []Column) (*templateEncoder, error) {
	t, err := parseTemplate(o.Format.Template)
	if err == nil {
		err = resolveFields(t.Root, cols, true)
	}
	return &templateEncoder{w: w, tmpl: t, cols: cols, escaped: o.Terminal, values: make(map[string]any, len(cols))}, err
}

func (e *templateEncoder) row(r reflect.Value, _ func(string) Style) error {
	for i := range e.cols {
		e.values[e.cols[i].Key] = e.value(&e.cols[i], r)
	}
	if err := e.tmpl.Execute(e.w, e.values); err != nil {
		return err
	}
	return e.w.WriteByte('\n')
}

func (e *templateEncoder) end() error { return nil }

// value returns a cell as a template sees it.
func (e *templateEncoder) value(c *Column, row reflect.Value) any {
	v, ok := c.value(row)
	switch {
	case !ok:
		return nullValue("")
	case c.kind == kindTime:
		return timeOf(v).Format(time.RFC3339Nano)
	case c.kind == kindString:
		return e.escape(v.String())
	case c.kind == kindStrings:
		list := stringsOf(v)
		for i := range list {
			list[i] = e.escape(list[i])
		}
		return list
	case c.labels != nil:
		return c.labels.withNull(v.Interface().(map[string]string))
	default:
		return v.Interface()
	}
}

// withNull returns the labels of a server, with null for those that it does not have.
func (l *Labels) withNull(own map[string]string) map[string]any {
	all := make(map[string]any, len(l.Names))
	for _, name := range l.Names {
		if text, ok := own[name]; ok {
			all[name] = text
		} else {
			all[name] = nullValue("")
		}
	}
	return all
}

func (e *templateEncoder) escape(s string) string {
	if e.escaped {
		return Escape(s)
	}
	return s
}
