package commands

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gearctl/wire/modgearman"
)

// recordings are the files of recorded payloads.
var recordings = []string{
	"neb-checks", "neb-other", "worker-c-results", "worker-go-results", "send-gearman-c", "send-gearman-go", "send-multi",
}

// TestPayloadDecodeRecorded: every recorded payload gives the text that openssl decrypted, padding aside, by -o raw
// one by one and in JSON line by line.
func TestPayloadDecodeRecorded(t *testing.T) {
	key := keyFile(t)
	for _, name := range recordings {
		lines, texts := recorded(t, name)
		got := gearctl(t, strings.Join(lines, "\n"), "payload", "decode", "--lines", "--key-file", key, "-o", "jsonl", "--columns", "line,text")
		wantRun(t, got, 0)
		rows := strings.Split(strings.TrimSpace(got.stdout), "\n")
		if len(rows) != len(lines) {
			t.Fatalf("%s: %d rows, want %d", name, len(rows), len(lines))
		}
		for i, want := range texts {
			if text := rowText(t, rows[i]); text != want {
				t.Errorf("%s %d: text %q, want %q", name, i, text, want)
			}
			raw := gearctl(t, lines[i], "payload", "decode", "--key-file", key, "-o", "raw")
			if raw.stdout != want || raw.code != 0 {
				t.Errorf("%s %d: raw %q (exit %d), want %q", name, i, raw.stdout, raw.code, want)
			}
		}
	}
}

// recorded returns the payloads of a file and their texts without padding.
func recorded(t *testing.T, name string) (lines, texts []string) {
	t.Helper()
	data, err := os.ReadFile("testdata/modgearman/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(bytes.NewReader(data)); d.More(); {
		var v struct {
			Data      string
			Encrypted bool
			Text      []byte `json:"text_base64"`
		}
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		text := strings.TrimRight(string(v.Text), "\x00")
		if v.Encrypted && len(text) == len(v.Text) { // padded with newlines, one of which may be the text's
			text = strings.TrimRight(text, "\n") + "\n"
		}
		lines, texts = append(lines, strings.TrimSpace(v.Data)), append(texts, text)
	}
	return lines, texts
}

func rowText(t *testing.T, row string) string {
	t.Helper()
	var r struct {
		Text       string
		TextBase64 []byte `json:"text_base64"`
	}
	if err := json.Unmarshal([]byte(row), &r); err != nil {
		t.Fatal(err)
	}
	return r.Text + string(r.TextBase64)
}

// TestPayloadEncodeRecorded: what was recorded of the module is made again from its text, byte for byte.
func TestPayloadEncodeRecorded(t *testing.T) {
	key := keyFile(t)
	for _, name := range []string{"neb-checks", "neb-other", "worker-c-results", "send-multi"} {
		lines, texts := recorded(t, name)
		for i, line := range lines {
			got := gearctl(t, texts[i], "payload", "encode", "--key-file", key, "-o", "raw")
			if got.stdout != line {
				t.Errorf("%s %d: got %q %q, want %q", name, i, got.stdout, got.stderr, line)
			}
		}
	}
}

