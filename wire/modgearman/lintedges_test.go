package modgearman

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"gearctl/wire/disk"
)

// TestLintSaysExactlyThis: the whole findings about lines at the edge of a rule; "" for none.
func TestLintSaysExactlyThis(t *testing.T) {
	for _, tt := range []struct {
		line, who string
		want      string // SEVERITY OPTION: MESSAGE, the findings in order
	}{
		{"hostss", "n", `error hostss: "hostss" is not an option`},
		{"hunter2hunter2", "n", `error …: "…" is not an option`}, // may be a key
		{"bogus_option=1\nbogus_option=2", "n", `error bogus_option: "bogus_option" is not an option, error bogus_option: "bogus_option" is not an option`},
		{"server=gm2", "n", ""},
		{"identifier=a\nidentifier=b", "n", "hint identifier: is set again at FILE:6"},
		{"identifier=a\nidentifier=a", "n", ""},
		{"encryption=true", "n", ""},
		{"encryption=true", "w", `error encryption: is "true"`},
		{"max-age=0", "w", ""},
		{"localhostgroups=a#b", "n", "hint localhostgroups: contains a #"},
		{"identifier=a#b", "w", "warning identifier: contains a #"},
		{"identifier", "n", "error identifier: has no value"},
		{"eventhandler", "n", ""},
		{"export=q:0:NEBCALLBACK_LOG_DATA", "n", "hint export: is set"},
		{"export=q:0:", "n", "error export: is not queue:returncode:CALLBACK, hint export: is set"},
		{"export=:0:X", "n", "error export: is not queue:returncode:CALLBACK, hint export: is set"},
		{"result_workers=1", "n", ""},
		{"orphan_return=0", "n", ""},
		{"orphan_return=3", "n", ""},
		{"orphan_return=4", "n", "warning orphan_return: is none of 0, 1, 2 and 3"},
		{"orphan_return=-1", "n", "warning orphan_return: is none of 0, 1, 2 and 3"},
		{"hostgroups=" + strings.Repeat("x", 50), "n", ""},
	} {
		t.Run(tt.who+" "+tt.line, func(t *testing.T) {
			c := load(t, base+tt.line+"\n")
			neb, worker := c, (*Config)(nil)
			if tt.who == "w" {
				neb, worker = nil, c
			}
			var got []string
			for _, f := range Lint(neb, worker) {
				got = append(got, fmt.Sprintf("%v %s: %s", f.Severity, f.Option, f.Message))
			}
			if text := strings.ReplaceAll(strings.Join(got, ", "), c.Path, "FILE"); text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

// TestLintNamesTheQueueOfAGroup that is written with the prefix of a queue.
func TestLintNamesTheQueueOfAGroup(t *testing.T) {
	got := fmt.Sprint(Lint(load(t, base+"servicegroups=servicegroup_a\n"), nil))
	if !strings.Contains(got, "the queue is named servicegroup_servicegroup_a") {
		t.Errorf("got %s", got)
	}
}

func TestLintOfKeys(t *testing.T) {
	dir := write(t, map[string]string{
		"empty.conf": "server=a\nhosts=yes\nkey=\n", "sample.conf": "server=a\nhosts=yes\nkey=should_be_changed\n",
		"short.conf": "server=a\nhosts=yes\nkeyfile=DIR/short\n", "short": "short\n",
	})
	for name, want := range map[string]string{
		"empty.conf":  "error: key: is empty",
		"sample.conf": "error: key: is the one of the sample configuration, should_be_changed",
		"short.conf":  "warning: keyfile: the key has 5 bytes",
	} {
		if got := fmt.Sprint(Lint(loadFile(t, filepath.Join(dir, name)), nil)); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q", name, got, want)
		}
	}
}

// TestLintOfAPairNamesTheLine that is to be changed, in the file of the module or of the worker.
func TestLintOfAPairNamesTheLine(t *testing.T) {
	for _, tt := range []struct {
		neb, worker string
		ofWorker    bool
		line        int
		want        string
	}{
		{base, base + "encryption=no\n", true, 5, "is off for a C worker"},
		{base + "encryption=no\n", base, true, 0, "is on for a C worker and off for the module"},
		{base, base + "result_queue=r\n", true, 5, `is "r" for the worker's file`},
		{base + "servicegroups=s\n", base, false, 5, "set servicegroups=s for a worker"},
		{base, base + "servicegroups=s\n", true, 5, "this module never sends to"},
	} {
		neb, worker := load(t, tt.neb), load(t, tt.worker)
		file := neb.Path
		if tt.ofWorker {
			file = worker.Path
		}
		if got, want := fmt.Sprint(Lint(neb, worker)), (Finding{File: file, Line: tt.line}).Where()+": "; !strings.Contains(got, want) || !strings.Contains(got, tt.want) {
			t.Errorf("got %s, want %q at %q", got, tt.want, want)
		}
	}
}

// TestFindingsAreInTheOrderOfTheFile, the gravest of a line first.
func TestFindingsAreInTheOrderOfTheFile(t *testing.T) {
	c := load(t, "identifier=a\nidentifier=b\nexport=q\nbogus=1\nserver=a\nhosts=yes\nkey=long_enough_secret\n")
	last := Finding{Severity: Failure}
	for _, f := range Lint(c, nil) {
		if f.Line < last.Line || f.Line == last.Line && f.Severity > last.Severity {
			t.Errorf("%v comes after %v", f, last)
		}
		last = f
	}
	if last.Line == 0 {
		t.Error("no findings")
	}
}

func TestAHostcheckWithoutCustomVariable(t *testing.T) {
	if d := Route(RouteConfig{DoHostchecks: true, Hosts: true}, Object{Host: "h"}); d.Queue != "host" {
		t.Errorf("got %+v", d)
	}
	if d := Route(RouteConfig{DoHostchecks: true, CustomVariable: "W"}, Object{Host: "h", HostVariables: map[string]string{"W": "q"}}); d.Queue != "q" {
		t.Errorf("got %+v", d)
	}
}

func TestObjectsAtTheirEdges(t *testing.T) {
	o, err := ReadObjects(strings.NewReader(header + "define host {\nhost_name a\ncheck_command\nalias x\n}\ndefine host {\nhost_name b\ncheck_command c\n_V 1\n}\n" +
		"define service {\nhost_name a\nservice_description s\n}\ndefine hostgroup {\nhostgroup_name g\nmembers gone,a,b\n}\n" +
		"define servicegroup {\nservicegroup_name sg\nmembers gone,s,a,s,a\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if o.Hosts[0].Active || !o.Hosts[1].Active {
		t.Errorf("a host without a command is active: %+v", o.Hosts)
	}
	if len(o.Hosts[0].Variables) != 0 || o.Hosts[1].Variables["V"] != "1" {
		t.Errorf("variables of the hosts: %+v", o.Hosts)
	}
	for _, h := range o.Hosts {
		if fmt.Sprint(h.Groups) != "[g]" {
			t.Errorf("groups of %s: %v", h.Name, h.Groups)
		}
	}
	if fmt.Sprint(o.Services[0].Groups) != "[sg]" {
		t.Errorf("groups of the service: %v", o.Services[0].Groups)
	}
}

// TestObjectsThatCannotBeRead are an error, and not fewer objects.
func TestObjectsThatCannotBeRead(t *testing.T) {
	broken := errors.New("input/output error")
	if o, err := ReadObjects(io.MultiReader(strings.NewReader(objectsCache), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("%v, %v", o, err)
	}
	dir := write(t, map[string]string{"good": objectsCache, "bad": "hello\n"})
	if o, err := ReadObjectsFile(filepath.Join(dir, "good")); err != nil || len(o.Hosts) != 2 {
		t.Errorf("%v, %v", o, err)
	}
	for name, want := range map[string]string{"bad": "line 1", "missing": "no such file"} {
		if o, err := ReadObjectsFile(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)+": "+want) {
			t.Errorf("%s: %v, %v", name, o, err)
		}
	}
}

// TestAKeyFromAPipe that nothing writes to is an error of its own: the key is not missing.
func TestAKeyFromAPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := ReadKeyFile(pipe)
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, disk.ErrNoWriter) {
			t.Errorf("got %v", err)
		}
	case <-time.After(8 * time.Second):
		t.Error("the key is still read after 8 s")
	}
}
