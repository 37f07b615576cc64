package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/wire/modgearman"
)

// configWith writes a Mod-Gearman configuration.
func configWith(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mod_gearman_neb.conf")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestResultConfig: servers, dupservers, key and queue come from --config.
func TestResultConfig(t *testing.T) {
	addr, dup := embedded(t, ""), embedded(t, "")
	config := configWith(t, "server="+addr, "dupserver="+dup, "key="+labKey, "result_queue=own_results")
	wantRun(t, gearctl(t, "", "result", "send", "--config", config, "--host", "h", "-m", "x"), 0)
	got := gearctl(t, "", "result", "tail", "--once", "--config", config, "-o", "template={{.form}} {{.queue}} {{.host}}")
	wantRun(t, got, 0)
	if got.stdout != "encrypted own_results h\n" {
		t.Errorf("got %q", got.stdout)
	}
	if n := len(sentResults(t, dup, "own_results")); n != 1 {
		t.Errorf("the dupserver got %d results, want 1", n)
	}
	if strings.Contains(got.stdout+got.stderr, labKey) {
		t.Errorf("shows the key: %q %q", got.stdout, got.stderr)
	}
}

// TestResultSendEncryption: on with a key, off without one, and an error where a configuration wants it.
func TestResultSendEncryption(t *testing.T) {
	addr := embedded(t, "")
	for _, tc := range []struct {
		name string
		argv []string
		env  map[string]string
		form modgearman.Form
		err  string
	}{
		{"no key", nil, nil, modgearman.FormClear, "no key: results are sent in clear"},
		{"meant", []string{"--no-encryption"}, nil, modgearman.FormClear, ""},
		{"key in the environment", nil, map[string]string{"GEARCTL_KEY": labKey}, modgearman.FormEncrypted, ""},
		{"key file", []string{"--key-file", keyFile(t)}, nil, modgearman.FormEncrypted, ""},
		{"encryption off", []string{"--config", configWith(t, "encryption=no", "key="+labKey)}, nil, modgearman.FormClear, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			argv := append([]string{"result", "send", "-s", addr, "--host", "h", "-m", "x"}, tc.argv...)
			got := runEnv(t.Context(), strings.NewReader(""), func(e *Env) {
				e.Getenv = func(name string) string { return tc.env[name] }
			}, argv...)
			wantRun(t, got, 0, tc.err)
			if tc.err == "" && got.stderr != "" {
				t.Errorf("stderr %q", got.stderr)
			}
			key, err := modgearman.NewKey([]byte(labKey))
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range workloads(t, addr, results) {
				if p, err := modgearman.Decode([]byte(w), key); err != nil || p.Form != tc.form {
					t.Errorf("got %v, %v, want %v", p.Form, err, tc.form)
				}
			}
		})
	}
	got := gearctl(t, "", "result", "send", "-s", addr, "--host", "h", "-m", "x", "--config", configWith(t, "encryption=yes"))
	wantRun(t, got, 2, "no Mod-Gearman key", "--key-file FILE", "GEARCTL_KEY=KEY", "--config FILE")
	if n := len(workloads(t, addr, results)); n != 0 {
		t.Errorf("%d results were sent in clear", n)
	}
}
