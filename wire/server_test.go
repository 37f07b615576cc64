package wire_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

func TestParseServers(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want []string
	}{
		{[]string{"localhost"}, []string{"localhost:4730"}},
		{[]string{"a:1,b", "c:2"}, []string{"a:1", "b:4730", "c:2"}},
		{[]string{" a , ,b,,", ""}, []string{"a:4730", "b:4730"}},
		{[]string{"a,a:4730", "a"}, []string{"a:4730"}},
		{[]string{":4731", "a:"}, []string{"localhost:4731", "a:4730"}},
		{[]string{"::1", "[::1]", "[::1]:5", "fe80::1%eth0", "[fe80::1%eth0]:5"}, []string{"[::1]:4730", "[::1]:5", "[fe80::1%eth0]:4730", "[fe80::1%eth0]:5"}},
		{[]string{"127.0.0.1", "[127.0.0.1]:1"}, []string{"127.0.0.1:4730", "127.0.0.1:1"}},
		{nil, nil},
	} {
		got, err := wire.ParseServers(c.in...)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%q: %v, -want +got\n%s", c.in, err, diff)
		}
	}
}

func TestParseServersRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"a:0":            "port",
		"a:65536":        "port",
		"a:-1":           "port",
		"a:nosuchport":   "port",
		"a:1:2":          "not HOST",
		"[::1":           "not HOST",
		"http://a":       "port",
		"user@a":         "host name",
		"a b":            "host name",
		"a/b":            "host name",
		"a[b":            "host name",
		"]1.2.3.4[":      "host name",
		"a\x1b[2J":       "host name",
		"[\u00a0a]:1":    "host name",
		"::1%a]b":        "host name",
		"ok,bad host:1 ": "host name",
	} {
		if got, err := wire.ParseServers(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, %v, want an error with %q", in, got, err, want)
		}
	}
}
