package context_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/disk"
)

// user is somebody with a file of contexts.
type user struct {
	t    *testing.T
	vars map[string]string
	dir  string // of settings
	etc  string // of those of the system
	disk disk.FS
	run  func(argv ...string) commandtest.Run
}

// newUser returns a user whose file has a text; without one there is no file. system is the text of the system's file.
func newUser(t *testing.T, text, system string) *user {
	t.Helper()
	home, etc := t.TempDir(), t.TempDir()
	u := &user{t: t, etc: etc, dir: filepath.Join(home, "gearctl"), vars: map[string]string{"XDG_CONFIG_HOME": home, "HOME": home}}
	if text != "" {
		os.Mkdir(u.dir, 0o700)
		servertest.WriteFile(t, u.file(), text)
	}
	if system != "" {
		servertest.WriteFile(t, filepath.Join(etc, "contexts.yml"), system)
	}
	u.run = func(argv ...string) commandtest.Run {
		return commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			e.Getenv = func(name string) string { return u.vars[name] }
			e.SystemDir, e.Disk = etc, u.disk
		}, argv...)
	}
	return u
}

func (u *user) file() string { return filepath.Join(u.dir, "contexts.yml") }

// text returns the user's file.
func (u *user) text() string {
	b, err := os.ReadFile(u.file())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// want runs a line and compares its exit code and what stdout and stderr hold.
func (u *user) want(code int, holds string, argv ...string) {
	u.t.Helper()
	got := u.run(argv...)
	if got.Code != code || !strings.Contains(got.Stdout+got.Stderr, holds) {
		u.t.Errorf("gearctl %q: want exit code %d and %q, got %+v", argv, code, holds, got)
	}
}

const three = `contexts:
  prod: {servers: [gm1, gm2], labels: {site: berlin, tier: "1"}, read_only: true, timeout: 2}
  test: {servers: gm3, tls: {insecure: true}}
  all: {group: [prod, test]}
`

func TestListAndShow(t *testing.T) {
	t.Parallel()
	u := newUser(t, three, "contexts: {prod: {servers: old}, site: {servers: gm9}}\n")
	u.want(0, `{"context":"all","current":false,"servers":["gm1:4730","gm2:4730","gm3:4730"],"members":["prod","test"],"labels":{},"read_only":false}`, "context", "list", "-o", "jsonl")
	u.want(0, `prod,false,gm1:4730 gm2:4730,,site=berlin tier=1,true`, "context", "list", "-o", "csv")
	u.want(0, `site     no       gm9:4730`, "context", "list")
	u.want(0, `{"server":"gm2:4730","context":"prod","labels":{"site":"berlin","tier":"1"},"tls":"no","key_file":null,"config":null,"timeout_seconds":2,"read_only":true}`, "context", "show", "all", "-o", "jsonl")
	u.want(0, `gm3:4730,test,,insecure,,,,false`, "context", "show", "all", "-o", "csv")
	u.want(2, `unknown context "tset"; did you mean test?`, "context", "show", "tset")
	u.want(2, `no context is in use`, "context", "show")
}

// TestNarrowTerminals: what is least important is left out, never the servers or whether they are read-only.
func TestNarrowTerminals(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"context list": "CONTEXT  SERVERS           READ_ONLY\nall      gm1:4730 gm2:47…  no\n",
		"context show": "SERVER    CONTEXT  TLS       READ_ONLY\ngm1:4730  prod     no        yes\n",
	} {
		argv := strings.Fields(line)
		contexts := commandtest.Contexts(t, three, "GEARCTL_CONTEXT", "all", "NO_COLOR", "1")
		got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
			contexts(e)
			e.Terminal.Stdout, e.Terminal.Size = true, func() (int, int) { return 40, 24 }
		}, argv...)
		if got.Code != 0 || !strings.HasPrefix(got.Stdout, want) {
			t.Errorf("%s: want %q, got %+v", line, want, got)
		}
	}
}

