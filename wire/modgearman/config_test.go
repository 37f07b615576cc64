package modgearman

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// write makes files from a map of names to contents and returns their directory.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t testing.TB, content string) *Config {
	t.Helper()
	return loadFile(t, filepath.Join(write(t, map[string]string{"a.conf": content}), "a.conf"))
}

func loadFile(t testing.TB, path string) *Config {
	t.Helper()
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSettingsOfBothDialects(t *testing.T) {
	c := load(t, `
# a comment
server = gm1,gm2:4731 , :4732
server=
dupserver=dup
 HOSTS = Yes
services=on
eventhandlers=yes
hostgroups=a,b,,a
servicegroup=s
encryption=true
key=abc#defgh
min-worker=30
max-worker=20
max-age=90 # seconds
idle-timeout=7.9
identifier=w1
`)
	inC, inGo := c.Settings(ProgramWorker), c.Settings(ProgramGoWorker)
	for _, tc := range []struct {
		what      string
		got, want any
	}{
		{"C servers", inC.Servers, []string{"gm1:4730", "gm2:4731", "0.0.0.0:4732", "0.0.0.0:4730"}},
		{"Go servers", inGo.Servers, []string{"gm1:4730", "gm2:4731", "0.0.0.0:4732"}},
		{"C dupserver", inC.Dupservers, []string{"dup:4730"}},
		{"Go dupserver", inGo.Dupservers, []string{"dup"}},
		{"C queues", inC.Queues(), []string{"host", "service", "eventhandler", "hostgroup_a", "hostgroup_b", "hostgroup_a", "servicegroup_s"}},
		{"Go queues", inGo.Queues(), []string{"service", "hostgroup_a", "hostgroup_b"}},
		{"C encryption", inC.Encryption, true},
		{"Go encryption", inGo.Encryption, false},
		{"C key", inC.Key.Equal(mustKey(t, "abc")), true},
		{"Go key", inGo.Key.Equal(mustKey(t, "abc#defgh")), true},
		{"C workers", []int{inC.MinWorker, inC.MaxWorker}, []int{20, 20}},
		{"Go workers", []int{inGo.MinWorker, inGo.MaxWorker}, []int{30, 30}},
		{"max age", []time.Duration{inC.MaxAge, inGo.MaxAge}, []time.Duration{90 * time.Second, 0}},
		{"idle timeout", []time.Duration{inC.IdleTimeout, inGo.IdleTimeout}, []time.Duration{7 * time.Second, 7 * time.Second}},
		{"spawn rate", []int{inC.SpawnRate, inGo.SpawnRate}, []int{1, 3}},
		{"timeout return", []int{inC.TimeoutReturn, inGo.TimeoutReturn}, []int{2, 3}},
		{"identifier", inC.Identifier, "w1"},
		{"result queue", inC.ResultQueue, "check_results"},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s: -want +got\n%s", tc.what, diff)
		}
	}
}

func TestDefaultQueues(t *testing.T) {
	c := load(t, "server=a\n")
	for program, want := range map[Program][]string{
		ProgramNEB:      {"host", "service", "eventhandler"},
		ProgramWorker:   {"host", "service", "eventhandler", "notification"},
		ProgramGoWorker: nil,
	} {
		if diff := cmp.Diff(want, c.Settings(program).Queues()); diff != "" {
			t.Errorf("%s: -want +got\n%s", program, diff)
		}
	}
}

func TestKeyPrecedence(t *testing.T) {
	dir := write(t, map[string]string{"a.conf": "key=should_be_changed\nkeyfile=DIR/key\n", "key": "file_secret\n"})
	c := loadFile(t, filepath.Join(dir, "a.conf"))
	inC, fromC, err := c.Key(DialectC)
	if err != nil || !inC.Equal(mustKey(t, "file_secret")) || !strings.Contains(fromC, "a.conf:2") {
		t.Errorf("C: got %s from %s, %v", inC, fromC, err)
	}
	inGo, fromGo, err := c.Key(DialectGo)
	if err != nil || !inGo.Equal(mustKey(t, sampleKey)) || !strings.Contains(fromGo, "a.conf:1") {
		t.Errorf("Go: got %s from %s, %v", inGo, fromGo, err)
	}
}

