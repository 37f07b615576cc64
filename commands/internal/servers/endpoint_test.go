package servers

import (
	"strings"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"perfdata":           "def:4730/perfdata",
		"gm1/perfdata":       "gm1:4730/perfdata",
		"gm1:14730/perfdata": "gm1:14730/perfdata",
		"[::1]:4730/q":       "[::1]:4730/q",
		"gm1/a/b":            "gm1:4730/a/b",
		"/a/b":               "def:4730/a/b",
		"host group":         "def:4730/host group",
	} {
		got, err := ParseEndpoint(in, "def:4730")
		if err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v, want %v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"":            "is empty",
		"gm1/":        "is empty",
		"gm1:99999/q": "not a number from 1 to 65535",
		"gm1,gm2/q":   "names 2 servers",
	} {
		if got, err := ParseEndpoint(in, "def:4730"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got %v, %v, want %q in the error", in, got, err, want)
		}
	}
	long, err := ParseEndpoint("gm1/"+strings.Repeat("q", 600), "def:4730")
	if err != nil || long.CheckTarget() == nil {
		t.Errorf("a name of 600 bytes can be read, %v, and is no target, %v", err, long.CheckTarget())
	}
}
