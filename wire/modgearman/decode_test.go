package modgearman

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func wantReason(t *testing.T, data []byte, want Reason, keys ...Key) {
	t.Helper()
	p, err := Decode(data, keys...)
	var e *DecodeError
	if !errors.As(err, &e) || e.Reason != want {
		t.Fatalf("got %s payload %q, %v, want reason %s", p.Form, p.Text, err, want)
	}
}

// The rule of common/gm_crypt.c: a whole block more when text and NUL fill blocks, but for 16 itself.
func TestPaddedSize(t *testing.T) {
	for _, tc := range []struct{ text, want int }{
		{0, 16},
		{1, 16},
		{3, 16},
		{7, 16},
		{8, 16},
		{14, 16},
		{15, 16},
		{16, 32},
		{30, 32},
		{31, 48},
		{32, 48},
		{46, 48},
		{47, 64},
		{63, 80},
		{64, 80},
	} {
		if got := paddedSize(tc.text); got != tc.want {
			t.Errorf("text of %d bytes: got %d, want %d", tc.text, got, tc.want)
		}
	}
}

func TestAppendEncodeAppends(t *testing.T) {
	key := mustKey(t, labKey)
	text := []byte("type=host\nhost_name=a\noutput=b\n")
	alone, err := Encode(text, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 5, 100, 1000} {
		dst := append(make([]byte, 0, room), "head "...)
		got, err := AppendEncode(dst, text, key)
		if err != nil || string(got) != "head "+string(alone) {
			t.Errorf("room %d: got %q, %v", room, got, err)
		}
	}
}

func TestEncodeRefusesNUL(t *testing.T) {
	for _, key := range []Key{{}, mustKey(t, labKey)} {
		got, err := AppendEncode([]byte("x"), []byte("type=host\x00"), key)
		if !errors.Is(err, ErrNUL) || string(got) != "x" {
			t.Errorf("got %q, %v, want x and ErrNUL", got, err)
		}
	}
}

func TestDecodeReasons(t *testing.T) {
	key := mustKey(t, labKey)
	random := make([]byte, 160)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(random)
	enc := func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }
	for _, tc := range []struct {
		name string
		data []byte
		keys []Key
		want Reason
	}{
		{"nothing", nil, nil, ReasonEmpty},
		{"blanks", []byte(" \n\x00"), nil, ReasonEmpty},
		{"plain text", []byte("type=service\nhost_name=a\n"), []Key{key}, ReasonNotBase64},
		{"prose", []byte("hello, world"), []Key{key}, ReasonNotBase64},
		{"half a group", []byte("QUJDR"), []Key{key}, ReasonLength},
		{"odd ciphertext", enc(random[:155]), []Key{key}, ReasonLength},
		{"no key", enc(random), nil, ReasonNoKey},
		{"only the zero key", enc(random), []Key{{}}, ReasonNoKey},
		{"wrong key", enc(random), []Key{key}, ReasonWrongKey},
		{"one block, wrong key", enc(random[:16]), []Key{key, key}, ReasonWrongKey},
	} {
		t.Run(tc.name, func(t *testing.T) { wantReason(t, tc.data, tc.want, tc.keys...) })
	}
}

func TestDecodeSaysThatTheKeyFitsACutJob(t *testing.T) {
	key := mustKey(t, labKey)
	whole, _ := Encode([]byte("type=host\nhost_name=a\noutput="+strings.Repeat("b", 200)), key)
	raw, _ := base64.StdEncoding.DecodeString(string(whole))
	_, err := Decode([]byte(base64.StdEncoding.EncodeToString(raw[:101])), mustKey(t, "wrong one"), key)
	var e *DecodeError
	if !errors.As(err, &e) || e.Reason != ReasonLength || e.FittingKey != 1 {
		t.Errorf("got %+v", err)
	}
}

func TestDecodeBare(t *testing.T) {
	for data, want := range map[string]Kind{
		"check": KindProbe, "check\x00": KindProbe, "check\n": KindProbe,
		"w1 has 2 worker and is working on 0 jobs. Version: 5.2.4|worker=2;;;1;3 jobs=5c\x00\xff\xfe": KindStatus,
	} {
		p, err := Decode([]byte(data))
		if err != nil || p.Kind != want || p.Form != FormBare {
			t.Errorf("%q: got %s %s, %v, want %s", data, p.Kind, p.Form, err, want)
		}
	}
}

