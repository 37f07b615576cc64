package modgearman

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheZeroKeyAmongKeys is skipped: a list of keys may hold one for "not encrypted".
func TestTheZeroKeyAmongKeys(t *testing.T) {
	key := mustKey(t, labKey)
	job, err := Encode([]byte("type=host\nhost_name=a\n"), key)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := Decode(job, Key{}, key); err != nil || p.Key != 1 {
		t.Errorf("key %d, %v", p.Key, err)
	}
}

func TestDetailsOfWhatCannotBeDecoded(t *testing.T) {
	key := mustKey(t, labKey)
	for _, tt := range []struct {
		data string
		keys []Key
		want string
	}{
		{"====", nil, "not valid base64"},
		{"AZaz09+/=\r\nA", nil, "not valid base64"},
		{"AZaz09+/=\r\n?", nil, "not base64"},
		{"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" + "!", nil, "not base64"},
		{"/////////////////////w==", []Key{key}, "it is encrypted with another key"},
		{"/////////////////////w==", []Key{key, mustKey(t, "another one")}, "none of 2 keys fits"},
	} {
		var e *DecodeError
		if _, err := Decode([]byte(tt.data), tt.keys...); !errors.As(err, &e) || !strings.Contains(e.Detail, tt.want) {
			t.Errorf("%q: %v, want %q", tt.data, err, tt.want)
		}
	}
}

// TestANULIsRefusedWhereverItIs, also as the first byte.
func TestANULIsRefusedWhereverItIs(t *testing.T) {
	for _, text := range []string{"\x00a=b", "a=\x00b", "a=b\x00"} {
		if _, err := Encode([]byte(text), Key{}); !errors.Is(err, ErrNUL) {
			t.Errorf("Encode of %q: %v", text, err)
		}
		if _, err := ParseResultLine([]byte(text+"\t0\tok"), 1, "\t"); !errors.Is(err, ErrNUL) {
			t.Errorf("ParseResultLine of %q: %v", text, err)
		}
	}
	if _, err := ParseResultLine([]byte("h\t0\tok"), 1, ""); err == nil || !strings.Contains(err.Error(), "delimiter is empty") {
		t.Errorf("an empty delimiter: %v", err)
	}
	for _, code := range []string{"", "4", "00", "-1", "/"} {
		if r, err := ParseResultLine([]byte("h\t"+code+"\tok"), 1, "\t"); err == nil {
			t.Errorf("return code %q: %+v", code, r)
		}
	}
}

// TestFieldsOfAnExportedEvent: the module sends JSON with export=.
func TestFieldsOfAnExportedEvent(t *testing.T) {
	p := Payload{Kind: KindExport, Text: []byte(`{"callback_type":"NEBCALLBACK_LOG_DATA","n":12345678901234567890,"more":{"a":[1]},"cut":`)}
	want := []Field{{"callback_type", "NEBCALLBACK_LOG_DATA"}, {"n", "12345678901234567890"}, {"more", `{"a":[1]}`}}
	if diff := cmp.Diff(want, p.Fields()); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"", "[1]", "{", `{"a"`, `{"a":1,2}`} {
		p.Text = []byte(text)
		if got := p.Fields(); len(got) > 1 {
			t.Errorf("%q: %v", text, got)
		}
	}
	for text, want := range map[string]bool{
		` {"callback_type":1}`: true, `{"type":1}`: false, `x "callback_type"`: false,
	} {
		if isExport([]byte(text)) != want {
			t.Errorf("%q is an exported event: %v", text, !want)
		}
	}
}

