package modgearman

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// base is a file that neither program has anything to say against.
const base = "server=gm:4730\nkey=long_enough_secret\nhosts=yes\nservices=yes\n"

func TestLintFindsNothingInAGoodFile(t *testing.T) {
	c := load(t, base)
	if got := Lint(c, c); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	if got := Lint(nil, nil); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestLintOneLine(t *testing.T) {
	for _, tc := range []struct {
		line string
		who  string // n, w, or both
		want string // a part of the finding's line, "" for none
	}{
		{"sevrer=a", "n", "did you mean server?"},
		{"hostgroup=a", "w", "set hostgroups="},
		{"hostgroup=a", "n", ""},
		{"notification=yes", "w", "set notifications="},
		{"password=long_enough_secret", "w", "set key="},
		{"returncode=1", "w", "set return_code="},
		{"show_error_output=true", "w", "C reads yes, the Go programs read no"},
		{"show_error_output=Yes", "w", "C reads yes, the Go programs read no"},
		{"do_hostchecks=true", "n", ""},
		{"do_hostchecks=maybe", "n", "neither yes nor no"},
		{"identifier=a#b", "w", "C programs truncate the value"},
		{"key=abcdefgh#ij", "w", "contains a #"},
		{"key=should_be_changed", "n", "sample configuration"},
		{"key=short", "n", "at least 8"},
		{"perfdata_mode=2", "n", "set perfdata_mode=1"},
		{"perfdata_mode=1", "n", ""},
		{"perfdata", "n", "crashes"},
		{"dupserver=other", "w", "set other:4730"},
		{"dupserver=other:4730", "w", ""},
		{"dupserver=other:4730", "n", "module ignores it"},
		{"server=::1", "n", "IPv6"},
		{"server=gm:", "n", "no port number"},
		{"hostgroups=hostgroup_a", "n", "prefix of a queue"},
		{"hostgroups=" + strings.Repeat("x", 51), "w", "longer than 50"},
		{"queue_custom_variable=WORKER", "n", "prefix hostgroup_ or servicegroup_"},
		{"queue_custom_variable=_WORKER", "n", "begins with an underscore"},
		{"fork_on_exec=no", "w", "is obsolete"},
		{"export=q", "n", "crashes"},
		{"gearman_connection_timeout=-1", "n", "no timeout is 0"},
		{"logmode=syslog", "w", "Go worker does not know"},
		{"logmode=loud", "n", "not a log mode"},
		{"result_workers=0", "n", "reads no results"},
		{"orphan_return=7", "n", "none of 0, 1, 2 and 3"},
		{"restrict_command_characters=$", "w", "not known to the Go worker"},
		{"debug_result=yes", "w", "worker_name_in_result"},
		{"max-age=60", "w", "state OK"},
		{"encryption=no", "n", "anyone who can reach"},
		{"job_timeout=1m", "w", "not a number"},
		{"services", "w", "set services=yes"},
		{"--identifier=x", "w", "leading hyphens"},
		{"min-worker=30", "w", "more than max-worker"},
		{"hosts=no", "n", "only the last one counts"},
		{"localhostgroups=a\nhostgroups=a", "n", "local wins"},
		{"do_hostchecks=no", "n", "core runs every host check"},
		{"keyfile=/nowhere/at/all", "n", "no such file"},
	} {
		t.Run(tc.who+" "+tc.line, func(t *testing.T) {
			c := load(t, base+tc.line+"\n")
			neb, worker := c, (*Config)(nil)
			if tc.who == "w" {
				neb, worker = nil, c
			}
			got := fmt.Sprint(Lint(neb, worker))
			if tc.want == "" && got != "[]" || !strings.Contains(got, tc.want) {
				t.Errorf("got %s, want %q", got, tc.want)
			}
		})
	}
}

func TestLintWholeFile(t *testing.T) {
	got := fmt.Sprint(Lint(nil, load(t, "debug=0\n")))
	for _, want := range []string{"no server is set", "no listen queues defined", "neither key nor keyfile"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q", got, want)
		}
	}
}

func TestLintKeyFiles(t *testing.T) {
	dir := write(t, map[string]string{
		"a.conf": base + "keyfile=DIR/other\n", "b.conf": "server=a\nhosts=yes\nkeyfile=DIR/crlf\n",
		"c.conf": base + "keyfile=DIR/same\n", "other": "another secret\n", "crlf": "some secret\r\n", "same": "long_enough_secret\n",
	})
	if err := os.Chmod(filepath.Join(dir, "crlf"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "c.conf"), 0o604); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"a.conf": {"is set beside keyfile", "cannot read each other's jobs", mustKey(t, "another secret").Fingerprint()},
		"b.conf": {"all users may read", "CR LF"},
		"c.conf": {"holds the same key", "is in a file that all users"},
	} {
		got := fmt.Sprint(Lint(nil, loadFile(t, filepath.Join(dir, name))))
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got %s, want %q", name, got, want)
			}
		}
	}
}

func TestLintPair(t *testing.T) {
	for _, tc := range []struct{ name, neb, worker, want string }{
		{"fits", base, base, ""},
		{"encryption", base, base + "encryption=no\n", "is off for a C worker and on for the module"},
		{"encryption in Go only", base, base + "encryption=true\n", "is off for a Go worker and on for the module"},
		{"key", base, strings.Replace(base, "long_enough", "quite_another", 1), "discards every check"},
		{"servers", base, strings.Replace(base, "gm:", "other:", 1), "none of other:4730 is a server of the module"},
		{"queue without worker", base + "hostgroups=a\n", base, "set hostgroups=a for a worker"},
		{"queue never filled", base, base + "servicegroups=s\n", "this module never sends to"},
		{"result queue", base + "result_queue=r\n", base, `"check_results" for the worker's file and "r" for the module`},
		{"eventhandler", base + "eventhandler=yes\n", base, "set eventhandler=yes for a worker"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := fmt.Sprint(Lint(load(t, tc.neb), load(t, tc.worker)))
			if tc.want == "" && got != "[]" || !strings.Contains(got, tc.want) {
				t.Errorf("got %s, want %q", got, tc.want)
			}
		})
	}
}

func TestLintShowsNoKeyOfAMisshapenLine(t *testing.T) {
	c := load(t, "key: hunter2hunter2\npassword hunter2hunter2\npasswrod=hunter2hunter2\n")
	got := fmt.Sprintf("%v %+v %#v", Lint(c, c), c, c.Values())
	if strings.Contains(got, "hunter2") {
		t.Errorf("got %s", got)
	}
}

func TestFindingsAreComplete(t *testing.T) {
	c := load(t, "bogus=1\nserver=\nkey=short\nhosts\nperfdata_mode=9\n")
	for _, f := range Lint(c, c) {
		if f.File == "" || f.Option == "" || f.Message == "" || f.Consequence == "" || f.Fix == "" {
			t.Errorf("got %+v", f)
		}
	}
}
