package contexts

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gearctl/wire"
)

func parse(text string) ([]*Context, error) { return Parse("/c.yml", "/home/me", []byte(text)) }

func TestAContextHasAllThatAFileSays(t *testing.T) {
	t.Parallel()
	got, err := parse(`
contexts:
  prod:
    servers: [gm1, "gm2:4731,gm1"]
    labels: {site: munich, tier: "1"}
    key_file: ~/prod.key
    key_rule: go
    config: /etc/mod_gearman/module.conf
    tls: {ca: /ca.pem, cert: /c.pem, key: /k.pem, server_name: gm, insecure: true}
    timeout: 500ms
    output: {format: json, color: never, pager: true}
    read_only: true
  plain:
    servers: gm3
    tls: true
    timeout: 2
    output: csv
  off: {servers: gm4, tls: false}
  all:
    group: [prod, plain]
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []*Context{
		{Name: "prod", File: "/c.yml", Line: 3, Settings: Settings{
			Servers: []string{"gm1:4730", "gm2:4731"}, Labels: map[string]string{"site": "munich", "tier": "1"},
			KeyFile: "/home/me/prod.key", KeyRule: "go", Config: "/etc/mod_gearman/module.conf",
			TLS:     &wire.TLSFiles{CA: "/ca.pem", Cert: "/c.pem", Key: "/k.pem", ServerName: "gm", Insecure: true},
			Timeout: time.Second / 2, Output: Output{Format: "json", Color: "never", Pager: true}, ReadOnly: true,
		}},
		{Name: "plain", File: "/c.yml", Line: 13, Settings: Settings{Servers: []string{"gm3:4730"}, TLS: &wire.TLSFiles{}, Timeout: 2 * time.Second, Output: Output{Format: "csv"}}},
		{Name: "off", File: "/c.yml", Line: 18, Settings: Settings{Servers: []string{"gm4:4730"}}},
		{Name: "all", File: "/c.yml", Line: 19, Group: []string{"prod", "plain"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestWhatIsWrongHasItsLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"contexts:\n  a:\n    servers: gm\n    labls: {}\n":          `/c.yml:4: context a has no key "labls"; did you mean labels?`,
		"contexts:\n  a:\n    servers: gm\n    colour: red\n":        `/c.yml:4: context a has no key "colour": it may have group, servers,`,
		"context:\n  a: {servers: gm}\n":                             `/c.yml:1: the file has no key "context"; did you mean contexts?`,
		"contexts:\n  a:\n    servers: gm\n    key: x\n":             `/c.yml:4: key: no secret may be in this file`,
		"contexts:\n  a:\n    servers: gm\n    tls: {password: x}\n": `/c.yml:4: password: no secret may be in this file`,
		"contexts:\n  a: {servers: gm}\n  a: {servers: gm}\n":        `/c.yml:3: "a" is defined twice, first in line 2`,
		"contexts:\n  a:\n    servers: gm\n    servers: gn\n":        `/c.yml:4: "servers" is defined twice, first in line 3`,
		"contexts:\n  a: {}\n":                                       `/c.yml:2: context a names no server`,
		"contexts:\n  a: {servers: []}\n":                            `/c.yml:2: servers names no server`,
		"contexts:\n  a: {servers: 'gm:x y'}\n":                      `/c.yml:2: server "gm:x y"`,
		"contexts:\n  'a b': {servers: gm}\n":                        `/c.yml:2: context name "a b": must be`,
		"contexts:\n  -a: {servers: gm}\n":                           `/c.yml:2: context name "-a": must be`,
		"contexts:\n  a:\n    group: [b]\n    servers: gm\n":         `/c.yml:4: context a is a group: servers belongs to its members`,
		"contexts:\n  a: {group: []}\n":                              `/c.yml:2: group names no context`,
		"contexts:\n  a: {servers: gm, timeout: soon}\n":             `timeout "soon": must be over 0`,
		"contexts:\n  a: {servers: gm, timeout: 0}\n":                `timeout "0": must be over 0`,
		"contexts:\n  a: {servers: gm, timeout: -1s}\n":              `timeout "-1s": must be over 0`,
		"contexts:\n  a: {servers: gm, read_only: yes please}\n":     `read_only must be true or false`,
		"contexts:\n  a: {servers: gm, read_only: 'true'}\n":         `read_only must be true or false`,
		"contexts:\n  a: {servers: gm, key_file: prod.key}\n":        `key_file "prod.key": must be an absolute path`,
		"contexts:\n  a: {servers: gm, key_rule: c}\n":               `key_rule needs key_file`,
		"contexts:\n  a: {servers: gm, tls: {cert: /c.pem}}\n":       `tls: cert and key must be given together`,
		"contexts:\n  a: {servers: gm, labels: {server: x}}\n":       `label server: the name is taken`,
		"contexts:\n  a: {servers: gm, labels: {a-b: x}}\n":          `label "a-b": must be letters`,
		"contexts:\n  a: {servers: gm, labels: {a: \"\\e[m\"}}\n":    `label a is too long, or has control characters`,
		"contexts:\n  a: &x {servers: gm}\n  b: *x\n":                `/c.yml:2: anchors and aliases are not supported`,
		"contexts:\n  a: {servers: gm\n":                             `: did not find expected`,
		"contexts:\n\ta: {}\n":                                       `/c.yml:2: found character that cannot start any token`,
		"contexts: [a]\n":                                            `/c.yml:1: contexts must be a mapping`,
		"- a\n":                                                      `/c.yml:1: the file must be a mapping`,
		"contexts: {a: {servers: gm}}\n---\ncontexts: {}\n":          `more than one document`,
		"contexts: {a: gm1}\n":                                       `context a must be a mapping`,
	} {
		_, err := parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{"", "# nothing\n", "contexts:\n", "contexts: {}\n"} {
		if got, err := parse(text); len(got) > 0 || err != nil {
			t.Errorf("%q: got %v, %v, want no context", text, got, err)
		}
	}
}

func TestAllProblemsAreReported(t *testing.T) {
	t.Parallel()
	_, err := parse("contexts:\n  a: {servers: gm, x: 1}\n  b: {y: 1, servers: gm}\n")
	if want := "/c.yml:2: context a has no key \"x\""; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "/c.yml:3: context b has no key \"y\"") {
		t.Errorf("got %v", err)
	}
	text := "contexts:\n" + strings.Repeat("  a b: {}\n", 50)
	if _, err := parse(text); strings.Count(err.Error(), "\n") != maxProblems || !strings.Contains(err.Error(), "more problems") {
		t.Errorf("a file of another kind: got %v", err)
	}
}

// files writes files of contexts and returns their names.
func files(t *testing.T, texts ...string) []string {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i, text := range texts {
		name := filepath.Join(dir, fmt.Sprint(i, ".yml"))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestTheUsersContextReplacesThatOfTheSystem(t *testing.T) {
	t.Parallel()
	names := files(t, "contexts:\n  a: {servers: gm1, read_only: true}\n  b: {servers: gm2}\n  g: {group: [a, b]}\n", "contexts: {a: {servers: gm3}}\n")
	s, err := Load("", append(names, "/no/such/file")...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Resolve("g")
	if err != nil || len(got) != 2 || got[0].Address != "gm3:4730" || got[0].ReadOnly || got[1].Address != "gm2:4730" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := s.Resolve("aa"); err == nil || err.Error() != `unknown context "aa"; did you mean a?` {
		t.Errorf("got %v", err)
	}
}

func TestAGroupGivesItsMembersWhatTheyDoNotSay(t *testing.T) {
	t.Parallel()
	s, err := Load("", files(t, `contexts:
  a: {servers: [gm1, gm2], labels: {site: m}, key_file: /a.key, timeout: 1s}
  b: {servers: gm3, tls: {ca: /b.pem}}
  inner: {group: [a, b], labels: {site: x, tier: "1"}, timeout: 7s}
  outer: {group: [inner, a], labels: {tier: "2", all: yes}, read_only: true}
`)...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Resolve("outer")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, g := range got {
		lines = append(lines, fmt.Sprint(g.Address, " ", g.Context, " ", slices.Sorted(maps.Values(g.Labels)), " ", g.KeyFile, " ", g.TLS != nil, " ", g.Timeout, " ", g.ReadOnly))
	}
	want := []string{
		"gm1:4730 a [1 m yes] /a.key false 1s true",
		"gm2:4730 a [1 m yes] /a.key false 1s true",
		"gm3:4730 b [1 x yes]  true 7s true",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if a, _ := s.Resolve("a"); a[0].ReadOnly {
		t.Error("a member is read-only by itself because a group is")
	}
	readOnly, problems := s.ReadOnly()
	if len(readOnly) != 3 || len(problems) > 0 || readOnly["gm3:4730"].Context != "b" {
		t.Errorf("read-only: got %v, %v", readOnly, problems)
	}
}

// TestAGroupIsReadOnlyOnOneOfTwoWays: it is in two groups, of which one is read-only, and that one comes last.
func TestAGroupIsReadOnlyOnOneOfTwoWays(t *testing.T) {
	t.Parallel()
	s, err := Load("", files(t, `contexts:
  a: {servers: gm1}
  site: {group: [a]}
  guarded: {group: [site], read_only: true}
  all: {group: [site, guarded]}
  direct: {group: [a, guarded]}
`)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"all", "direct"} {
		if got, err := s.Resolve(name); err != nil || len(got) != 1 || !got[0].ReadOnly {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// TestAServerIsReadOnlyIfOneMemberSaysSo, whichever comes first.
func TestAServerIsReadOnlyIfOneMemberSaysSo(t *testing.T) {
	t.Parallel()
	s, err := Load("", files(t, `contexts:
  guarded: {servers: gm1, read_only: true}
  open: {servers: gm1}
  first: {group: [guarded, open]}
  last: {group: [open, guarded]}
`)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"first", "last"} {
		if got, err := s.Resolve(group); err != nil || len(got) != 1 || !got[0].ReadOnly {
			t.Errorf("group %s: got %+v, %v; want gm1, read-only", group, got, err)
		}
	}
}

func TestGroupsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: {group: [a]}": "group a contains itself: a > a",
		"a: {group: [b]}, b: {group: [c]}, c: {group: [b]}":      "contains itself: b > c > b",
		"a: {group: [prd]}, prod: {servers: gm}":                 `group a: unknown context "prd"; did you mean prod?`,
		"a: {servers: gm}, b: {servers: gm, tls: true}":          "",
		"a: {servers: gm}, b: {servers: gn}, c: {group: [a, b]}": "",
	} {
		_, err := Load("", files(t, "contexts: {"+text+"}\n")...)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestAServerOfTwoMembersMustBeReachedInOneWay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a: {servers: gm}, b: {servers: gm, tls: true}":                              "gm:4730 is in a and b with different keys or TLS",
		"a: {servers: gm, key_file: /a}, b: {servers: gm, key_file: /b}":             "with different keys or TLS",
		"a: {servers: gm, tls: {ca: /a}}, b: {servers: [gm, gn], tls: {ca: /a}}":     "",
		"a: {servers: gm, key_file: /a}, b: {servers: [gm, gn], key_file: /a}":       "",
		"a: {servers: gm, key_file: /a}, b: {servers: [gn], key_file: /b}":           "",
		"a: {servers: gm, tls: {ca: /a}}, b: {servers: [gm], tls: {insecure: true}}": "with different keys or TLS",
	} {
		s, err := Load("", files(t, "contexts: {"+text+", all: {group: [a, b]}}\n")...)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Resolve("all")
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) || err == nil && len(got) != 2-strings.Count(text, "[gm]") {
			t.Errorf("%s: got %v, %v, want %q", text, got, err, want)
		}
	}
}

// TestNestedGroupsTakeNoExponentialTime: each of 60 groups names the one before twice.
func TestNestedGroupsTakeNoExponentialTime(t *testing.T) {
	t.Parallel()
	text := "contexts:\n  g0: {servers: gm}\n"
	for i := range 60 {
		text += fmt.Sprintf("  g%d: {group: [g%d, g%d]}\n", i+1, i, i)
	}
	s, err := Load("", files(t, text)...)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Resolve("g60"); len(got) != 1 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestTheServersOfAConfiguration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	conf, empty := filepath.Join(dir, "neb.conf"), filepath.Join(dir, "empty.conf")
	os.WriteFile(conf, []byte("server=gm1:4730,gm2\nkey=secret\n"), 0o600)
	os.WriteFile(empty, []byte("encryption=no\n"), 0o600)
	s, err := Load("", files(t, fmt.Sprintf("contexts: {a: {config: %s}, b: {config: %s}, c: {config: /no/such}}\n", conf, empty))...)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Resolve("a"); err != nil || len(got) != 2 || got[1].Address != "gm2:4730" || got[0].Config != conf {
		t.Errorf("got %v, %v", got, err)
	}
	for name, want := range map[string]string{"b": "no server= in it; add servers to the context", "c": "context c: config: "} {
		if _, err := s.Resolve(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestAFileThatOthersMayChangeIsRefused(t *testing.T) {
	t.Parallel()
	name := files(t, "contexts: {a: {servers: gm}}\n")[0]
	for mode, want := range map[os.FileMode]string{
		0o600: "", 0o640: "", 0o644: "", 0o444: "",
		0o660: "others may write to it (mode 0660); fix: chmod go-w " + name, 0o602: "fix: chmod go-w", 0o666: "fix: chmod go-w",
	} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Load("", name)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("mode %v: got %v, want %q", mode, err, want)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file to another user")
	}
	os.Chmod(name, 0o600)
	os.Chown(name, 12345, -1)
	if _, err := Load("", name); err == nil || !strings.Contains(err.Error(), "belongs to user 12345, who could change it; fix: chown 0 "+name) {
		t.Errorf("another's file: got %v", err)
	}
}

func TestAFileHasALimit(t *testing.T) {
	t.Parallel()
	line := "# " + strings.Repeat("x", 1021) + "\n"
	names := files(t, strings.Repeat(line, 1024), strings.Repeat(line, 1024)+"\n")
	if _, err := Load("", names[0]); err != nil {
		t.Errorf("1 MiB: %v", err)
	}
	if _, err := Load("", names[1]); err == nil || !strings.Contains(err.Error(), "longer than 1048576 bytes") {
		t.Errorf("one byte more: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("contexts: {a: {servers: gm, labels: {x: y}, tls: {ca: /x}}, b: {group: [a]}}")
	f.Add("contexts:\n  a: &a {servers: [gm]}\n  b: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parse(text)
		if err != nil {
			return
		}
		for _, c := range got {
			if CheckName(c.Name) != nil || c.Group == nil && len(c.Servers) == 0 && c.Config == "" || c.Line < 1 {
				t.Errorf("%q: accepts %+v", text, c)
			}
		}
	})
}
