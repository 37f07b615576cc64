package commands

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"gearctl/output"
	"gearctl/wire/modgearman"
)

// decodedRow is what a payload says, or why it says nothing.
type decodedRow struct {
	Line       int64          `json:"line"`
	Size       int            `json:"size" out:"bytes"`
	Kind       *string        `json:"kind"` // null when it cannot be decoded
	Form       *string        `json:"form"` // encrypted, clear or bare
	Key        *string        `json:"key"`  // fingerprint of the key that opened it
	Host       *string        `json:"host"`
	Service    *string        `json:"service"`
	ReturnCode *int           `json:"return_code"`
	Source     *string        `json:"source"`
	Reason     *string        `json:"reason"` // why it cannot be decoded, as a word
	Error      *string        `json:"error"`  // and in words
	Note       *string        `json:"note"`   // what else there is to say
	Text       string         `json:"text" out:"optional"`
	Fields     []payloadField `json:"fields"`
}

// Style marks what cannot be decoded.
func (r decodedRow) Style(key string) output.Style {
	if key == "reason" || key == "error" {
		return output.Bad
	}
	return output.Plain
}

// newDecodedRow decodes a payload. text is a part of the row's, without the padding.
func newDecodedRow(line int64, data []byte, keys []modgearman.Key) (row decodedRow, text []byte, err error) {
	row = decodedRow{Line: line, Size: len(data), Fields: []payloadField{}}
	p, err := modgearman.Decode(data, keys...)
	if err != nil {
		row.Reason, row.Error = new(decodeReason(err)), new(decodeDetail(err))
		return row, nil, err
	}
	row.Kind, row.Form = new(p.Kind.String()), new(p.Form.String())
	if p.Key >= 0 {
		row.Key = new(keys[p.Key].Fingerprint())
	}
	row.Text, row.Fields = string(p.Text), payloadFields(p)
	row.names(p)
	row.Note = known(payloadNote(p))
	return row, p.Text, nil
}

func decodeDetail(err error) string {
	var e *modgearman.DecodeError
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}

// names copies what identifies a check or result.
func (r *decodedRow) names(p modgearman.Payload) {
	switch {
	case p.Kind == modgearman.KindResult:
		result, err := p.Result()
		r.Host, r.Service, r.Source = known(result.Host), known(result.Service), known(result.Source)
		if err == nil {
			r.ReturnCode = &result.ReturnCode
		}
	case p.Kind.IsCheck():
		check, _ := p.Check()
		r.Host, r.Service = known(check.Host), known(check.Service)
	case p.Kind == modgearman.KindPerfdata:
		for _, f := range r.Fields {
			switch f.Name {
			case "HOSTNAME":
				r.Host = known(f.Value)
			case "SERVICEDESC":
				r.Service = known(f.Value)
			}
		}
	}
}

// payloadNote says what the payload is when its fields do not, and what is wrong with it.
func payloadNote(p modgearman.Payload) string {
	var err error
	switch {
	case p.Kind == modgearman.KindProbe:
		return "a bare probe: asks the reader of a worker_ or result queue for its state; in a check queue, workers discard it as undecipherable"
	case p.Kind == modgearman.KindStatus:
		return "the answer to a probe"
	case p.Kind == modgearman.KindUnknown:
		return "readable, but nothing that Mod-Gearman sends"
	case p.Kind == modgearman.KindResult:
		_, err = p.Result()
	case p.Kind.IsCheck():
		_, err = p.Check()
	}
	if err != nil {
		return "incomplete: " + packetProblem(err).Error()
	}
	return ""
}

// payloadField is a field as it travelled.
type payloadField struct{ Name, Value string }

// payloadFields returns the fields of a payload in their order.
func payloadFields(p modgearman.Payload) []payloadField {
	fields := []payloadField{}
	if p.Kind == modgearman.KindStatus || p.Kind == modgearman.KindProbe {
		return append(fields, payloadField{"text", string(p.Text)})
	}
	for _, f := range p.Fields() {
		fields = append(fields, payloadField(f))
	}
	if len(fields) == 0 {
		fields = append(fields, payloadField{"text", string(p.Text)})
	}
	return fields
}

// MarshalJSON keeps what is not UTF-8 exact, as rows do.
func (f payloadField) MarshalJSON() ([]byte, error) {
	m := map[string]any{}
	for key, s := range map[string]string{"name": f.Name, "value": f.Value} {
		if utf8.ValidString(s) {
			m[key] = s
			continue
		}
		m[key+"_base64"] = []byte(s)
	}
	return json.Marshal(m)
}

// fieldRow is a line of the table of a single payload.
type fieldRow struct {
	Field string `json:"field"`
	Value string `json:"value" out:"wide"`
}

// Style sets apart what is not in the payload itself.
func (r fieldRow) Style(key string) output.Style {
	if key == "field" && !strings.HasPrefix(r.Field, metaMark) {
		return output.Bold
	}
	return output.Plain
}

const metaMark = "("

// table is the row for people: what the payload is, then its fields.
func (r decodedRow) table() []fieldRow {
	var rows []fieldRow
	for _, f := range []struct {
		name  string
		value *string
	}{{"(kind)", r.Kind}, {"(form)", r.Form}, {"(key)", r.Key}, {"(note)", r.Note}} {
		if f.value != nil {
			rows = append(rows, fieldRow{f.name, *f.value})
		}
	}
	for _, f := range r.Fields {
		rows = append(rows, fieldRow{f.Name, f.Value})
	}
	return rows
}

// keyNames lists the fingerprints of keys.
func keyNames(keys []modgearman.Key) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.String()
	}
	return strings.Join(names, ", ")
}
