package modgearman

import "bytes"

// Form says how a text travelled.
type Form int

// The forms.
const (
	FormBare      Form = iota // as it is: probes and their answers
	FormClear                 // base64
	FormEncrypted             // AES-256-ECB and base64
)

// String returns bare, clear or encrypted.
func (f Form) String() string {
	switch f {
	case FormClear:
		return "clear"
	case FormEncrypted:
		return "encrypted"
	}
	return "bare"
}

// MarshalText writes the form's word.
func (f Form) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Payload is a decoded job.
//
// Encrypted jobs have no checksum. A key counts as right when the text begins as Mod-Gearman's texts do, or when its
// bytes are such as text has (ASCII, UTF-8, Latin-1) by odds of 30 million to one and more. A text of less than 16
// bytes in capitals or symbols may therefore be taken for a wrong key.
type Payload struct {
	Kind Kind
	Form Form
	Key  int // index of the key that fitted, -1 when none was needed
	// Text is the text without the padding: NULs, or the newlines of the Go programs. As those cannot be told from
	// newlines of the text, one is left. Text is a part of Padded.
	Text   []byte
	Padded []byte // every byte that was decrypted
}

func newPayload(form Form, key int, padded []byte) Payload {
	p := Payload{Form: form, Key: key, Text: stripPadding(padded, form), Padded: padded}
	p.Kind = kindOf(p.Text)
	return p
}

// Check returns the check of a payload, as ParseCheck.
func (p Payload) Check() (Check, error) { return ParseCheck(p.Text) }

// Result returns the result of a payload, as ParseResult.
func (p Payload) Result() (Result, error) { return ParseResult(p.Text) }

// Fields returns the payload's fields in their order, for a table: those of key=value lines, of KEY::VALUE pairs, or
// the members of an export's object.
func (p Payload) Fields() []Field {
	switch p.Kind {
	case KindPerfdata:
		return perfdataFields(p.Text)
	case KindExport:
		return exportFields(p.Text)
	}
	return ParseFields(p.Text)
}

// stripPadding removes NULs of any number (C pads to 16, older senders to 32), or, where there is none, the newlines
// with which the Go programs fill the last block.
func stripPadding(padded []byte, form Form) []byte {
	text := bytes.TrimRight(padded, "\x00")
	if form != FormEncrypted || len(text) < len(padded) {
		return text
	}
	for n := len(text); n >= 2 && text[n-1] == '\n' && text[n-2] == '\n'; n = len(text) {
		text = text[:n-1]
	}
	return text
}

func bareKind(data []byte) Kind {
	if string(data) == "check" {
		return KindProbe
	}
	if _, err := ParseStatus(data); err == nil {
		return KindStatus
	}
	return KindUnknown
}

// kindOf tells the kind by the type field, by the fields that only results have, or by the first bytes.
func kindOf(text []byte) Kind {
	switch {
	case bytes.HasPrefix(text, []byte("DATATYPE::")):
		return KindPerfdata
	case isExport(text):
		return KindExport
	}
	var host, outcome bool
	for name, value := range fields(text) {
		switch string(name) {
		case "type":
			if kind := kindOfType(string(bytes.TrimSpace(value))); kind != KindUnknown {
				return kind
			}
		case "host_name":
			host = true
		case "output", "return_code":
			outcome = true
		}
	}
	if host && outcome {
		return KindResult
	}
	return KindUnknown
}