func TestIncludes(t *testing.T) {
	dir := write(t, map[string]string{
		"main.conf":  "server=a\nconfig=DIR/more\ninclude=beside.conf\nconfigfile=DIR/gone.conf\nconfig=DIR/main.conf\n",
		"more/1.cfg": "hosts=yes\n", "more/sub/2.conf": "services=yes\n", "more/3.txt": "bogus=1\n",
		"beside.conf": "identifier=me\n",
	})
	c := loadFile(t, filepath.Join(dir, "main.conf"))
	s := c.Settings(ProgramNEB)
	if !s.Hosts || !s.Services || s.Identifier != "me" || len(c.Files) != 4 {
		t.Errorf("got %+v of %q", s, c.Files)
	}
	if len(c.Findings) != 2 || c.Findings[0].Line != 4 || !strings.Contains(c.Findings[1].Message, "includes itself") {
		t.Errorf("got %v", c.Findings)
	}
	if _, err := Load(filepath.Join(dir, "gone.conf")); err == nil || !strings.Contains(err.Error(), "gone.conf") {
		t.Errorf("got %v", err)
	}
	if whole := loadFile(t, filepath.Join(dir, "more")); !whole.Has("hosts") || !whole.Has("services") {
		t.Errorf("got %+v of a directory", whole.Entries)
	}
}

func TestBrokerModuleLine(t *testing.T) {
	dir := write(t, map[string]string{
		"naemon.cfg": "log_file=/x\nbroker_module=/usr/lib/livestatus.o num=3\n" +
			"broker_module=/usr/lib/mod_gearman_naemon.o config=DIR/neb.conf localhostgroups=l server=b\ncfg_dir=/y\n",
		"neb.conf": "server=a\nhosts=no\n",
	})
	c := loadFile(t, filepath.Join(dir, "naemon.cfg"))
	s := c.Settings(ProgramNEB)
	if diff := cmp.Diff([]string{"a:4730", "b:4730"}, s.Servers); diff != "" || s.LocalHostgroups[0] != "l" || s.Hosts {
		t.Errorf("got %+v\n%s", s, diff)
	}
	for _, f := range Lint(c, nil) {
		if strings.Contains(f.Message, "is not an option") {
			t.Errorf("got %v", f)
		}
	}
}

func TestValuesNeverShowKeys(t *testing.T) {
	const password = "very_secret_password"
	c := load(t, "key="+password+"#x\nserver=a\nhosts=yes\n")
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, c)
		fmt.Fprintf(&out, verb, c.Entries)
		fmt.Fprintf(&out, verb, c.Settings(ProgramNEB))
		fmt.Fprintf(&out, verb, c.Values())
		fmt.Fprintf(&out, verb, Lint(c, c))
	}
	if strings.Contains(out.String(), password) || strings.Contains(out.String(), fmt.Sprintf("%x", password)) {
		t.Error("the key stands in the output")
	}
	values := map[string]Value{}
	for _, v := range c.Values() {
		values[v.Option.Name] = v
	}
	if v := values["key"]; v.C != mustKey(t, password).String() || v.Go == v.C || !v.Set || v.Origins[0].Line != 1 {
		t.Errorf("got %+v", v)
	}
	if v := values["spawn-rate"]; v.C != "1" || v.Go != "3" || v.Set {
		t.Errorf("got %+v", v)
	}
	if v := values["hosts"]; v.C != "yes" || v.Go != "yes" {
		t.Errorf("got %+v", v)
	}
}

func TestOptionTable(t *testing.T) {
	seen := map[string]string{}
	for _, o := range optionTable() {
		if o.Users == 0 || len(o.CNames)+len(o.GoNames) == 0 {
			t.Errorf("%s: nobody knows it", o.Name)
		}
		for _, name := range o.Names() {
			if before, twice := seen[name]; twice || name != strings.ToLower(name) {
				t.Errorf("%s names both %s and %s", name, before, o.Name)
			}
			seen[name] = o.Name
		}
	}
	for _, name := range []string{"passwordfile", "return_code", "debug_result", "restrictpath", "t", "hostgroup"} {
		if _, ok := LookupOption(name); !ok {
			t.Errorf("%s is missing", name)
		}
	}
	for typo, want := range map[string]string{
		"sevrer": "server", "max_worker": "max-worker", "hostgrups": "hostgroups", "encyption": "encryption", "colour": "",
	} {
		if got := strings.Join(CloseOptions(typo), ","); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: got %s, want %s", typo, got, want)
		}
	}
}
