package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/host"
	"gearctl/commands/internal/roundtrip"
	"gearctl/commands/internal/servers"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// TestDoctorKnowsTheFaultsOfReleases: no release is without any, and none is said to be cured. What an update helps against is a
// finding; the rest are advisories, each with what to do. An empty version is unknown, and no reason for a restart.
func TestDoctorKnowsTheFaultsOfReleases(t *testing.T) {
	t.Parallel()
	const (
		timeouts = "advisory: a worker with job time-outs"
		later    = "advisory: a waiting job for later"
		sharing  = "advisory: connections that serve several queues"
		priority = "advisory: where workers use job time-outs"
	)
	for _, c := range []struct {
		version string
		options gearmand.Options
		want    []string
	}{
		{"0.14", nil, []string{"finding: no create and drop", "finding: closes the connection when asked for a job by unique key", "finding: no show jobs", timeouts, later}},
		{"0.33", nil, []string{"finding: closes the connection", "finding: no show jobs", timeouts, later}},
		{"1.0.6", nil, []string{"finding: closes the connection", "finding: no show jobs", "finding: runs out of descriptors", timeouts, later}},
		{"1.1.8", nil, []string{"finding: no show jobs", timeouts, later}},
		{"1.1.9", nil, []string{timeouts, later}},
		{"1.1.15", nil, []string{"finding: prioritystatus counts are wrong", timeouts, later}},
		{"1.1.19.1+ds", nil, []string{"finding: prioritystatus counts are wrong", timeouts, later}},
		{"1.1.20+ds", nil, []string{timeouts, later}},
		{"1.1.20+ds", gearmand.Options{{Name: "store-queue-on-shutdown"}}, []string{timeouts, later}},
		{"1.1.22", nil, []string{timeouts, later}},
		{"1.1.22", gearmand.Options{{Name: "store-queue-on-shutdown"}}, []string{timeouts, later, "finding: with --store-queue-on-shutdown it empties its table"}},
		{"2.0.0", nil, []string{sharing, priority}},
		{"v1.130.1", nil, []string{"finding: takes no jobs of low priority"}},
		{"", nil, []string{"advisory: it reports an empty version"}},
		{"something else", nil, []string{"unknown: no known faults on record"}},
	} {
		s := &section{}
		new(inspection).reportKnownFaults(s, "gm1:4730", servers.ParseVersion(c.version), gearmand.Instance{Process: &gearmand.Process{Options: c.options}})
		ok := len(s.rows) == len(c.want)
		for i := range min(len(s.rows), len(c.want)) {
			state, text, _ := strings.Cut(c.want[i], ": ")
			ok = ok && s.rows[i].State == state && strings.Contains(s.rows[i].Finding, text) && (s.rows[i].Fix != "" || state == stateUnknown)
		}
		if !ok {
			t.Errorf("%s: want %q, got\n%s", c.version, c.want, ShowRows(s.rows))
		}
	}
}

func TestDoctorTellsOfOtherClocks(t *testing.T) {
	t.Parallel()
	for skew, want := range map[time.Duration]string{
		-3 * time.Second:      "the clock of worker lab is 3.000 s or more behind ours: latencies",
		time.Hour:             "the clock of worker lab is 1h00m00s or more ahead of ours: latencies",
		20 * time.Millisecond: "came back within 0.000 s, with no encryption; its clock is 0.020 s or more ahead of ours",
		0:                     "a check went to worker lab and came back within 0.000 s, with no encryption",
	} {
		s := &section{}
		r := roundtrip.Report{Worker: "lab", Exec: new(0.0), Skewed: skew != 0, Skew: skew}
		new(serverInspection).reportRoundTrip(s, &modulePlan{}, modgearman.Key{}, &testCheck{row: r})
		if len(s.rows) != 1 || !strings.Contains(s.rows[0].Finding, want) {
			t.Errorf("%v: want %q, got %s", skew, want, ShowRows(s.rows))
		}
	}
}

