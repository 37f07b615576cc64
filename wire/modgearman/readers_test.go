package modgearman

import (
	"bufio"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// recordedReading is what the programs made of a file: common/utils.c of mod_gearman 5.2.4 as the worker calls it, and
// configuration_parser.go of mod-gearman-worker-go 1.7.0. Only values that differ from those of readerBase are recorded.
type recordedReading struct {
	Line     string            `json:"line"` // after readerBase
	File     string            `json:"file"` // or the whole file
	C        map[string]string `json:"c"`
	Go       map[string]string `json:"go"`
	CRefuses bool              `json:"c_refuses"` // the program does not start
	GoStops  bool              `json:"go_refuses"`
}

const readerBase = "server=gm1\nkey=abcdefgh\nhosts=yes\n"

// TestEveryRecordedFileIsReadAsTheProgramsDo compares each option of each file.
func TestEveryRecordedFileIsReadAsTheProgramsDo(t *testing.T) {
	f, err := os.Open("testdata/config/readers.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	path := filepath.Join(t.TempDir(), "a.conf")
	load := func(text string) *Config {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return loadFile(t, path)
	}
	base := load(readerBase)
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); n++ {
		var r recordedReading
		if err := json.Unmarshal(s.Bytes(), &r); err != nil {
			t.Fatalf("line %d: %v", n+1, err)
		}
		text := r.File
		if text == "" {
			text = readerBase + r.Line + "\n"
		}
		c := load(text)
		compareReading(t, text, c, base, ProgramWorker, r.C, r.CRefuses)
		compareReading(t, text, c, base, ProgramGoWorker, r.Go, r.GoStops)
	}
	if n < 1000 {
		t.Errorf("only %d files", n)
	}
}

func compareReading(t *testing.T, text string, c, base *Config, p Program, recorded map[string]string, refuses bool) {
	t.Helper()
	if refuses {
		if !hasFailure(Lint(c, c)) {
			t.Errorf("%q: the %s does not start, and lint finds nothing", text, p)
		}
		return
	}
	got, want := readValues(c, p), readValues(base, p)
	for name, value := range recorded {
		if _, ok := want[name]; ok {
			want[name] = value
		}
	}
	for name, value := range want {
		if strings.HasPrefix(name, "load_limit") || name == "num-result-worker" { // unset, it is 0
			value, got[name] = cmp.Or(value, "0"), cmp.Or(got[name], "0")
		}
		if got[name] != value && !sameNumber(got[name], value) {
			t.Errorf("%q: %s: %s is %q, want %q", text, p, name, got[name], value)
		}
	}
}

func hasFailure(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == Failure {
			return true
		}
	}
	return false
}

// readValues returns the options as a program uses them.
func readValues(c *Config, p Program) map[string]string {
	values := map[string]string{}
	for _, v := range c.Values() {
		switch golang := p == ProgramGoWorker; {
		case v.Option.Type == TypeSecret:
		case golang && v.Option.Users&usedByGo != 0:
			values[v.Option.Name] = v.Go
		case !golang && v.Option.Users&usedByC != 0:
			values[v.Option.Name] = v.C
		}
	}
	s := c.Settings(p)
	for name, on := range map[string]bool{"hosts": s.Hosts, "services": s.Services, "eventhandler": s.Eventhandlers, "notifications": s.Notifications} {
		values[name] = map[bool]string{true: "yes", false: "no"}[on]
	}
	values["min-worker"], values["max-worker"] = strconv.Itoa(s.MinWorker), strconv.Itoa(s.MaxWorker)
	delete(values, "identifier") // the host name by default
	return values
}

// sameNumber compares with the six digits of C's %g.
func sameNumber(a, b string) bool {
	x, errA := strconv.ParseFloat(a, 64)
	y, errB := strconv.ParseFloat(b, 64)
	return errA == nil && errB == nil && (x == y || x != x && y != y || x/y > 0.99999 && x/y < 1.00001)
}
