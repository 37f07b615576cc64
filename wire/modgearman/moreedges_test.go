package modgearman

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestNoKeyFitsWhatIsNotEncrypted: the number of a key would be wrong.
func TestNoKeyFitsWhatIsNotEncrypted(t *testing.T) {
	key := mustKey(t, labKey)
	clear, _ := Encode([]byte("type=host\nhost_name=a\n"), Key{})
	foreign, _ := Encode([]byte("type=host\nhost_name=a\n"), mustKey(t, "another one"))
	for _, data := range []string{"", "check", "text", string(clear), string(foreign)} {
		if p, _ := Decode([]byte(data), key); p.Key != -1 {
			t.Errorf("%.20q: key %d fits", data, p.Key)
		}
	}
}

// TestAGroupWithManyMembers is on one line of the objects cache.
func TestAGroupWithManyMembers(t *testing.T) {
	var hosts, members strings.Builder
	const n = 20000
	for i := range n {
		fmt.Fprintf(&hosts, "define host {\nhost_name host-%05d\n}\n", i)
		fmt.Fprintf(&members, ",host-%05d", i)
	}
	o, err := ReadObjects(strings.NewReader(header + hosts.String() + "define hostgroup {\nhostgroup_name all\nmembers " + members.String()[1:] + "\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Hosts) != n || !slices.Equal(o.Hosts[n-1].Groups, []string{"all"}) {
		t.Errorf("%d hosts, want %d, the last in %v", len(o.Hosts), n, o.Hosts[len(o.Hosts)-1].Groups)
	}
}

func TestIntervalsOfObjects(t *testing.T) {
	for text, want := range map[string]float64{"5": 5, "0.5": 0.5, "1e9": 1e9, "0": 0, "-1": 0, "x": 0, "1.1e9": 0, "NaN": 0, "Inf": 0} {
		if got := parseInterval([]byte(text)); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestAQueueNameThatTheModuleDoesNotSend is longer than its buffer.
func TestAQueueNameThatTheModuleDoesNotSend(t *testing.T) {
	for length, decided := range map[int]string{MaxQueue: "queue_custom_variable", MaxQueue + 1: "queue name"} {
		d := Route(RouteConfig{DoHostchecks: true, CustomVariable: "W"}, Object{Host: "h", HostVariables: map[string]string{"W": strings.Repeat("q", length)}})
		if last := d.Steps[len(d.Steps)-1]; last.Rule != decided {
			t.Errorf("%d bytes: decided by %+v, want %s", length, last, decided)
		}
	}
}

func TestNotificationsThatStayInTheCore(t *testing.T) {
	if d := Route(RouteConfig{Hosts: true, DoHostchecks: true}, Object{Kind: KindNotification, Host: "h"}); d.Queue != "" || !d.Local {
		t.Errorf("notifications are off: %+v", d)
	}
	for queue, want := range map[string]bool{"host": true, "service": true, "eventhandler": true, "notification": true, "hostgroup_a": true, "servicegroup_a": true, "own": false} {
		if Registrable(queue) != want {
			t.Errorf("%s can be registered: %v", queue, !want)
		}
	}
}

func TestSpellingsThatAreClose(t *testing.T) {
	for range 20 { // the options are in a map
		if got := CloseOptions("mix-worker"); !slices.IsSorted(got) || len(got) < 2 {
			t.Fatalf("got %v", got)
		}
	}
	for spelling, want := range map[string]string{"max_age": "max-age", "encription": "encryption", "zzzzzzzz": ""} {
		if got := strings.Join(CloseOptions(spelling), " "); got != want {
			t.Errorf("%s: %q, want %q", spelling, got, want)
		}
	}
}

func TestTheConnectionTimeout(t *testing.T) {
	for text, want := range map[string]time.Duration{"1500": 1500 * time.Millisecond, "0": 0, "-1": 0, "": 0} {
		if got := load(t, "gearman_connection_timeout="+text+"\n").Settings(ProgramNEB).GearmanConnectionTimeout; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestLintOfServersAndGroups(t *testing.T) {
	for line, want := range map[string]string{
		"server=:4730": `":4730" has no host`, "server=gm2,": "has an empty item", "perfdata=all": "a spelling from before 3.0", "perfdata=yes": "",
		"perfdata_mode=0":                       "acts as 2",
		"localservicegroups=a\nservicegroups=a": "local wins",
		"localservicegroups=a\nservicegroups=b": "",
		"min-worker=5\nmax-worker=5":            "",
	} {
		if got := fmt.Sprint(Lint(load(t, base+line+"\n"), nil)); want == "" && strings.Contains(got, "warning") || !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q", line, got, want)
		}
	}
}

func TestTheFileOfAKey(t *testing.T) {
	dir := write(t, map[string]string{"inline.conf": "key=some_secret\n", "file.conf": "keyfile=DIR/key\n", "none.conf": "server=a\n", "key": "some secret\n"})
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"inline.conf", "key"} {
		if err := os.Chmod(at(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string][2]string{"inline.conf": {at("inline.conf"), "read"}, "file.conf": {at("key"), "read"}, "none.conf": {"", ""}} {
		c := loadFile(t, at(name))
		for _, d := range []Dialect{DialectC, DialectGo} {
			if path, may := c.KeyPath(d), c.KeyExposure(d); path != want[0] || may != want[1] {
				t.Errorf("%s by %v: %q, all may %q, want %q", name, d, path, may, want)
			}
		}
	}
}

// TestACheckNeedsItsType: without it a worker does not know what to answer.
func TestACheckNeedsItsType(t *testing.T) {
	for text, want := range map[string]string{
		"host_name=a\ncommand_line=x\n": "type is missing", "type=passive\ncommand_line=x\n": "not that of a check", "type=host\nhost_name=a\n": "command_line is missing",
	} {
		if _, err := ParseCheck([]byte(text)); err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), ":", ""), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