// TestPayloadExact: whatever a text holds comes back exactly, or is refused.
func TestPayloadExact(t *testing.T) {
	key := keyFile(t)
	large := "type=passive\nhost_name=h\noutput=" + strings.Repeat("0123456789abcdef", 10<<16) + "\n"
	for name, text := range map[string]string{
		"10 MiB": large, "latin-1": "host_name=h\xfcte\noutput=\xe9t\xe9 \x80\nn\xe9m=1\n", "no value": "type=host\nhost_name=\ncommand_line=x\n",
		"controls": "host_name=a\x1b[31m\noutput=\x07\x7f\r\n", "no field": "nothing here that looks like a field\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, how := range [][]string{{"--key-file", key}, {"--no-encryption"}} {
				made := gearctl(t, text, append([]string{"payload", "encode", "-o", "raw"}, how...)...)
				wantRun(t, made, 0)
				raw := gearctl(t, made.stdout, append([]string{"payload", "decode", "-o", "raw"}, how...)...)
				if raw.code != 0 || raw.stdout != text {
					t.Fatalf("%v: exit %d, %d bytes back, want %d: %.200q %q", how, raw.code, len(raw.stdout), len(text), raw.stdout, raw.stderr)
				}
				if len(text) > 1<<20 && how[0] != "--key-file" {
					continue
				}
				table := gearctl(t, made.stdout, append([]string{"payload", "decode"}, how...)...)
				if strings.ContainsAny(table.stdout, "\x1b\x07\x7f\r") || !utf8.ValidString(table.stdout) {
					t.Errorf("the table holds control bytes: %.200q", table.stdout)
				}
				checkFields(t, text, gearctl(t, made.stdout, append([]string{"payload", "decode", "-o", "json"}, how...)...))
			}
		})
	}
	wantRun(t, gearctl(t, "host_name=a\x00b\n", "payload", "encode", "--no-encryption"), 1, "NUL")
	for _, tc := range []struct{ flag, value, field string }{
		{"--host", "a\nb", "host_name"},
		{"--service", "a\nb", "service_description"},
		{"--command", "a\nb", "command_line"},
		{"--result-queue", "a\nb", "result_queue"},
		{"--target-queue", "a\nb", "target_queue"},
		{"--host", "", "host_name"},
		{"--command", "", "command_line"},
	} {
		argv := []string{"payload", "encode", "--no-encryption", "--type", "service", "--host=h", "--service=s", "--command=c", tc.flag + "=" + tc.value}
		got := gearctl(t, "", argv...)
		wantRun(t, got, 2, tc.field)
		if got.stdout != "" {
			t.Errorf("%q: stdout %q", argv, got.stdout)
		}
	}
}

// checkFields compares the fields in JSON with those of the text.
func checkFields(t *testing.T, text string, got run) {
	t.Helper()
	var rows []struct {
		Fields []struct {
			Name, Value string
			NameBase64  []byte `json:"name_base64"`
			ValueBase64 []byte `json:"value_base64"`
		}
	}
	if err := json.Unmarshal([]byte(got.stdout), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: %.200q", err, got.stdout)
	}
	want := modgearman.ParseFields([]byte(text))
	if len(want) == 0 {
		want = []modgearman.Field{{Name: "text", Value: text}}
	}
	for i, f := range rows[0].Fields {
		name, value := f.Name+string(f.NameBase64), f.Value+string(f.ValueBase64)
		if i >= len(want) || name != want[i].Name || value != want[i].Value {
			t.Errorf("field %d: got %.100q=%.100q", i, name, value)
		}
	}
	if len(rows[0].Fields) != len(want) {
		t.Errorf("%d fields, want %d", len(rows[0].Fields), len(want))
	}
}