// unusual are texts that a right key may yield.
var unusual = map[string]struct {
	text string
	kind Kind
}{
	"perfdata":        {"DATATYPE::HOSTPERFDATA\tTIMET::1\tHOSTNAME::a\n", KindPerfdata},
	"perfdata of own": {"Zürich\tcpu usage total of the host\t0.25;0.5\tOK and so on, more text\n", KindUnknown},
	"export":          {`{"callback_type":"NEBCALLBACK_LOG_DATA","flags":0,"data":"x"}`, KindExport},
	"C result":        {"host_name=a\nreturn_code=0\noutput=fine\n\n\n\n", KindResult},
	"binary output":   {"host_name=a\noutput=\xff\xfe\x01\x02\x80\x90" + strings.Repeat("\xf1\x03", 400) + "\n", KindResult},
	"Latin-1":         {"type=passive\nhost_name=M\xfcnchen\nreturn_code=0\noutput=gr\xfc\xdfe\n", KindResult},
	"output first":    {"output=x\nhost_name=a\nreturn_code=1\n", KindResult},
	"Cyrillic":        {"Сервер работает хорошо и быстро", KindUnknown},
	"Latin-1 prose":   {"Gr\xfc\xdfe aus M\xfcnchen an alle, die das hier lesen k\xf6nnen", KindUnknown},
	"one word":        {"hello", KindUnknown},
	"fifteen letters": {"a short message", KindUnknown},
}

func TestDecodeUnusualTexts(t *testing.T) {
	key, wrong := mustKey(t, labKey), mustKey(t, "something else")
	for name, tc := range unusual {
		for _, pad := range []string{"C", "newlines", "zeros to 32"} {
			text := []byte(tc.text)
			if pad == "newlines" && len(text) < 2*blockSize {
				continue // too short to tell without NULs
			}
			t.Run(name+" "+pad, func(t *testing.T) {
				data := encodePadded(t, text, pad, key)
				p, err := Decode(data, wrong, key)
				if err != nil || p.Kind != tc.kind || p.Key != 1 {
					t.Fatalf("got %s key %d, %v, want %s", p.Kind, p.Key, err, tc.kind)
				}
				if got, want := bytes.TrimRight(p.Text, "\n"), bytes.TrimRight(text, "\n"); !bytes.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
				wantReason(t, data, ReasonWrongKey, wrong)
			})
		}
	}
}

func encodePadded(t *testing.T, text []byte, pad string, key Key) []byte {
	t.Helper()
	padded := bytes.Clone(text)
	switch pad {
	case "C":
		data, err := Encode(text, key)
		if err != nil {
			t.Fatal(err)
		}
		return data
	case "newlines":
		for len(padded)%blockSize != 0 {
			padded = append(padded, '\n')
		}
	default:
		for ok := true; ok; ok = len(padded)%32 != 0 {
			padded = append(padded, 0)
		}
	}
	encryptBlocks(key, padded)
	return []byte(base64.StdEncoding.EncodeToString(padded))
}

// MIME encoders, Perl's among them, break lines at 76 characters.
func TestDecodeBase64OnSeveralLines(t *testing.T) {
	key := mustKey(t, labKey)
	data, _ := Encode([]byte("host_name=a\noutput="+strings.Repeat("x", 300)+"\n"), key)
	var lines []byte
	for len(data) > 0 {
		n := min(76, len(data))
		lines = append(append(lines, data[:n]...), '\r', '\n')
		data = data[n:]
	}
	if p, err := Decode(lines, key); err != nil || p.Kind != KindResult {
		t.Errorf("got %s, %v", p.Kind, err)
	}
}

// No random bytes may pass for text: one block, where it is hardest to tell, and the usual sizes.
func TestNoFalsePositives(t *testing.T) {
	rng := rand.NewChaCha8([32]byte{7})
	tries := 300_000
	if testing.Short() {
		tries = 30_000
	}
	for _, size := range []int{16, 32, 48, 208} {
		raw := make([]byte, size)
		for range tries {
			_, _ = rng.Read(raw)
			if got := evidence(raw); got >= threshold {
				t.Fatalf("%d random bytes %q pass for text with %.1f bits", size, raw, got)
			}
		}
	}
}

func TestDecodeEncodeProperty(t *testing.T) {
	key := mustKey(t, labKey)
	begin := rapid.SampledFrom([]string{"type=passive\n", "host_name=x\n", "DATATYPE::A\t", `{"callback_type":`})
	rest := rapid.SliceOf(rapid.ByteRange(1, 255))
	rapid.Check(t, func(t *rapid.T) {
		text := append([]byte(begin.Draw(t, "begin")), rest.Draw(t, "rest")...)
		for _, k := range []Key{key, {}} {
			data, err := Encode(text, k)
			if err != nil {
				t.Fatal(err)
			}
			p, err := Decode(data, k)
			if err != nil || !bytes.Equal(p.Text, text) {
				t.Fatalf("encrypted %v: got %q, %v, want %q", !k.IsZero(), p.Text, err, text)
			}
		}
	})
}
