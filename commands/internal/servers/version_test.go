package servers

import "testing"

func TestParseServerVersion(t *testing.T) {
	t.Parallel()
	cases := []struct {
		version, name string
		beforeCancel  bool // older than 1.1.6
	}{
		{"0.14", "gearmand 0.14", true},
		{"0.33", "gearmand 0.33", true},
		{"1.1.5", "gearmand 1.1.5", true},
		{"1.1.6", "gearmand 1.1.6", false},
		{"1.1.19.1", "gearmand 1.1.19.1", false},
		{"1.1.20+ds", "gearmand 1.1.20+ds", false},
		{"2.0.0", "gearmand 2.0.0", false},
		{"v1.130.1", "the Perl Gearman::Server 1.130.1", false},
		{"gearctl-test", `a server of version "gearctl-test"`, false},
		{"1.x", `a server of version "1.x"`, false},
		{"v", `a server of version "v"`, false},
		{"", "a server that reports no version", false},
	}
	for _, c := range cases {
		r := ParseVersion(c.version)
		if got := r.String(); got != c.name {
			t.Errorf("name of %q: got %q, want %q", c.version, got, c.name)
		}
		if got := r.Before("1.1.6"); got != c.beforeCancel {
			t.Errorf("%q before 1.1.6: got %v, want %v", c.version, got, c.beforeCancel)
		}
	}
}
