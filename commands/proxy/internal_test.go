package proxy

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// routesOf makes routes of words such as a/q=b/q.
func routesOf(t *testing.T, text string) (routes []*route) {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		s, err := parseRoute(word)
		if err != nil {
			t.Fatal(err)
		}
		r := &route{}
		if r.from, err = servers.ParseEndpoint(s.From, ""); err != nil {
			t.Fatal(err)
		}
		if r.to, err = servers.ParseEndpoint(s.To, ""); err != nil {
			t.Fatal(err)
		}
		routes = append(routes, r)
	}
	return routes
}

func TestCirclesOfRoutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		routes string
		same   string // addresses of one server
		want   string
	}{
		{"a/q=b/q b/r=a/r", "", ""},
		{"a/q=b/q b/q=c/q c/q=d/q", "", ""},
		{"a/q=b/q b/q=a/q", "", "loop: a:4730/q -> b:4730/q, b:4730/q -> a:4730/q"},
		{"a/q=b/q b/q=c/q c/q=b/q", "", "loop: b:4730/q -> c:4730/q, c:4730/q -> b:4730/q"},
		{"a/q=a/q", "", "loop"},
		{"a/q=b/q", "a b", "loop: a:4730/q -> b:4730/q (a:4730 and b:4730 are the same server)"},
		{"a/q=b/r", "a b", ""},
		{"a/q=b/q b/r=c/r c/s=a/t", "a c", ""},
		{"a/q=b/q b/q=c/q", "a c", "loop: a:4730/q -> b:4730/q, b:4730/q -> c:4730/q (a:4730 and c:4730 are the same server)"},
		{"a/q=b/q a/q=c/q", "", "two routes read from one queue"},
		{"a/q=b/q c/q=d/q", "a c", "two routes read from one queue: a:4730/q -> b:4730/q and c:4730/q -> d:4730/q (a:4730 and c:4730 are the same server)"},
		{"[::1]/q=[::1]:4731/q", "", ""},
	} {
		f := newLoopDetector(&cli.Env{Hostname: os.Hostname}, routesOf(t, c.routes), nil)
		if a, b, ok := strings.Cut(c.same, " "); ok {
			f.merge(a+":4730", b+":4730")
		}
		got := fmt.Sprint(f.check())
		if c.want == "" && got != "<nil>" || !strings.Contains(got, c.want) {
			t.Errorf("%s, same %q: got %s, want %q", c.routes, c.same, got, c.want)
		}
	}
}

func testKey(t *testing.T, password string) modgearman.Key {
	t.Helper()
	k, err := modgearman.NewKey([]byte(password))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatBecomesOfPayloads(t *testing.T) {
	t.Parallel()
	inner, outer := testKey(t, "inner secret"), testKey(t, "outer secret")
	service := "type=service\nresult_queue=check_results\nhost_name=h\nservice_description=s\ntimeout=1\ncommand_line=x result_queue=y\n\n\n"
	moved := strings.Replace(service, "=check_results", "=dmz", 1)
	host := strings.Replace(service, "type=service", "type=host", 1)
	perfdata := "DATATYPE::HOSTPERFDATA\tTIMET::1\n"
	encode := func(text string, key modgearman.Key) string {
		b, err := modgearman.Encode([]byte(text), key)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	none := modgearman.Key{}
	keys := []modgearman.Key{inner}
	for _, c := range []struct {
		name     string
		recoder  recoder
		in, out  string
		priority string
		err      string
	}{
		{"as it is", recoder{}, "anything", "anything", "", ""},
		{"kind in clear", recoder{}, encode(service, none), encode(service, none), "low", ""},
		{"no key for the kind", recoder{}, encode(service, inner), encode(service, inner), "", ""},
		{"kind by key", recoder{decrypt: keys}, encode(host, inner), encode(host, inner), "normal", ""},
		{"the route's priority", recoder{decrypt: keys, priority: wire.PriorityHigh}, encode(service, inner), encode(service, inner), "high", ""},
		{"a probe", recoder{decrypt: keys, encode: true, encrypt: outer}, "check", "check", "high", ""},
		{"another key", recoder{decrypt: keys, encode: true, encrypt: outer}, encode(perfdata, inner), encode(perfdata, outer), "normal", ""},
		{"into clear", recoder{decrypt: keys, encode: true}, encode(service, inner), encode(service, none), "low", ""},
		{"out of clear", recoder{encode: true, encrypt: outer}, encode(service, none), encode(service, outer), "low", ""},
		{"in clear where a key is wanted", recoder{decrypt: keys, encode: true, encrypt: outer}, encode(service, none), "", "", "not encrypted"},
		{"the wrong key", recoder{decrypt: keys, encode: true, encrypt: outer}, encode(service, outer), "", "", "encrypted with another key"},
		{"no job of Mod-Gearman", recoder{encode: true, encrypt: outer}, "{}", "", "", "not base64"},
		{"result queue", recoder{resultQueue: "dmz", decrypt: keys}, encode(service, inner), encode(moved, inner), "low", ""},
		{"result queue and key", recoder{resultQueue: "dmz", decrypt: keys, encode: true, encrypt: outer}, encode(service, inner), encode(moved, outer), "low", ""},
		{"result queue in clear", recoder{resultQueue: "dmz"}, encode(service, none), encode(moved, none), "low", ""},
		{"without result queue", recoder{resultQueue: "dmz", decrypt: keys}, encode(perfdata, inner), encode(perfdata, inner), "normal", ""},
	} {
		out, priority, err := c.recoder.recode([]byte("kept"), []byte(c.in))
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) || string(out) != "kept" {
				t.Errorf("%s: got %q, %v, want %q", c.name, out, err, c.err)
			}
		case err != nil || string(out) != "kept"+c.out || priority.String() != c.priority:
			t.Errorf("%s: got %q, %q, %v, want %q, %q", c.name, out, priority, err, c.out, c.priority)
		}
	}
}

func FuzzRouteOfFlag(f *testing.F) {
	f.Add("gm1:4730/perfdata=gm2:4730/perfdata")
	f.Add("[::1]:4730/a b=/c/d")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseRoute(text)
		if err != nil {
			return
		}
		if s.From+"="+s.To != text {
			t.Errorf("%q: from %q to %q", text, s.From, s.To)
		}
		r, err := s.withDefaults(&options{}).build(&cli.Env{}, "localhost:4730")
		if err == nil && (r.from.Queue == "" || strings.Contains(r.from.Queue, "\x00") || wire.CheckFunction(r.to.Queue) != nil || strings.ContainsAny(r.spoolName(), "/\x00.")) {
			t.Errorf("%q: %v in %q", text, r, r.spoolName())
		}
	})
}

func FuzzProxyFile(f *testing.F) {
	f.Add([]byte("spool: s\nroutes:\n  - from: a/q\n    to: b/q\n    sync: true\n    decrypt_key_file: [x, y]\n"))
	f.Add([]byte("routes:\n  - &r {from: a/q, to: b/q}\n  - *r\n"))
	f.Add([]byte("routes: [1]\n---\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := parseRoutesFile("f.yaml", b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("%q: %v names no file", b, err)
			}
			return
		}
		for _, r := range file.Routes {
			if !strings.HasPrefix(r.position("to"), "f.yaml:") {
				t.Errorf("%q: the place of a route is %q", b, r.position("to"))
			}
		}
	})
}
