package modgearman

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode: what decodes encodes again to a job with the same text.
func FuzzDecode(f *testing.F) {
	key := mustKey(f, labKey)
	for _, v := range vectors(f) {
		f.Add([]byte(v.Data))
	}
	f.Add([]byte("check\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		p, err := Decode(data, key)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			var e *DecodeError
			if !errors.As(err, &e) || e.Reason == 0 || e.Detail == "" {
				t.Fatalf("got %#v", err)
			}
			return
		}
		if p.Form == FormBare || bytes.IndexByte(p.Text, 0) >= 0 {
			return
		}
		k := Key{}
		if p.Form == FormEncrypted {
			k = key
		}
		again, err := Encode(p.Text, k)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := Decode(again, k); err == nil && (q.Form != p.Form || !bytes.Equal(q.Text, p.Text)) {
			t.Fatalf("got %q, want %q", q.Text, p.Text)
		}
	})
}

// FuzzDecodeText: any text under a known beginning survives encryption and clear base64.
func FuzzDecodeText(f *testing.F) {
	f.Add([]byte("host_name=a\n\n"))
	key := mustKey(f, labKey)
	f.Fuzz(func(t *testing.T, rest []byte) {
		text := append([]byte("type=passive\n"), rest...)
		for _, k := range []Key{key, {}} {
			data, err := Encode(text, k)
			if bytes.IndexByte(text, 0) >= 0 {
				if !errors.Is(err, ErrNUL) {
					t.Fatalf("got %v, want ErrNUL", err)
				}
				continue
			}
			if p, err := Decode(data, k); err != nil || !bytes.Equal(p.Text, text) {
				t.Fatalf("got %q, %v, want %q", p.Text, err, text)
			}
		}
	})
}

func addTexts(f *testing.F) {
	key := mustKey(f, labKey)
	for _, v := range vectors(f) {
		if p, err := Decode([]byte(v.Data), key); err == nil {
			f.Add(p.Text)
		}
	}
}

// FuzzParseCheck: what parses and can be built parses again to the same.
func FuzzParseCheck(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseCheck(text)
		if err != nil {
			return
		}
		built, err := c.AppendText(nil)
		if err != nil {
			return
		}
		got, err := ParseCheck(built)
		if err != nil {
			t.Fatal(err)
		}
		rebuilt, err := got.AppendText(nil)
		if err != nil || !bytes.Equal(rebuilt, built) {
			t.Fatalf("got %q, %v, want %q", rebuilt, err, built)
		}
	})
}

// FuzzParseResult: as FuzzParseCheck.
func FuzzParseResult(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseResult(text)
		if err != nil {
			return
		}
		built, err := r.AppendText(nil)
		if err != nil {
			return
		}
		got, err := ParseResult(built)
		if err != nil {
			t.Fatal(err)
		}
		rebuilt, err := got.AppendText(nil)
		if err != nil || !bytes.Equal(rebuilt, built) {
			t.Fatalf("got %q, %v, want %q", rebuilt, err, built)
		}
	})
}

// FuzzParseStatus: a worker's answer that parses is answered again alike.
func FuzzParseStatus(f *testing.F) {
	f.Add([]byte("idX has 2 worker and is working on 0 jobs. Version: 1.6.0|worker=2;;;2;3 jobs=0c"))
	f.Add([]byte("0:OK - result worker running on h. Sending 1 jobs/s. Version: 5.2.4|worker=3;;;0;3 jobs=2388c errors=0c"))
	f.Add([]byte("0:OK - proxy version v2.08 running.| 'backlog'=0;;; 'total_jobs'=0c;;;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseStatus(data)
		if err != nil || s.From != FromWorker || strings.Contains(s.Version, "|") {
			return
		}
		got, err := ParseStatus([]byte(s.Answer()))
		if err != nil || got.Name != s.Name || got.Version != s.Version || got.Running != s.Running {
			t.Fatalf("got %+v, %v, want %+v", got, err, s)
		}
	})
}

// FuzzParsePerfdata: what is read is written in the text, in its order.
func FuzzParsePerfdata(f *testing.F) {
	f.Add("a=1 'b c'=2.5MB;1;2;0;9 'it''s'=-3% noise d=1,5s")
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for _, m := range ParsePerfdata(text) {
			_, after, ok := strings.Cut(rest, m.Value+m.Unit)
			if !ok || m.Value == "" {
				t.Fatalf("%q: got %+v", text, m)
			}
			rest = after
		}
	})
}