func TestUse(t *testing.T) {
	t.Parallel()
	u := newUser(t, three, "")
	u.want(2, `unknown context "pord"`, "context", "use", "pord")
	u.want(2, "give a NAME or --none", "context", "use")
	u.want(0, "context test is in use", "context", "use", "test")
	u.want(0, "context test, chosen by context use", "context", "show")
	u.want(0, `test,true,`, "context", "list", "-o", "csv")
	u.vars["GEARCTL_SERVER"] = "gm7"
	u.want(0, "but the environment names a server, which is stronger", "context", "use", "prod")
	delete(u.vars, "GEARCTL_SERVER")
	if err := os.Chmod(filepath.Join(u.dir, "context"), 0o666); err != nil {
		t.Fatal(err)
	}
	u.want(2, "others may write to it (mode 0666); fix: chmod go-w", "status")
	os.Chmod(filepath.Join(u.dir, "context"), 0o600)
	servertest.WriteFile(t, u.file(), "contexts: {}\n")
	u.want(2, `context use: unknown context "prod": no contexts are defined`, "status")
	u.want(0, "no context is in use", "context", "use", "--none")
	u.want(3, "", "status", "--timeout", "1ms", "-s", servertest.DeadAddr)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	u := newUser(t, three, "contexts: {site: {servers: gm9}}\n")
	u.want(0, "4 contexts with 4 servers: no problem found", "context", "validate")
	bad := servertest.WriteFile(t, filepath.Join(t.TempDir(), "bad.yml"), `contexts:
  a: {servers: gm, key_file: /no/such.key}
  b: {servers: gm, tls: {ca: /no/such.pem}}
  c: {config: /no/such.conf}
  d: {servers: gm, output: nonsense}
`)
	for _, want := range []string{"bad.yml:2: context a: key_file: ", "bad.yml:3: context b: tls: ", "bad.yml:4: context c: config: ", `bad.yml:5: context d: output: `} {
		u.want(1, want, "context", "validate", bad)
	}
	u.want(1, "no such file", "context", "validate", bad+"x")
	conf := servertest.WriteFile(t, filepath.Join(t.TempDir(), "neb.conf"), "server=gm\nkeyfile=/no/such.key\nencryption=yes\n")
	servertest.WriteFile(t, bad, "contexts: {a: {config: "+conf+"}}\n")
	u.want(1, "bad.yml:1: context a: config: "+conf+": ", "context", "validate", bad)
	servertest.WriteFile(t, conf, "server=gm\nkeyfile=/no/such.key\nencryption=no\n")
	u.want(0, "no problem found", "context", "validate", bad)
	servertest.WriteFile(t, u.file(), "contexts: {a: {srevers: gm}}\n")
	u.want(1, `contexts.yml:1: context a has no key "srevers"; did you mean servers?`, "context", "validate")
	u.want(2, "did you mean servers?", "context", "list")
	u.want(0, "", "completion", "bash")
}

// TestTheExampleOfThePackages is valid, and shows every key that a context may have.
func TestTheExampleOfThePackages(t *testing.T) {
	t.Parallel()
	u := newUser(t, string(servertest.RepositoryFile(t, "packaging/etc/contexts.yml.example")), "")
	u.want(4, "munich,gm.munich.example.com:4731", "context", "list", "-o", "template={{.context}},{{range .servers}}{{.}}{{end}}", "--columns", "context,servers")
	u.want(0, `"key_file":"/etc/gearctl/munich.key"`, "context", "show", "all", "-o", "jsonl")
}

