package modgearman

import "bytes"

// Form is the encoding of a workload.
type Form int

// The forms.
const (
	FormBare      Form = iota // plain text: probes and their answers
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

// MarshalText returns the word of String.
func (f Form) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Payload is a decoded job.
//
// Encrypted jobs have no checksum. A key counts as the right one if the text starts like a text of Mod-Gearman, or if its
// bytes are text (ASCII, UTF-8 or Latin-1) rather than random with odds of at least 30 million to one. For a text of less
// than 16 bytes in capitals or symbols, the right key may therefore be rejected.
type Payload struct {
	Kind Kind
	Form Form
	Key  int // index of the key; -1: not encrypted
	// Text is the text without padding: NULs, or newlines from the Go programs. Of trailing newlines in an encrypted
	// text, one is kept, since it may belong to the text. Text is part of Padded.
	Text   []byte
	Padded []byte // all decoded bytes
}

func newPayload(form Form, key int, padded []byte) Payload {
	p := Payload{Form: form, Key: key, Text: stripPadding(padded, form), Padded: padded}
	p.Kind = kindOf(p.Text)
	return p
}

// Check parses the payload as a check; see ParseCheck.
func (p Payload) Check() (Check, error) { return ParseCheck(p.Text) }

// Result parses the payload as a result; see ParseResult.
func (p Payload) Result() (Result, error) { return ParseResult(p.Text) }

// Fields returns the payload's fields in order: key=value lines, KEY::VALUE pairs of performance data, or the members of an
// exported JSON object.
func (p Payload) Fields() []Field {
	switch p.Kind {
	case KindPerfdata:
		return perfdataFields(p.Text)
	case KindExport:
		return exportFields(p.Text)
	}
	return ParseFields(p.Text)
}

// stripPadding removes NULs (C pads to 16 bytes, older senders to 32) or, if there are none, all but one of the newlines
// with which the Go programs pad.
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

// kindOf returns the kind by the first bytes, the type field, or fields that only results have.
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
