package output

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type textRow struct {
	Text string   `json:"text"`
	List []string `json:"list"`
}

func TestJSONText(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"as it is", "a/b <&> 日本 é \U0001f600", `"a/b <&> 日本 é ` + "\U0001f600" + `"`},
		{"quotes and backslashes", `a"b\c`, `"a\"b\\c"`},
		{"control characters", "\x00\b\n\r\t\x1b\x7f", `"\u0000\u0008\n\r\t\u001b\u007f"`},
		{"what steers a terminal, by number", "\u009b\u202e\u2028\ufeff", `"\u009b\u202e\u2028\ufeff"`},
		{"the replacement character itself", "\ufffd", `"` + "\ufffd" + `"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want(t, string(appendString(nil, tt.text)), tt.want)
		})
	}
}

func TestJSONOfWhatIsNotUTF8(t *testing.T) {
	o := Options{Format: Format{Kind: JSONL}}
	want(t, render(t, o, textRow{"a\xff", []string{"ok", "b\xfe"}}), `{"text_base64":"Yf8=","list_base64":["b2s=","Yv4="]}`+"\n")
	want(t, render(t, o, textRow{"a", []string{"ok"}}), `{"text":"a","list":["ok"]}`+"\n")
}

func TestJSONNumbers(t *testing.T) {
	type row struct {
		F float64 `json:"f"`
		P *bool   `json:"p"`
		O any     `json:"o"`
	}
	o := Options{Format: Format{Kind: JSONL}}
	no := false
	want(t, render(t, o,
		row{F: 1e21, P: &no, O: map[string]string{"<": ">\u009b\x7f"}}, row{F: math.NaN(), O: func() {}}, row{F: math.Inf(-1)}, row{F: 1e-7}, row{F: -0.5}),
		`{"f":1e+21,"p":false,"o":{"<":">\u009b\u007f"}}
{"f":null,"p":null,"o":null}
{"f":null,"p":null,"o":null}
{"f":1e-07,"p":null,"o":null}
{"f":-0.5,"p":null,"o":null}
`)
}

type anyRow struct {
	S string   `json:"s"`
	L []string `json:"l"`
	I int64    `json:"i"`
	U uint64   `json:"u"`
	F float64  `json:"f"`
	B bool     `json:"b"`
	P *string  `json:"p"`
}

// bytesOf draws any string, half of the time one that is UTF-8.
func bytesOf() *rapid.Generator[string] {
	raw := rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })
	return rapid.OneOf(rapid.String(), raw)
}

func TestJSONParsesBackToTheSameValues(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) anyRow {
			return anyRow{
				bytesOf().Draw(rt, "s"), rapid.SliceOf(bytesOf()).Draw(rt, "l"), rapid.Int64().Draw(rt, "i"), rapid.Uint64().Draw(rt, "u"),
				rapid.Float64Range(-1e300, 1e300).Draw(rt, "f"), rapid.Bool().Draw(rt, "b"), rapid.Ptr(bytesOf(), true).Draw(rt, "p"),
			}
		}), 0, 5).Draw(rt, "rows")
		var got []map[string]json.RawMessage
		text := render(t, Options{Format: Format{Kind: JSON}}, rows...)
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			rt.Fatalf("%v in %s", err, text)
		}
		if len(got) != len(rows) {
			rt.Fatalf("%d rows, want %d", len(got), len(rows))
		}
		for i := range rows {
			if diff := cmp.Diff(norm(rows[i]), parse(rt, got[i])); diff != "" {
				rt.Fatalf("-want +got:\n%s", diff)
			}
		}
		if strings.Count(text, "\n") != len(rows)+min(len(rows), 1)+1 || !utf8.ValidString(text) {
			rt.Fatalf("got %q, want valid UTF-8 with a line for each row", text)
		}
	})
}

// norm makes a nil list empty, as JSON has it.
func norm(r anyRow) anyRow {
	if r.L == nil {
		r.L = []string{}
	}
	return r
}

// parse reads a row as a script would, with the _base64 keys.
func parse(rt *rapid.T, m map[string]json.RawMessage) (r anyRow) {
	plain := map[string]any{"s": &r.S, "l": &r.L, "i": &r.I, "u": &r.U, "f": &r.F, "b": &r.B, "p": &r.P}
	var s, p []byte
	var l [][]byte
	coded := map[string]any{"s_base64": &s, "l_base64": &l, "p_base64": &p}
	for key, raw := range m {
		at := plain[key]
		if strings.HasSuffix(key, "_base64") {
			at = coded[key]
		}
		if err := json.Unmarshal(raw, at); err != nil {
			rt.Fatalf("%s: %v", key, err)
		}
	}
	if s != nil {
		r.S = string(s)
	}
	if p != nil {
		text := string(p)
		r.P = &text
	}
	for _, b := range l {
		r.L = append(r.L, string(b))
	}
	return r
}

func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "a", "\x00\"\\", "日本\u2028", "\U0001f600\u009b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := appendAny(nil, s)
		var v any
		if err := json.Unmarshal(out, &v); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if m, ok := v.(map[string]any); ok {
			b, _ := base64.StdEncoding.DecodeString(m["base64"].(string))
			v = string(b)
		}
		if v != s {
			t.Errorf("got %q, want %q", v, s)
		}
	})
}