// FuzzParseResultLine: what parses can be sent and written as a line again.
func FuzzParseResultLine(f *testing.F) {
	f.Add([]byte("web\tdisk\t1\tWARN\\nover|a=1\n"), "\t")
	f.Add([]byte("web;0;UP"), ";")
	f.Fuzz(func(t *testing.T, text []byte, delimiter string) {
		r, err := ParseResultLine(text, 1, delimiter)
		if err != nil {
			var e *LineError
			if !errors.As(err, &e) || e.Line != 1 {
				t.Fatalf("got %#v", err)
			}
			return
		}
		if r.Host == "" || r.Output == "" || r.ReturnCode < 0 || r.ReturnCode > 3 {
			t.Fatalf("got %+v", r)
		}
		if strings.Contains(r.Host+r.Service, "\n") {
			return
		}
		built, err := r.AppendText(nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseResult(built)
		if err != nil || got.Output != r.Output {
			t.Fatalf("got %+v, %v, want %+v", got, err, r)
		}
	})
}

// FuzzParseCheckMulti: reading byte by byte finds the same children.
func FuzzParseCheckMulti(f *testing.F) {
	f.Add([]byte(multi))
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func(r interface{ Read([]byte) (int, error) }) (list []Result, text string) {
			err := ParseCheckMulti(r, "h", at(1_000_000), func(n int, r Result, err error) error {
				list = append(list, r)
				text += fmt.Sprintln(n, err)
				return nil
			})
			return list, fmt.Sprint(text, err)
		}
		whole, err1 := read(bytes.NewReader(data))
		split, err2 := read(&oneByte{data})
		if diff := cmp.Diff(whole, split); diff != "" || err1 != err2 {
			t.Fatalf("%q and %q\n%s", err1, err2, diff)
		}
	})
}

type oneByte struct{ data []byte }

func (o *oneByte) Read(p []byte) (int, error) {
	n, err := bytes.NewReader(o.data).Read(p[:min(1, len(p))])
	o.data = o.data[n:]
	return n, err
}

// FuzzReadObjects: every object that is read can be looked up and routed, and the plan counts each once.
func FuzzReadObjects(f *testing.F) {
	f.Add([]byte(objectsCache))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := ReadObjects(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, h := range o.Hosts {
			if _, ok := o.Object(h.Name, ""); !ok {
				t.Fatalf("host %q is lost", h.Name)
			}
		}
		count := 0
		for _, q := range o.Plan(RouteConfig{Hosts: true, Services: true, DoHostchecks: true, CustomVariable: "worker"}, 0) {
			count += q.Hosts + q.Services
		}
		if count != len(o.Hosts)+len(o.Services) {
			t.Fatalf("the plan counts %d of %d", count, len(o.Hosts)+len(o.Services))
		}
	})
}

// FuzzConfig: nothing makes reading or linting fail, every line with a word is an entry, and no key comes out.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(base + "hostgroup=a\n# c\nperfdata\n--x=y#z\nbroker_module=/gearman.o a=b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := configReader{c: &Config{Path: "a.conf"}}
		if bytes.Contains(bytes.ToLower(data), []byte("config")) || bytes.Contains(bytes.ToLower(data), []byte("include")) ||
			bytes.Contains(bytes.ToLower(data), []byte("file")) {
			return // reads no file of the machine
		}
		if err := r.lines("a.conf", bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		for _, e := range r.c.Entries {
			if e.Line < 1 || e.Line > bytes.Count(data, []byte("\n"))+1 {
				t.Fatalf("got line %d", e.Line)
			}
		}
		for _, finding := range Lint(r.c, r.c) {
			if finding.Message == "" || finding.Fix == "" {
				t.Fatalf("got %+v", finding)
			}
		}
		if values := r.c.Values(); len(values) != len(optionTable()) {
			t.Fatalf("got %d values", len(values))
		}
	})
}

// FuzzReadKeyFile: a key by either rule is one of at most 32 bytes of the file, or there is none.
func FuzzReadKeyFile(f *testing.F) {
	f.Add([]byte("secret12\r\nmore"))
	path := filepath.Join(f.TempDir(), "key")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := ReadKeyFile(path)
		if err != nil {
			if !errors.Is(err, ErrNoKey) {
				t.Fatal(err)
			}
			return
		}
		if k.Differ() != (k.Why != "") {
			t.Fatalf("differ %v, why %q", k.Differ(), k.Why)
		}
	})
}