func TestEdit(t *testing.T) {
	t.Parallel()
	u := newUser(t, three, "")
	edit := func(script string) { u.vars["EDITOR"] = "sh -c '" + script + "' sh" }
	u.want(2, "neither VISUAL nor EDITOR", "context", "edit")
	edit(`sed -i s/gm3/gm4/ "$1"`)
	u.want(0, "contexts.yml: saved", "context", "edit")
	good := strings.Replace(three, "gm3", "gm4", 1)
	if u.text() != good {
		t.Errorf("got %q", u.text())
	}
	edit("true")
	u.want(0, "contexts.yml: unchanged", "context", "edit")
	edit("exit 3")
	if got := u.run("context", "edit"); got.Code != 1 || !strings.Contains(got.Stderr, "exit status 3") || strings.Contains(got.Stderr, "--draft") {
		t.Errorf("nothing was typed, and nothing is to be kept: %+v", got)
	}
	edit(`rm "$1"`)
	if got := u.run("context", "edit"); got.Code != 1 || !strings.Contains(got.Stderr, "no such file") || strings.Contains(got.Stderr, "--draft") {
		t.Errorf("there is no copy to go on with: %+v", got)
	}
	edit(`sed -i s/gm4/typed/ "$1"; kill -KILL $$`)
	lost := u.run("context", "edit")
	_, kept, _ := strings.Cut(strings.TrimSpace(lost.Stderr), "--draft ")
	defer os.RemoveAll(filepath.Dir(kept))
	if text, err := os.ReadFile(kept); lost.Code != 1 || err != nil || !strings.Contains(string(text), "typed") || u.text() != good {
		t.Errorf("the editor was killed, and so is what was typed: %+v, %v", lost, err)
	}
	edit(`sed -i s/gm4/gm5/ "$1"; echo "# other" >> ` + u.file())
	u.want(1, "it was changed meanwhile", "context", "edit")
	if u.text() != good+"# other\n" {
		t.Errorf("what another wrote meanwhile is lost: %q", u.text())
	}
	edit(`sed -i s/gm4/gm5/ "$1"; sed -i s/other/OTHER/ ` + u.file())
	u.want(1, "it was changed meanwhile", "context", "edit")
	if u.text() != good+"# OTHER\n" {
		t.Errorf("what another wrote meanwhile is lost, of the same length: %q", u.text())
	}
	edit(`sed -i s/gm4/gm5/ "$1"; rm ` + u.file())
	u.want(1, "it was changed meanwhile", "context", "edit")
	if _, err := os.Stat(u.file()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what another removed meanwhile is back: %v", err)
	}
	edit(`echo "contexts: {a: {servers: [gm9]}}" > "$1"; echo "# first" > ` + u.file())
	u.want(1, "it was changed meanwhile", "context", "edit")
	if u.text() != "# first\n" {
		t.Errorf("the file that another created meanwhile is lost: %q", u.text())
	}
	if err := os.WriteFile(u.file(), []byte(good+"# other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	edit(`sed -i s/prod,/pord,/ "$1"`)
	got := u.run("context", "edit")
	_, draft, _ := strings.Cut(strings.TrimSpace(got.Stderr), "--draft ")
	defer os.RemoveAll(filepath.Dir(draft))
	if got.Code != 1 || !strings.Contains(got.Stderr, `unknown context "pord"; did you mean prod?`) || u.text() != good+"# other\n" {
		t.Errorf("an invalid file must not be saved: %+v, %q", got, u.text())
	}
	edit(`sed -i s/pord,/prod,/ "$1"; echo "# mended" >> "$1"`)
	u.want(0, "saved", "context", "edit", "--draft", draft)
	if _, err := os.Stat(filepath.Dir(draft)); u.text() != good+"# other\n# mended\n" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the draft was not taken, or is left: %q, %v", u.text(), err)
	}
	own := servertest.WriteFile(t, filepath.Join(t.TempDir(), "contexts.yml"), good)
	edit("true")
	u.want(0, "saved", "context", "edit", "--draft", own)
	if _, err := os.Stat(own); err != nil || u.text() != good {
		t.Errorf("a file of the user's own must stay: %v, %q", err, u.text())
	}
	fresh := newUser(t, "", "")
	fresh.vars["VISUAL"] = "sed -i s/^#//"
	fresh.want(1, "", "context", "edit") // the comments above the example are no YAML
	fresh.vars["VISUAL"] = "sed -i '3,$s/^#//'"
	fresh.want(0, "saved", "context", "edit")
	fresh.want(0, "prod,false,gm1.example.com:4730 gm2.example.com:4730,,site=berlin,true", "context", "list", "-o", "csv")
	fresh.want(0, "context prod is in use", "context", "use", "prod")
	for path, want := range map[string]fs.FileMode{fresh.dir: 0o700, fresh.file(): 0o600, filepath.Join(fresh.dir, "context"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("what is new must be private: %s: %v, %v", path, info, err)
		}
	}
}

// TestEditThatRemovesAll asks before it saves a file without contexts.
func TestEditThatRemovesAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		editor, answer string
		stdin, stderr  bool // terminals
		code           int
		saved          bool
	}{
		{`sh -c ': > "$1"' sh`, "y\n", true, true, 0, true},
		{`sh -c 'echo "contexts: {}" > "$1"' sh`, "y\n", true, true, 0, true},
		{`sh -c ': > "$1"' sh`, "\n", true, true, 1, false},
		{`sh -c ': > "$1"' sh`, "", false, false, 1, false},
		{`sh -c ': > "$1"' sh`, "y\n", true, false, 1, false},
		{`sh -c ': > "$1"' sh`, "y\n", false, true, 1, false},
	} {
		u := newUser(t, three, "")
		u.vars["EDITOR"] = c.editor
		stdin, typed, err := os.Pipe() // a file, which the editor has, too, and does not read
		if err != nil {
			t.Fatal(err)
		}
		defer stdin.Close()
		typed.WriteString(c.answer)
		typed.Close()
		got := commandtest.GearctlEnv(t.Context(), stdin, func(e *cli.Env) {
			e.Getenv = func(name string) string { return u.vars[name] }
			e.Terminal.Stdin, e.Terminal.Stderr = c.stdin, c.stderr
		}, "context", "edit")
		if got.Code != c.code || !strings.Contains(got.Stderr, "no context is left of 3 contexts") || (u.text() != three) != c.saved {
			t.Errorf("%+v: got %+v, and the file is %q", c, got, u.text())
		}
		if _, kept, found := strings.Cut(strings.TrimSpace(got.Stderr), "--draft "); found {
			os.RemoveAll(filepath.Dir(kept))
		}
	}
}

