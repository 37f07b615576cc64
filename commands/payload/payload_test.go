package payload_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/modgearman"
)

// recordings are the files of recorded payloads.
var recordings = []string{
	"neb-checks", "neb-other", "worker-c-results", "worker-go-results", "send-gearman-c", "send-gearman-go", "send-multi",
}

// TestPayloadDecodeRecorded: every recorded payload gives the text that openssl decrypted, padding aside, by -o raw
// one by one and in JSON line by line.
func TestPayloadDecodeRecorded(t *testing.T) {
	t.Parallel()
	key := servertest.KeyFile(t)
	for _, name := range recordings {
		lines, texts := recorded(t, name)
		got := commandtest.Gearctl(t, strings.Join(lines, "\n"), "payload", "decode", "--lines", "--key-file", key, "-o", "jsonl", "--columns", "line,text")
		commandtest.WantRun(t, got, 0)
		rows := strings.Split(strings.TrimSpace(got.Stdout), "\n")
		if len(rows) != len(lines) {
			t.Fatalf("%s: %d rows, want %d", name, len(rows), len(lines))
		}
		for i, want := range texts {
			if text := rowText(t, rows[i]); text != want {
				t.Errorf("%s %d: text %q, want %q", name, i, text, want)
			}
			raw := commandtest.Gearctl(t, lines[i], "payload", "decode", "--key-file", key, "-o", "raw")
			if raw.Stdout != want || raw.Code != 0 {
				t.Errorf("%s %d: raw %q (exit %d), want %q", name, i, raw.Stdout, raw.Code, want)
			}
		}
	}
}

// recorded returns the payloads of a file and their texts without padding.
func recorded(t *testing.T, name string) (lines, texts []string) {
	t.Helper()
	data := servertest.RepositoryFile(t, "wire/modgearman/testdata/"+name+".jsonl")
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
	t.Parallel()
	key := servertest.KeyFile(t)
	for _, name := range []string{"neb-checks", "neb-other", "worker-c-results", "send-multi"} {
		lines, texts := recorded(t, name)
		for i, line := range lines {
			got := commandtest.Gearctl(t, texts[i], "payload", "encode", "--key-file", key, "-o", "raw")
			if got.Stdout != line {
				t.Errorf("%s %d: got %q %q, want %q", name, i, got.Stdout, got.Stderr, line)
			}
		}
	}
}

// TestPayloadExact: whatever a text holds comes back exactly, or is refused.
func TestPayloadExact(t *testing.T) {
	t.Parallel()
	key := servertest.KeyFile(t)
	large := "type=passive\nhost_name=h\noutput=" + strings.Repeat("0123456789abcdef", 10<<16) + "\n"
	for name, text := range map[string]string{
		"10 MiB": large, "latin-1": "host_name=h\xfcte\noutput=\xe9t\xe9 \x80\nn\xe9m=1\n", "no value": "type=host\nhost_name=\ncommand_line=x\n",
		"controls": "host_name=a\x1b[31m\noutput=\x07\x7f\r\n", "no field": "nothing here that looks like a field\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, how := range [][]string{{"--key-file", key}, {"--no-encryption"}} {
				made := commandtest.Gearctl(t, text, append([]string{"payload", "encode", "-o", "raw"}, how...)...)
				commandtest.WantRun(t, made, 0)
				raw := commandtest.Gearctl(t, made.Stdout, append([]string{"payload", "decode", "-o", "raw"}, how...)...)
				if raw.Code != 0 || raw.Stdout != text {
					t.Fatalf("%v: exit %d, %d bytes back, want %d: %.200q %q", how, raw.Code, len(raw.Stdout), len(text), raw.Stdout, raw.Stderr)
				}
				if len(text) > 1<<20 && how[0] != "--key-file" {
					continue
				}
				table := commandtest.Gearctl(t, made.Stdout, append([]string{"payload", "decode"}, how...)...)
				if strings.ContainsAny(table.Stdout, "\x1b\x07\x7f\r") || !utf8.ValidString(table.Stdout) {
					t.Errorf("the table holds control bytes: %.200q", table.Stdout)
				}
				checkFields(t, text, commandtest.Gearctl(t, made.Stdout, append([]string{"payload", "decode", "-o", "json"}, how...)...))
			}
		})
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, "host_name=a\x00b\n", "payload", "encode", "--no-encryption"), 1, "NUL")
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
		got := commandtest.Gearctl(t, "", argv...)
		commandtest.WantRun(t, got, 2, tc.field)
		if got.Stdout != "" {
			t.Errorf("%q: stdout %q", argv, got.Stdout)
		}
	}
}

