package payload

import (
	"errors"
	"strings"
	"unicode/utf8"

	"gearctl/commands/internal/jobs"
	"gearctl/output"
	"gearctl/wire/modgearman"
)

// decodedRow is a decoded payload, or why it cannot be decoded.
type decodedRow struct {
	Line       int64   `json:"line" out:"drop6"`
	Size       int     `json:"size" out:"bytes,drop1"`
	Kind       *string `json:"kind" out:"keep"`  // null when it cannot be decoded
	Form       *string `json:"form" out:"drop2"` // encrypted, clear or bare
	Key        *string `json:"key" out:"drop3"`  // fingerprint of the key that decrypted it
	Host       *string `json:"host" out:"name"`
	Service    *string `json:"service" out:"name"`
	ReturnCode *int    `json:"return_code" out:"keep"`
	Source     *string `json:"source"`
	Reason     *string `json:"reason"`           // why it cannot be decoded, as a word
	Error      *string `json:"error" out:"keep"` // and in words
	Note       *string `json:"note"`             // anything else
	Text       string  `json:"text" out:"optional"`
	Fields     []field `json:"fields"`

	fields []modgearman.Field
}

// Style marks what cannot be decoded.
func (r decodedRow) Style(key string) output.Style {
	if key == "reason" || key == "error" {
		return output.Bad
	}
	return output.Plain
}

// newDecodedRow returns the row of a payload, or of the error that decoding it gave.
func newDecodedRow(line int64, data []byte, p modgearman.Payload, keys []modgearman.Key, err error) decodedRow {
	row := decodedRow{Line: line, Size: len(data), Fields: []field{}}
	if err != nil {
		row.Reason, row.Error = new(jobs.DecodeReason(err)), new(decodeDetail(err))
		row.Note = jobs.Known(jobs.Preview(data, keys))
		return row
	}
	row.Kind, row.Form = new(p.Kind.String()), new(p.Form.String())
	if p.Key >= 0 {
		row.Key = new(keys[p.Key].Fingerprint())
	}
	row.Text, row.fields = string(p.Text), fieldsOf(p)
	for i := range row.fields {
		row.Fields = append(row.Fields, newField(&row.fields[i]))
	}
	row.setNames(p)
	row.Note = jobs.Known(noteOn(p))
	return row
}

func decodeDetail(err error) string {
	var e *modgearman.DecodeError
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}

// setNames copies what identifies a check or result.
func (r *decodedRow) setNames(p modgearman.Payload) {
	switch {
	case p.Kind == modgearman.KindResult:
		result, err := p.Result()
		r.Host, r.Service, r.Source = jobs.Known(result.Host), jobs.Known(result.Service), jobs.Known(modgearman.SourceText(result.Source))
		if err == nil {
			r.ReturnCode = new(result.ReturnCode)
		}
	case p.Kind.IsCheck():
		check, _ := p.Check()
		r.Host, r.Service = jobs.Known(check.Host), jobs.Known(check.Service)
	case p.Kind == modgearman.KindPerfdata:
		for _, f := range r.fields {
			switch f.Name {
			case "HOSTNAME":
				r.Host = jobs.Known(f.Value)
			case "SERVICEDESC":
				r.Service = jobs.Known(f.Value)
			}
		}
	}
}

// noteOn explains a payload whose fields do not, and what is wrong with it.
func noteOn(p modgearman.Payload) string {
	var err error
	switch {
	case p.Kind == modgearman.KindProbe:
		return "a status request for a worker_ or result queue; in a check queue workers discard it as undecodable"
	case p.Kind == modgearman.KindStatus:
		return "a status reply"
	case p.Kind == modgearman.KindUnknown:
		return "readable, but not a Mod-Gearman job"
	case p.Kind == modgearman.KindResult:
		_, err = p.Result()
	case p.Kind.IsCheck():
		_, err = p.Check()
	}
	if err != nil {
		return "incomplete: " + jobs.PacketProblem(err).Error()
	}
	return ""
}

// field is a field as transmitted. Text that is not UTF-8 is in base64, as in rows.
type field struct {
	Name        *string `json:"name,omitempty"`
	NameBase64  []byte  `json:"name_base64,omitempty"`
	Value       *string `json:"value,omitempty"`
	ValueBase64 []byte  `json:"value_base64,omitempty"`
}

func newField(f *modgearman.Field) field {
	var p field
	p.Name, p.NameBase64 = exactText(&f.Name)
	p.Value, p.ValueBase64 = exactText(&f.Value)
	return p
}

func exactText(s *string) (text *string, binary []byte) {
	if utf8.ValidString(*s) {
		return s, nil
	}
	return nil, []byte(*s)
}

// fieldsOf returns the fields of a payload in their order, or its text if it has none.
func fieldsOf(p modgearman.Payload) []modgearman.Field {
	if p.Kind != modgearman.KindStatus && p.Kind != modgearman.KindProbe {
		if fields := p.Fields(); len(fields) > 0 {
			return fields
		}
	}
	return []modgearman.Field{{Name: "text", Value: string(p.Text)}}
}

// fieldRow is a line of the table of a single payload.
type fieldRow struct {
	Field string `json:"field" out:"keep"`
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

// table returns the rows of the table: what the payload is, then its fields.
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
	for _, f := range r.fields {
		rows = append(rows, fieldRow{f.Name, f.Value})
	}
	return rows
}