// hostWithSites makes a host with a module, its worker and two OMD sites.
func hostWithSites(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{
		"etc/mod_gearman/module.conf":                 "server=gm1\nkey=a_key_of_the_host\nservices=yes\n",
		"etc/mod_gearman/worker.conf":                 "server=gm1\nkey=a_key_of_the_host\nservices=yes\n",
		"omd/sites/berlin/etc/omd/site.conf":          "CONFIG_MOD_GEARMAN='on'\nCONFIG_GEARMAN_WORKER='on'\n",
		"omd/sites/berlin/etc/mod-gearman/server.cfg": "server=localhost:4731\nkey=the_key_of_berlin\n",
		"omd/sites/berlin/etc/mod-gearman/worker.cfg": "server=localhost:4731\nkey=the_key_of_berlin\n",
		"omd/sites/off/etc/omd/site.conf":             "CONFIG_MOD_GEARMAN='off'\n",
		"omd/sites/off/etc/mod-gearman/server.cfg":    "server=localhost:4739\n",
		"omd/sites/remote/etc/omd/site.conf":          "CONFIG_MOD_GEARMAN='off'\nCONFIG_GEARMAN_WORKER='on'\n",
		"omd/sites/remote/etc/mod-gearman/worker.cfg": "server=gm-central:4730\nencryption=no\n",
		"omd/sites/munich/etc/omd/site.conf":          "CONFIG_MOD_GEARMAN='on'\n",
		"omd/sites/munich/etc/mod-gearman/server.cfg": "encryption=no\nhosts=yes\n",
	} {
		path = filepath.Join(root, path)
		os.MkdirAll(filepath.Dir(path), 0o755)
		servertest.WriteFile(t, path, text)
	}
	return root
}

func TestImport(t *testing.T) {
	t.Parallel()
	root := hostWithSites(t)
	u := newUser(t, "# mine\ncontexts:\n  berlin: {servers: gm7} # by hand\n", "")
	got := u.run("context", "import", "--root", root, "-o", "jsonl")
	if got.Code != commandtest.ExitPartial || !strings.Contains(got.Stderr, "munich/etc/mod-gearman/server.cfg: no server= in it") {
		t.Errorf("a site without server: got %+v", got)
	}
	for _, want := range []string{
		`{"context":"berlin-2","servers":["localhost:4731"],"labels":{"site":"berlin"},"config":"` + root + `/omd/sites/berlin/etc/mod-gearman/server.cfg","done":"added"}`,
		`{"context":"remote","servers":["gm-central:4730"],"labels":{"site":"remote"},`, `{"context":"mod_gearman","servers":["gm1:4730"],"labels":{},`,
	} {
		if !strings.Contains(got.Stdout, want) {
			t.Errorf("want %s in\n%s", want, got.Stdout)
		}
	}
	if n := strings.Count(got.Stdout, "\n"); n != 3 {
		t.Errorf("the worker of a module is no context, and neither is a site that is off: %d rows\n%s", n, got.Stdout)
	}
	if text := u.text(); !strings.Contains(text, "# mine") || !strings.Contains(text, "berlin: {servers: gm7} # by hand") || strings.Contains(text, "a_key_of") {
		t.Errorf("comments must stay and keys must not be copied:\n%s", text)
	}
	before := u.text()
	if got := u.run("context", "import", "--root", root, "-o", "jsonl"); strings.Count(got.Stdout, `"done":"exists"`) != 3 || u.text() != before {
		t.Errorf("a second import must change nothing: %+v", got)
	}
	u.want(0, "berlin-2,false,localhost:4731,,site=berlin,false", "context", "list", "-o", "csv")
}

