package modgearman

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// Field is a name and value of a packet.
type Field struct {
	Name, Value string
}

// ParseFields returns the key=value lines of a text in order, including repeated ones. Lines without = are skipped, and
// white space around names is removed. Values are exact and may be empty.
func ParseFields(text []byte) []Field {
	var list []Field
	for name, value := range fields(text) {
		list = append(list, Field{string(name), string(value)})
	}
	return list
}

// fields yields names and values, which are parts of text.
func fields(text []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for len(text) > 0 {
			var line []byte
			line, text, _ = bytes.Cut(text, []byte{'\n'})
			name, value, found := bytes.Cut(line, []byte{'='})
			name = bytes.Trim(name, " \t\r")
			if !found || len(name) == 0 {
				continue
			}
			if !yield(name, value) {
				return
			}
		}
	}
}

// perfdataFields splits the tab-separated KEY::VALUE pairs of the default perfdata templates.
func perfdataFields(text []byte) []Field {
	var list []Field
	for pair := range strings.SplitSeq(strings.TrimRight(string(text), "\r\n"), "\t") {
		name, value, found := strings.Cut(pair, "::")
		if found {
			list = append(list, Field{name, value})
		}
	}
	return list
}

// isExport recognizes the JSON objects of the module's export option.
func isExport(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	return bytes.HasPrefix(text, []byte("{")) && bytes.Contains(text, []byte(`"callback_type"`))
}

// exportFields returns the members of an exported JSON object in order, up to the first syntax error.
func exportFields(text []byte) []Field {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	var list []Field
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return list
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return list
		}
		word, _ := name.(string)
		list = append(list, Field{word, memberText(raw)})
	}
	return list
}

func memberText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
