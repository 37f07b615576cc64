package modgearman_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/wire/modgearman"
)

// TestLoadFromAnotherRoot reads the configuration of a machine whose / is a directory: includes, directories of them and
// key files are found there, and everything is named as on that machine.
func TestLoadFromAnotherRoot(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"/etc/mg/neb.conf":          "config=/etc/mg/shared.d\nconfig=more/hosts.conf\nservices=yes\n",
		"/etc/mg/shared.d/key.conf": "keyfile=/etc/mg/secret.key\n",
		"/etc/mg/more/hosts.conf":   "hosts=yes\nserver=gm1\n",
		"/etc/mg/secret.key":        "a key of the laboratory\n",
	} {
		if err := os.MkdirAll(filepath.Dir(root+name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(root+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := modgearman.LoadFrom("/etc/mg/neb.conf", func(path string) string { return filepath.Join(root, path) })
	if err != nil {
		t.Fatal(err)
	}
	want := "/etc/mg/neb.conf /etc/mg/shared.d/key.conf /etc/mg/more/hosts.conf"
	if got := strings.Join(c.Files, " "); got != want {
		t.Errorf("files: got %s, want %s", got, want)
	}
	set := c.Settings(modgearman.ProgramNEB)
	if set.KeyError != nil || set.KeyFrom != "key file /etc/mg/secret.key (/etc/mg/shared.d/key.conf:1)" || !set.Hosts {
		t.Errorf("settings: %+v", set)
	}
	found := false
	for _, f := range modgearman.Lint(c, nil) {
		found = found || f.Option == "keyfile" && f.Fix == "chmod 0640 /etc/mg/secret.key"
		if strings.Contains(f.String(), root) {
			t.Errorf("a finding names the place: %s", f)
		}
	}
	if !found {
		t.Error("the mode of the key file was not looked at")
	}
}