// TestPayloadDecodeHostile: bytes of any kind give a reason and an exit code, and no byte of theirs.
func TestPayloadDecodeHostile(t *testing.T) {
	key := keyFile(t)
	whole := vectors(t, "neb-checks.jsonl")[0]
	for name, tc := range map[string]struct {
		data   string
		reason string
	}{
		"empty": {"", "empty"}, "NULs": {"\x00\x00", "empty"}, "line ends": {"\r\n\r\n", "empty"},
		"binary": {"\xff\xfe\x00\x01rubbish\x80", "not_base64"}, "cut": {whole[:101], "length"}, "cut at a block": {whole[:24], "length"},
		"random":         {base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("\x93\xa1\x07\xee\x51\x9c\x33\xf8"), 1<<17)), "wrong_key"},
		"10 MiB":         {strings.Repeat("%", 10<<20), "not_base64"},
		"text":           {"host_name=web1\noutput=secret stuff\n", "not_base64"},
		"only =":         {"====", "length"},
		"terminal codes": {"\x1b]0;x\x07", "not_base64"},
	} {
		t.Run(name, func(t *testing.T) {
			got := gearctl(t, tc.data, "payload", "decode", "--key-file", key, "-o", "json")
			wantRun(t, got, 1)
			if !strings.Contains(got.stdout, `"reason":"`+tc.reason+`"`) {
				t.Errorf("got %.300q, want the reason %s", got.stdout, tc.reason)
			}
			if strings.Contains(got.stdout+got.stderr, "secret stuff") || strings.ContainsAny(got.stdout+got.stderr, "\x1b\x07") {
				t.Errorf("shows the payload: %q %q", got.stdout, got.stderr)
			}
			wantRun(t, gearctl(t, tc.data, "payload", "decode", "--key-file", key), 1)
		})
	}
	wantRun(t, gearctl(t, strings.Repeat("a", 2000), "payload", "decode", "--max-packet", "1000"), 1, "more than 1000 bytes", "--max-packet")
}

// TestKeyNeverShown: no command about payloads, routes and configurations shows a key, however it is given and
// whatever goes wrong.
func TestKeyNeverShown(t *testing.T) {
	dir, addr := t.TempDir(), embedded(t, "")
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := write("key", labKey+"\n")
	crlf := write("crlf", labKey+"\r\nmore\n")
	neb := write("neb.conf", "server="+addr+"\nkey="+labKey+" # comment\nkeyfile="+crlf+"\nhosts=True\n")
	typos := write("typos.conf", "server="+addr+"\nkye="+labKey+"\nkey "+labKey+"\nkey: "+labKey+"\n"+labKey+"\npassword="+labKey+"\nkey#x="+labKey+"\n")
	objects := write("objects.cache", "define host {\nhost_name web1\ncheck_command x\n}\n")
	job := vectors(t, "neb-checks.jsonl")[0]
	for _, line := range [][]string{
		{"payload", "decode", job},
		{"payload", "decode", job, "-o", "json"},
		{"payload", "decode", "xx"},
		{"payload", "decode", job, "--key-file", labKey},
		{"payload", "encode", "text", "-o", "json"},
		{"payload", "encode", "--type", "host", "--host", "a\nb", "--command", "x"},
		{"payload", "unique", "web1"},
		{"route", "web1", "--config", neb},
		{"route", "--config", neb, "--objects", objects, "-s", addr},
		{"route", "web1", "--config", typos},
		{"config", "show", neb, "--all"},
		{"config", "show", typos, "-o", "json"},
		{"config", "lint", neb, typos},
		{"config", "lint", neb, typos, "-o", "json"},
		{"config", "lint", neb, typos, "--role", "both"},
		{"config", "show", key},
		{"config", "lint", key},
		{"config", "lint", crlf},
		{"status", "--config", key},
		{"status", "--config", neb},
		{"status", "--config", typos},
	} {
		for _, how := range [][]string{nil, {"--key-file", key}, {"--key-file", crlf}, {"--config", neb}, {"--config", typos}, {"env"}} {
			secret := ""
			argv := append([]string{"-v", "--trace"}, line...)
			switch {
			case len(how) == 1:
				secret = labKey
			case len(how) == 2 && (line[0] == "payload" && line[1] != "unique" || how[0] == "--config"):
				argv = append(argv, how...)
			}
			got := runEnv(t.Context(), strings.NewReader(""), func(env *Env) {
				env.Getenv = func(name string) string { return map[string]string{envKey: secret}[name] }
			}, argv...)
			if all := got.stdout + got.stderr; strings.Contains(all, labKey) || strings.Contains(all, base64.StdEncoding.EncodeToString([]byte(labKey))[:20]) {
				t.Errorf("%q shows the key:\n%s%s", argv, got.stdout, got.stderr)
			}
		}
	}
}
