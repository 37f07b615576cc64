package modgearman

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyNeverPrintsItself(t *testing.T) {
	const password = "s3cr3t-p4ssw0rd"
	key := mustKey(t, password)
	type hidden struct{ key Key }
	type shown struct{ Key Key }
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%t", "%08v"} {
		for _, v := range []any{key, &key, hidden{key}, &hidden{key}, shown{key}, []Key{key}, map[string]Key{"k": key}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, v := range []any{key, shown{key}, []Key{key}} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("a", "key", key, "in", shown{key}, "hidden", hidden{key})
	slog.New(slog.NewTextHandler(&out, nil)).Info("a", "key", key, "hidden", hidden{key})
	for _, secret := range []string{password, fmt.Sprintf("%x", password), fmt.Sprintf("%X", password), "115 51 99", "0x73, 0x33"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the key stands in the output as %q", secret)
		}
	}
	if !strings.Contains(out.String(), key.Fingerprint()) {
		t.Error("the fingerprint is missing")
	}
}

// printf abc | sha256sum | cut -c1-12
func TestKeyFingerprint(t *testing.T) {
	if got, want := mustKey(t, "abc").Fingerprint(), "ba7816bf8f01"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (Key{}).String(); got != "key(none)" {
		t.Errorf("got %s", got)
	}
}

func TestKeyRules(t *testing.T) {
	long := strings.Repeat("0123456789", 4)
	if !mustKey(t, long).Equal(mustKey(t, long[:32])) || mustKey(t, long).Equal(mustKey(t, long[:31])) {
		t.Error("a key is its first 32 bytes")
	}
	for password, warn := range map[string]string{
		"seven77": "at least 8", "eight888": "", long: "only the first 32", sampleKey: "sample",
	} {
		if got := mustKey(t, password).Warning(); (warn == "") != (got == "") || !strings.Contains(got, warn) {
			t.Errorf("%q: got %q, want %q", password, got, warn)
		}
	}
	for _, empty := range []string{"", "\x00\x00"} {
		if _, err := NewKey([]byte(empty)); !errors.Is(err, ErrNoKey) {
			t.Errorf("%q: got %v, want ErrNoKey", empty, err)
		}
	}
}

func TestReadKeyFile(t *testing.T) {
	long := strings.Repeat("k", 40)
	for _, tc := range []struct{ name, content, c, golang, why string }{
		{"one line", "a good password\n", "a good password", "a good password", ""},
		{"no newline", "a good password", "a good password", "a good password", ""},
		{"CRLF", "a good password\r\n", "a good password", "a good password\r", "CR LF"},
		{"trailing blank", "a good password \n", "a good password", "a good password ", "white space"},
		{"two lines", "a good password\nmore\n", "a good password", "a good password\nmore", "more than one line"},
		{"blank line after", "a good password\n\n", "a good password", "a good password\n", "more than one line"},
		{"long", long + "\n", long[:32], long[:32], ""},
		{"blank line before", "\nsecret12\n", "", "\nsecret12", "first line is empty"},
		{"NUL", "secret\x00more\n", "secret", "secret\x00more", "NUL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(tc.content), 0o640); err != nil {
				t.Fatal(err)
			}
			f, err := ReadKeyFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if tc.c != "" && !f.C.Equal(mustKey(t, tc.c)) || tc.c == "" && !f.C.IsZero() || !f.Go.Equal(mustKey(t, tc.golang)) {
				t.Errorf("got C %s, Go %s", f.C, f.Go)
			}
			if f.Differ() != (tc.why != "") || !strings.Contains(f.Why, tc.why) {
				t.Errorf("got why %q, want %q", f.Why, tc.why)
			}
			if may := Exposure(f.Mode); may != "" {
				t.Errorf("mode 0640: everybody may %s it", may)
			}
			if _, err := KeyFromFile(path, DialectC); (err != nil) != (tc.c == "") {
				t.Errorf("got %v", err)
			}
		})
	}
	empty := filepath.Join(t.TempDir(), "empty")
	_ = os.WriteFile(empty, []byte("\n"), 0o600)
	if _, err := ReadKeyFile(empty); !errors.Is(err, ErrNoKey) {
		t.Errorf("got %v, want ErrNoKey", err)
	}
	if _, err := ReadKeyFile(empty + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
}

func TestErrorsHoldNoPayload(t *testing.T) {
	const marker = "PAYLOADMARKER"
	var out bytes.Buffer
	_, err := Decode([]byte("type=service\n" + marker))
	fmt.Fprintln(&out, err)
	_, err = Check{Kind: KindHost, ResultQueue: "q", Host: marker + "\n", CommandLine: "x"}.AppendText(nil)
	fmt.Fprintln(&out, err)
	_, err = ParseCheck([]byte("type=" + marker))
	fmt.Fprintln(&out, err)
	_, err = ParseResult([]byte(marker + "=1"))
	fmt.Fprintln(&out, err)
	_, err = ParseResultLine([]byte(marker+"\t"+marker), 3, "\t")
	fmt.Fprintln(&out, err)
	_, err = ParseStatus([]byte(marker + " x"))
	fmt.Fprintln(&out, err)
	_, err = ReadObjects(strings.NewReader(marker + "\n"))
	fmt.Fprintln(&out, err)
	if strings.Contains(out.String(), marker) || strings.Contains(out.String(), "<nil>") {
		t.Errorf("got %s", &out)
	}
}