func TestLinesThatAreNoFields(t *testing.T) {
	got := ParseFields([]byte("no equals\n=no name\n  \t=blank\na=1\nb\n"))
	if diff := cmp.Diff([]Field{{"a", "1"}}, got); diff != "" {
		t.Error(diff)
	}
	// A host, or an outcome, alone is no result.
	for text, want := range map[string]Kind{
		"host_name=a\noutput=b\n": KindResult, "host_name=a\nreturn_code=0\n": KindResult, "host_name=a\n": KindUnknown, "output=b\n": KindUnknown,
	} {
		if got := kindOf([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestAnAddressInBrackets(t *testing.T) {
	for item, want := range map[string]string{"[::1]": "[::1]:4730", "[::1]:4731": "[::1]:4731", "gm": "gm:4730", ":4731": "0.0.0.0:4731", "": "0.0.0.0:4730"} {
		if got := completeAddress(item, "server", DialectC); got != want {
			t.Errorf("%q: %q, want %q", item, got, want)
		}
	}
}

func TestAStatusAtItsEdges(t *testing.T) {
	const ok = "w has 2 worker and is working on 1 jobs. Version: 1"
	for _, bad := range []string{
		strings.Replace(ok, "2", "two", 1), strings.Replace(ok, "1 jobs", "one jobs", 1), strings.Replace(ok, "jobs", "job", 1),
		strings.Replace(ok, " worker and", " workers and", 1), "/:OK - proxy version 1 running.", "4:OK - proxy version 1 running.",
		"w has 2 worker and is working on 1 jobs. " + strings.Repeat("x", 1<<20), ":x y", "no_blank",
	} {
		if s, err := ParseStatus([]byte(bad)); err == nil {
			t.Errorf("%.80q: %+v", bad, s)
		}
	}
	for code := range 4 {
		if s, err := ParseStatus(fmt.Appendf(nil, "%d:OK - proxy version 1 running.", code)); err != nil || s.Code != code {
			t.Errorf("state %d: %+v, %v", code, s, err)
		}
	}
}

func TestPerfdataThatIsDamaged(t *testing.T) {
	for text, want := range map[string]int{
		"a=1 =2 b=3": 2, "noise a=1": 1, "'a=1": 0, "'a'": 0, "'a' b=1": 1, "'a'b=1 c=2": 1, "'a''b'=1": 1, "a\tb=1": 1,
	} {
		if got := ParsePerfdata(text); len(got) != want {
			t.Errorf("%q: %v, want %d metrics", text, got, want)
		}
	}
}

// TestSettingsAtTheirEdges: settings at the edges of what the programs take.
func TestSettingsAtTheirEdges(t *testing.T) {
	for text, want := range map[string]int{"-1": 1, "0": 0, "1": 1, "2": 2, "3": 1} {
		if got := load(t, "perfdata_mode="+text+"\n").Settings(ProgramNEB).PerfdataMode; got != want {
			t.Errorf("perfdata_mode=%s: %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]string{"yes": "[perfdata]", "on": "[perfdata]", "1": "[perfdata]", "": "[]", "no": "[]", "a,b": "[a b]"} {
		if got := fmt.Sprint(load(t, "perfdata="+text+"\n").Settings(ProgramNEB).PerfdataQueues); got != want {
			t.Errorf("perfdata=%s: %s, want %s", text, got, want)
		}
	}
	for _, d := range []Dialect{DialectC, DialectGo} {
		if _, _, err := load(t, "server=a\n").Key(d); !errors.Is(err, ErrNoKey) {
			t.Errorf("%v, no key: %v", d, err)
		}
		if _, _, err := load(t, "key=\nkeyfile=\n").Key(d); !errors.Is(err, ErrNoKey) {
			t.Errorf("%v, an empty key: %v", d, err)
		}
		if _, _, err := load(t, "keyfile=/nowhere\n").Key(d); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v, a missing key file: %v", d, err)
		}
	}
	c := loadFile(t, filepath.Join(write(t, map[string]string{"a.conf": "key=\nkeyfile=DIR/key\n", "key": "file_secret\n"}), "a.conf"))
	if key, _, err := c.Key(DialectGo); err != nil || !key.Equal(mustKey(t, "file_secret")) {
		t.Errorf("an empty key beside a key file: %v, %v", key, err)
	}
}

func TestKeyFilesThatAreRefused(t *testing.T) {
	dir := write(t, map[string]string{"empty": "", "blank": "\nsecret\n", "one": "some secret\n"})
	for name, want := range map[string]error{"missing": os.ErrNotExist, "empty": ErrNoKey} {
		if _, err := ReadKeyFile(filepath.Join(dir, name)); !errors.Is(err, want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if key, err := KeyFromFile(filepath.Join(dir, name), DialectC); !errors.Is(err, want) || !key.IsZero() {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := KeyFromFile(filepath.Join(dir, "blank"), DialectC); !errors.Is(err, ErrNoKey) || !strings.Contains(err.Error(), "by the C rule") {
		t.Errorf("only a Go key: %v", err)
	}
	if key, err := KeyFromFile(filepath.Join(dir, "blank"), DialectGo); err != nil || !key.Equal(mustKey(t, "\nsecret")) {
		t.Errorf("only a Go key: %v", err)
	}
	if f, err := ReadKeyFile(filepath.Join(dir, "one")); err != nil || f.Differ() || f.Why != "" {
		t.Errorf("one line: %+v, %v", f.Why, err)
	}
	if _, err := ReadKeyFile(dir); err == nil {
		t.Error("a directory is read as a key")
	}
}