// TestDoctorKnowsItsLimits sees that what this user may not read is no finding.
func TestDoctorKnowsItsLimits(t *testing.T) {
	t.Parallel()
	denied := modgearman.Finding{Severity: modgearman.Failure, File: "a.conf", Line: 3, Option: "config", Message: "cannot read b.conf: " + fs.ErrPermission.Error()}
	missing := modgearman.Finding{Severity: modgearman.Failure, File: "a.conf", Option: "key", Message: "neither key nor keyfile is set"}
	for _, c := range []struct {
		all  []modgearman.Finding
		want string
	}{
		{[]modgearman.Finding{denied, missing}, stateUnknown},
		{[]modgearman.Finding{missing}, stateFinding},
	} {
		s := &section{}
		for _, f := range c.all {
			new(inspection).reportLint(s, f, c.all)
		}
		if slices.ContainsFunc(s.rows, func(r row) bool { return r.State != c.want }) {
			t.Errorf("want %s, got\n%s", c.want, ShowRows(s.rows))
		}
	}
	for _, err := range []error{fs.ErrPermission, fs.ErrNotExist} {
		s := &section{}
		unreadableConfig{path: "a.conf", err: fmt.Errorf("read: %w", err)}.report(s, new(inspection))
		if want := map[bool]string{true: stateUnknown, false: stateFinding}[errors.Is(err, fs.ErrPermission)]; s.rows[0].State != want {
			t.Errorf("%v: got %s", err, ShowRows(s.rows))
		}
	}
}

func TestDoctorJudgesReturns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, stateOK},
		{&wire.ReleaseError{Of: 5}, stateFinding},
		{&wire.ReleaseError{Survived: 2, Of: 5}, stateFinding},
		{wire.ErrSilent, stateUnknown},
	} {
		s := &section{}
		new(inspection).reportRelease(s, servers.Version{}, "gm1:4730", c.err)
		if len(s.rows) != 1 || s.rows[0].State != c.want {
			t.Errorf("%v: want %s, got %s", c.err, c.want, ShowRows(s.rows))
		}
	}
}

func TestMapsFile(t *testing.T) {
	t.Parallel()
	const file = "/usr/lib/m.o"
	for _, c := range []struct {
		maps            string
		loaded, deleted bool
	}{
		{"", false, false},
		{"7f00-7f01 r-xp 00000000 fd:00 393228   /usr/lib/m.o\n", true, false},
		{"7f00-7f01 r-xp 00000000 fd:00 393228   /usr/lib/m.o (deleted)\n", true, true},
		{"7f00-7f01 r-xp 00000000 fd:00 393228   /usr/lib/m.o.old\n7f00-7f01 rw-p 00000000 00:00 0\n", false, false},
	} {
		if loaded, deleted := findMapping(c.maps, file); loaded != c.loaded || deleted != c.deleted {
			t.Errorf("%q: got %v, %v", c.maps, loaded, deleted)
		}
	}
}

func TestDoctorBreaksLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, nil},
		{"one two three", 0, []string{"one two three"}},
		{"one two three", 13, []string{"one two three"}},
		{"one two three", 12, []string{"one two", "  three"}},
		{"a averylongword b c", 5, []string{"a", "  averylongword", "  b c"}},
	} {
		if got := wrap(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%q at %d: got %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// FuzzDoctorFiles feeds the readers of a host's files with anything: whatever stands there, none fails, and what they
// find stands in the text.
func FuzzDoctorFiles(f *testing.F) {
	for _, text := range GoodFiles {
		f.Add(text)
	}
	f.Add("broker_module=/usr/lib/mod_gearman.o a b\nbroker_module=\nx=y")
	f.Add("define module{\npath gearman.o ; comment\nargs config=x\n}\n}\ndefine module {")
	f.Add("root:x:0:0:root:/root:/bin/bash\nnagios:x:99999999999:1:::\n:::::::")
	f.Add("export CONFIG_CORE='naemon'\nCONFIG_=\n#CONFIG_X=1")
	f.Fuzz(func(t *testing.T, text string) {
		r := coreReader{host.Root{Dir: t.TempDir()}, &coreConfig{name: "icinga", path: "/icinga.cfg", vars: map[string]coreSetting{}}}
		r.readSettings("/icinga.cfg", text)
		for _, m := range append(r.c.modules, definedModules("x.cfg", text)...) {
			if !isModGearman(m.path) || !strings.Contains(text, m.path) || m.at.Line < 1 || m.at.Line > strings.Count(text, "\n")+1 {
				t.Errorf("module %+v", m)
			}
			m.config()
		}
		for name, value := range host.ShellVariables(text, "CONFIG_") {
			if !strings.Contains(text, "CONFIG_"+name) || !strings.Contains(text, value) {
				t.Errorf("variable %q %q", name, value)
			}
		}
		findMapping(text, "/usr/lib64/mod_gearman/mod_gearman.o")
	})
}