// checkFields compares the fields in JSON with those of the text.
func checkFields(t *testing.T, text string, got commandtest.Run) {
	t.Helper()
	var rows []struct {
		Fields []struct {
			Name, Value string
			NameBase64  []byte `json:"name_base64"`
			ValueBase64 []byte `json:"value_base64"`
		}
	}
	if err := json.Unmarshal([]byte(got.Stdout), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: %.200q", err, got.Stdout)
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
	t.Parallel()
	key := servertest.KeyFile(t)
	whole := servertest.Vectors(t, "neb-checks.jsonl")[0]
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
			got := commandtest.Gearctl(t, tc.data, "payload", "decode", "--key-file", key, "-o", "json")
			commandtest.WantRun(t, got, 1)
			if !strings.Contains(got.Stdout, `"reason":"`+tc.reason+`"`) {
				t.Errorf("got %.300q, want the reason %s", got.Stdout, tc.reason)
			}
			if strings.Contains(got.Stdout+got.Stderr, "secret stuff") || strings.ContainsAny(got.Stdout+got.Stderr, "\x1b\x07") {
				t.Errorf("shows the payload: %q %q", got.Stdout, got.Stderr)
			}
			commandtest.WantRun(t, commandtest.Gearctl(t, tc.data, "payload", "decode", "--key-file", key), 1)
		})
	}
	commandtest.WantRun(t, commandtest.Gearctl(t, strings.Repeat("a", 2000), "payload", "decode", "--max-packet", "1000"), 1, "more than 1000 bytes", "--max-packet")
}

// TestKeyNeverShown: no command about payloads, routes and configurations shows a key, however it is given and
// whatever goes wrong.
func TestKeyNeverShown(t *testing.T) {
	t.Parallel()
	dir, addr := t.TempDir(), servertest.Embedded(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := write("key", servertest.Key+"\n")
	crlf := write("crlf", servertest.Key+"\r\nmore\n")
	neb := write("neb.conf", "server="+addr+"\nkey="+servertest.Key+" # comment\nkeyfile="+crlf+"\nhosts=True\n")
	typos := write("typos.conf", "server="+addr+"\nkye="+servertest.Key+"\nkey "+servertest.Key+"\nkey: "+servertest.Key+"\n"+servertest.Key+"\npassword="+servertest.Key+"\nkey#x="+servertest.Key+"\n")
	objects := write("objects.cache", "# NAGIOS OBJECT CACHE FILE\ndefine host {\nhost_name web1\ncheck_command x\n}\n")
	job := servertest.Vectors(t, "neb-checks.jsonl")[0]
	for _, line := range [][]string{
		{"payload", "decode", job},
		{"payload", "decode", job, "-o", "json"},
		{"payload", "decode", "xx"},
		{"payload", "decode", job, "--key-file", servertest.Key},
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
				secret = servertest.Key
			case len(how) == 2 && (line[0] == "payload" && line[1] != "unique" || how[0] == "--config"):
				argv = append(argv, how...)
			}
			got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(env *cli.Env) {
				env.Getenv = func(name string) string { return map[string]string{"GEARCTL_KEY": secret}[name] }
			}, argv...)
			if all := got.Stdout + got.Stderr; strings.Contains(all, servertest.Key) || strings.Contains(all, base64.StdEncoding.EncodeToString([]byte(servertest.Key))[:20]) {
				t.Errorf("%q shows the key:\n%s%s", argv, got.Stdout, got.Stderr)
			}
		}
	}
}
