package modconf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/wire/modgearman"
)

// TestReleaseOfFile finds a version that is a string of its own, as in the modules and workers that the compiler makes.
func TestReleaseOfFile(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]string{
		"\x7fELF\x00mod_gearman: initialized version %s\x005.2.3\x00GCC 12.2.0\x00": "mod_gearman 5.2.3",
		"\x00mod_gearman.c\x00nagios-mod-gearman: ERROR\x001.0.1\x00":               "nagios-mod-gearman 1.0.1",
		"\x00mod_gearman\x005.2.3\x00x\x005.2.3\x00":                                "mod_gearman 5.2.3",
		"\x00mod_gearman\x005.2.3\x005.2.4\x00":                                     "",
		"\x00mod_gearman\x00version 5.2.3\x00":                                      "",
		"\x00another module\x001.2.3\x00":                                           "",
		"":                                                                          "",
	} {
		r, ok := ReleaseOfFile([]byte(program))
		if got := r.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v, want %q", program, got, ok, want)
		}
	}
}

// TestAdvisory is for the releases from 5.1.1 to 5.2.3, and for those of the fork.
func TestAdvisory(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{ // of a worker in C, which sends a whole buffer
		"Version: 5.1.0|worker=1\x00":  "",
		"Version: 5.1.1|worker=1\x00":  "update mod_gearman to 5.2.4 or later",
		"Version: 5.1.10|worker=1\x00": "update mod_gearman to 5.2.4 or later",
		"Version: 5.2.3|worker=1\x00":  "update mod_gearman to 5.2.4 or later",
		"Version: 5.2.4|worker=1\x00":  "",
		"Version: 10.0.0|worker=1\x00": "",
		"Version: 3.3.2|worker=1\x00":  "",
		"Version: 1.0.1|worker=1\x00":  "give only trusted hosts access to gearmand",
		"Version: 1.0.2|worker=1\x00":  "",
		"Version: 1.0.1|worker=1":      "", // not in C
		"Version: 5.2.3|worker=1":      "",
	} {
		status, err := modgearman.ParseStatus([]byte("w1 has 1 worker and is working on 0 jobs. " + answer))
		if err != nil {
			t.Fatal(err)
		}
		r, _ := ReleaseOfStatus(status)
		finding, fix := r.Advisory()
		if !strings.HasPrefix(fix, want) || (fix == "") != (want == "") || want != "" && !strings.Contains(finding, "GHSA-v6j8-h9j2-xqv3") {
			t.Errorf("%q: %q, %q, want %q", answer, finding, fix, want)
		}
	}
}

// TestModulesForAnotherCore are told by their names.
func TestModulesForAnotherCore(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ core, module, other string }{
		{"nagios", "/usr/lib64/nagios-mod-gearman/nagios-mod-gearman.o", ""},
		{"nagios", "/usr/lib/mod_gearman/mod_gearman_nagios4.o", ""},
		{"nagios", "/usr/lib/mod_gearman/mod_gearman_naemon.o", "naemon"},
		{"naemon", "/usr/lib/mod_gearman/mod_gearman_naemon.o", ""},
		{"naemon", "/usr/lib64/nagios-mod-gearman/nagios-mod-gearman.o", "nagios"},
		{"icinga", "/usr/lib64/mod_gearman/mod_gearman.o", ""},
	} {
		if other, wrong := WrongCore(tt.core, tt.module); wrong != (tt.other != "") || wrong && other != tt.other {
			t.Errorf("%s loads %s: %q, %v, want %q", tt.core, tt.module, other, wrong, tt.other)
		}
	}
}

// TestWhatTheForkDoesNotRead of configurations in its directories.
func TestWhatTheForkDoesNotRead(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"nagios-mod-gearman", "mod_gearman"} {
		base := filepath.Join(t.TempDir(), dir)
		conf := filepath.Join(base, "conf.d")
		if err := os.MkdirAll(conf, 0o700); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string]string{
			filepath.Join(base, "module.conf"): "config=" + conf + "\nlatency_flatten_window=30\nencryption=no\n",
			filepath.Join(conf, "a.conf"):      "server=gm1\n",
		} {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := modgearman.Load(filepath.Join(base, "module.conf"))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range Lint([]Config{{Config: c, Role: RoleNEB}}) {
			if strings.HasPrefix(f.Consequence, "nagios-mod-gearman ") {
				found = append(found, Headline(f))
			}
		}
		want := 0
		if dir == "nagios-mod-gearman" {
			want = 2
		}
		if len(found) != want {
			t.Errorf("%s: %q, want %d findings", dir, found, want)
		}
	}
}