func TestImportOfFiles(t *testing.T) {
	t.Parallel()
	root := hostWithSites(t)
	module := filepath.Join(root, "etc/mod_gearman/module.conf")
	u := newUser(t, "", "")
	u.want(0, "contexts:\n  prod:\n    config: "+module+"\n", "context", "import", module, "--name", "prod", "--print")
	if text := u.text(); !strings.Contains(text, "no such file") {
		t.Errorf("--print must write no file: %s", text)
	}
	u.want(0, "added", "context", "import", module, "--name", "prod")
	u.want(0, "exists", "context", "import", module)
	u.want(0, "contexts:\n  mod_gearman:\n    config: "+module+"\n", "context", "import", module, "--print")
	u.want(1, "module.conf is context prod already: other was not added", "context", "import", module, "--name", "other", "--system")
	u.want(0, "exists", "context", "import", module, "--name", "prod")
	u.want(1, "there is a context prod already", "context", "import", filepath.Join(root, "omd/sites/remote/etc/mod-gearman/worker.cfg"), "--name", "prod")
	u.want(2, `--name: context name "a b"`, "context", "import", module, "--name", "a b")
	u.want(2, "--name needs one FILE", "context", "import", "--name", "x")
	u.want(1, "no configuration of Mod-Gearman in the usual places", "context", "import", "--root", t.TempDir())
	u.want(1, "no Mod-Gearman option in it", "context", "import", servertest.WriteFile(t, filepath.Join(root, "x.conf"), "# nothing\n"))
}

// TestAnImportedContextWorks: a context of a real module's configuration drives status, submit, drain and payload.
func TestAnImportedContextWorks(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	conf := servertest.WriteFile(t, filepath.Join(t.TempDir(), "lab.conf"), "server="+server+"\nkey=the_key_of_the_lab\nencryption=yes\nservices=yes\n")
	u := newUser(t, "", "")
	u.want(0, "added", "context", "import", conf)
	u.want(0, "created", "--context", "lab", "check", "service", "h", "s", "--command", "true")
	u.want(0, "service", "--context", "lab", "status")
	u.want(0, `"command":"true"`, "--context", "lab", "peek", "service", "-o", "jsonl")
	u.want(0, "lab", "context", "use", "lab")
	u.want(2, "context lab was chosen by context use only", "drain", "service", "--yes")
	u.want(0, "service", "--context", "lab", "drain", "service", "--yes")
}

// TestDefaultsOfAContext: output and time-out, unless line or environment say otherwise.
func TestDefaultsOfAContext(t *testing.T) {
	t.Parallel()
	server := servertest.Embedded(t)
	u := newUser(t, "contexts: {a: {servers: \""+server+"\", output: csv, timeout: 7}}\n", "")
	u.want(0, "server,version\n", "--context", "a", "version")
	u.want(0, "[\n", "--context", "a", "version", "-o", "json")
	u.vars["GEARCTL_OUTPUT"] = "jsonl"
	u.want(0, `{"server":`, "--context", "a", "version")
	delete(u.vars, "GEARCTL_OUTPUT")
	silent := servertest.StartBad(t, servertest.Hostilities["silent"])
	servertest.WriteFile(t, u.file(), "contexts: {a: {servers: \""+silent+"\", timeout: 1}}\n")
	u.want(1, "no answer in time", "--context", "a", "version")
}
