package nagios

import (
	"math"
	"strings"
	"testing"
)

func mustRange(t testing.TB, s string) Range {
	t.Helper()
	r, err := ParseRange(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAppendPerfdata(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		p    Perfdata
		want string
	}{
		{Perfdata{Label: "host_waiting", Value: 12}, "host_waiting=12"},
		{Perfdata{Label: "host_waiting", Value: 12, Min: "0"}, "host_waiting=12;;;0"},
		{Perfdata{Label: "q", Value: 0.25, Unit: "s", Warn: mustRange(t, "1"), Crit: mustRange(t, "@~:10"), Min: "0", Max: "9"}, "q=0.25s;1;@~:10;0;9"},
		{Perfdata{Label: "q", Value: 3, Crit: mustRange(t, "1:")}, "q=3;;1:"},
		{Perfdata{Label: "q", Value: 3, Warn: mustRange(t, "007")}, "q=3;007"},
		{Perfdata{Label: "jobs", Value: 1 << 53, Unit: "c"}, "jobs=9007199254740992c"},
		{Perfdata{Label: "q", Value: math.NaN(), Unit: "s", Min: "0"}, "q=U;;;0"},
		{Perfdata{Label: "q", Value: 1e21}, "q=1000000000000000000000"},
		{Perfdata{Label: "q", Value: 1e-7, Unit: "s"}, "q=0.0000001s"},
		{Perfdata{Label: "my group_waiting", Value: 1}, "'my group_waiting'=1"},
		{Perfdata{Label: "it's", Value: 1}, "'it''s'=1"},
		{Perfdata{Label: "a=b", Value: 1}, `'a\x3db'=1`},
		{Perfdata{Label: `a\x3db`, Value: 1}, `'a\\x3db'=1`},
		{Perfdata{Label: `DOMAIN\user_waiting`, Value: 1}, `'DOMAIN\user_waiting'=1`},
		{Perfdata{Label: `a\b=`, Value: 1}, `'a\\b\x3d'=1`},
		{Perfdata{Label: "hostgroup_x86_waiting", Value: 1}, "hostgroup_x86_waiting=1"},
		{Perfdata{Label: "a|b\n\x1b\xff", Value: 1}, `'a\x7cb\x0a\x1b\xff'=1`},
		{Perfdata{Label: "größe", Value: 1}, "'größe'=1"},
		{Perfdata{Label: "gm1:4730/host_waiting", Value: 1}, "gm1:4730/host_waiting=1"},
		{Perfdata{Value: 1}, "''=1"},
	} {
		if got := string(AppendPerfdata(nil, tt.p)); got != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.p, got, tt.want)
		}
	}
}

func TestPluginLine(t *testing.T) {
	t.Parallel()
	if got := EscapeLine("a|b\nc\x1b[31m"); got != `a\x7cb\nc\x1b[31m` {
		t.Errorf("got %s", got)
	}
}

// FuzzPerfdataLabel wants one value of every label, and no other label's: no bar, no line end, one = outside the quotes,
// quotes in pairs.
func FuzzPerfdataLabel(f *testing.F) {
	for _, s := range []string{"", "a", "a b", "it's", "'", "''", "a=b", "=", "|", "\n", "\xff", "a' b='c"} {
		f.Add(s, strings.ReplaceAll(s, "=", `\x3d`))
	}
	f.Fuzz(func(t *testing.T, label, other string) {
		if a, b := appendLabel(nil, label), appendLabel(nil, other); (string(a) == string(b)) != (label == other) {
			t.Fatalf("%q and %q are %q and %q", label, other, a, b)
		}
		text := string(AppendPerfdata(nil, Perfdata{Label: label, Value: 7, Min: "0"}))
		name, ok := strings.CutSuffix(text, "=7;;;0")
		if !ok || strings.ContainsAny(name, "=|\n\r\x00") {
			t.Fatalf("%q: %q", label, text)
		}
		if inner, quoted := strings.CutPrefix(name, "'"); quoted {
			inner, ok = strings.CutSuffix(inner, "'")
			if !ok || strings.Contains(strings.ReplaceAll(inner, "''", ""), "'") {
				t.Fatalf("%q: quotes do not match in %q", label, text)
			}
		} else if name == "" || strings.ContainsAny(name, " '\t") {
			t.Fatalf("%q: not quoted in %q", label, text)
		}
	})
}
