package modgearman

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vector is one recorded job; see testdata. TextBase64 was computed with openssl, padding included.
type vector struct {
	file       string
	Queue      string `json:"queue"`
	Unique     string `json:"unique"`
	Encrypted  bool   `json:"encrypted"`
	Data       string `json:"data"`
	TextBase64 string `json:"text_base64"`
}

const labKey = "gearctl_lab_secret"

func mustKey(t testing.TB, password string) Key {
	t.Helper()
	key, err := NewKey([]byte(password))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func vectors(t testing.TB) []vector {
	t.Helper()
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) != 7 {
		t.Fatalf("got vector files %q, %v, want 7", files, err)
	}
	var list []vector
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			v := vector{file: strings.TrimSuffix(filepath.Base(file), ".jsonl")}
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatal(err)
			}
			list = append(list, v)
		}
	}
	return list
}

// wantText strips the padding in another way than the code does: cut at the first NUL, or all newlines but one.
func wantText(padded []byte, encrypted bool) []byte {
	text, _, nul := bytes.Cut(padded, []byte{0})
	if nul || !encrypted {
		return text
	}
	return append(bytes.TrimRight(padded, "\n"), '\n')
}

func TestVectorsDecode(t *testing.T) {
	key, other := mustKey(t, labKey), mustKey(t, "another key")
	kinds := map[string]Kind{
		"host": KindHost, "hostgroup_muc": KindUnknown, "perfdata": KindPerfdata, "notification": KindNotification,
		"eventhandler": KindEventhandler, "check_results": KindResult, "r_c": KindResult, "r_go": KindResult, "r_multi": KindResult,
	}
	for _, v := range vectors(t) {
		padded, _ := base64.StdEncoding.DecodeString(v.TextBase64)
		p, err := Decode([]byte(v.Data), other, key)
		if err != nil {
			t.Fatalf("%s %s: %v", v.file, v.Unique, err)
		}
		if !bytes.Equal(p.Padded, padded) {
			t.Errorf("%s %s: got %q, want %q", v.file, v.Unique, p.Padded, padded)
		}
		if want := wantText(padded, v.Encrypted); !bytes.Equal(p.Text, want) {
			t.Errorf("%s %s: got text %q, want %q", v.file, v.Unique, p.Text, want)
		}
		wantForm, wantKey := FormClear, -1
		if v.Encrypted {
			wantForm, wantKey = FormEncrypted, 1
		}
		if p.Form != wantForm || p.Key != wantKey {
			t.Errorf("%s %s: got %s with key %d, want %s with key %d", v.file, v.Unique, p.Form, p.Key, wantForm, wantKey)
		}
		if want := kinds[v.Queue]; want != KindUnknown && p.Kind != want {
			t.Errorf("%s %s: got %s, want %s", v.file, v.Unique, p.Kind, want)
		}
	}
}

func TestVectorsWithWrongAndWithoutKey(t *testing.T) {
	for _, v := range vectors(t) {
		if !v.Encrypted {
			continue
		}
		wantReason(t, []byte(v.Data), ReasonNoKey)
		wantReason(t, []byte(v.Data), ReasonWrongKey, mustKey(t, "gearctl_lab_secreT"))
		wantReason(t, []byte(v.Data)[:len(v.Data)-4], ReasonLength, mustKey(t, labKey))
	}
}

func TestVectorsChecksEncodeToTheSameBytes(t *testing.T) {
	key := mustKey(t, labKey)
	done := 0
	for _, v := range vectors(t) {
		p, err := Decode([]byte(v.Data), key)
		if err != nil || !p.Kind.IsCheck() {
			continue
		}
		check, err := p.Check()
		if err != nil {
			t.Fatalf("%s %s: %v", v.file, v.Unique, err)
		}
		text, err := check.AppendText(nil)
		wantSame(t, v, key, text, err)
		if check.Kind == KindHost || check.Kind == KindService {
			if got := Unique(check.Host, check.Service); got != v.Unique {
				t.Errorf("%s: got unique %s, want %s", v.file, got, v.Unique)
			}
			if check.TargetQueue != v.Queue {
				t.Errorf("%s: got target %q, want %q", v.file, check.TargetQueue, v.Queue)
			}
		}
		done++
	}
	if done != 11+9 {
		t.Errorf("got %d checks, want 20", done)
	}
}

func TestVectorsResultsEncodeToTheSameBytes(t *testing.T) {
	key := mustKey(t, labKey)
	layouts := map[string]Layout{"send-gearman-c": LayoutSender, "send-multi": LayoutMulti}
	for _, v := range vectors(t) {
		layout, built := layouts[v.file]
		if !built {
			continue
		}
		p, err := Decode([]byte(v.Data), key)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Result()
		if err != nil || r.Layout != layout {
			t.Fatalf("%s: got layout %d, %v, want %d", v.file, r.Layout, err, layout)
		}
		text, err := r.AppendText(nil)
		wantSame(t, v, key, text, err)
	}
}

func wantSame(t *testing.T, v vector, key Key, text []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s %s: %v", v.file, v.Unique, err)
	}
	if !v.Encrypted {
		key = Key{}
	}
	got, err := Encode(text, key)
	if err != nil || string(got) != v.Data {
		t.Errorf("%s %s: got %s, %v\nwant %s\ntext %q", v.file, v.Unique, got, err, v.Data, text)
	}
}

// The Go programs pad with newlines, we with NULs: the text is the same.
func TestVectorsGoResultsBuildTheSameText(t *testing.T) {
	key := mustKey(t, labKey)
	for _, v := range vectors(t) {
		if v.file != "worker-go-results" && v.file != "send-gearman-go" {
			continue
		}
		p, err := Decode([]byte(v.Data), key)
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Result()
		if err != nil {
			t.Fatal(err)
		}
		text, err := r.AppendText(nil)
		if err != nil || !bytes.Equal(text, p.Text) {
			t.Errorf("%s %s: got %q, %v, want %q", v.file, v.Unique, text, err, p.Text)
		}
	}
}

func TestVectorsWorkerInC(t *testing.T) {
	key := mustKey(t, labKey)
	for _, v := range vectors(t) {
		if v.file != "worker-c-results" {
			continue
		}
		p, _ := Decode([]byte(v.Data), key)
		r, err := p.Result()
		if err != nil {
			t.Fatal(err)
		}
		if !r.CoreStart.IsZero() {
			t.Errorf("got core start %v of garbage, want zero", r.CoreStart)
		}
		if r.Source != "Mod-Gearman Worker @\u00a0labworker" {
			t.Errorf("got source %q", r.Source)
		}
		if d := r.Finish.Sub(r.Start); d <= 0 || !strings.HasSuffix(r.Output, "100\n") || r.Passive || r.Crashed {
			t.Errorf("got %v %q passive %v crashed %v", d, r.Output, r.Passive, r.Crashed)
		}
	}
}

func TestVectorsPerfdata(t *testing.T) {
	key := mustKey(t, labKey)
	for _, v := range vectors(t) {
		if v.Queue != "perfdata" {
			continue
		}
		p, _ := Decode([]byte(v.Data), key)
		field := map[string]string{}
		for _, f := range p.Fields() {
			field[f.Name] = f.Value
		}
		metric := ParsePerfdata(field["SERVICEPERFDATA"] + field["HOSTPERFDATA"])
		if len(metric) != 1 || metric[0] != (Metric{"answer", "42", "", "50", "60", "0", "100"}) {
			t.Errorf("got %+v", metric)
		}
	}
}
