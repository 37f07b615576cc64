package result_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/commands/internal/cli"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
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
	t.Parallel()
	addr, dup := servertest.Embedded(t), servertest.Embedded(t)
	config := configWith(t, "server="+addr, "dupserver="+dup, "key="+servertest.Key, "result_queue=own_results")
	commandtest.WantRun(t, commandtest.Gearctl(t, "", "result", "send", "--config", config, "--host", "h", "-m", "x"), 0)
	got := commandtest.Gearctl(t, "", "result", "tail", "--once", "--config", config, "-o", "template={{.form}} {{.queue}} {{.host}}")
	commandtest.WantRun(t, got, 0)
	if got.Stdout != "encrypted own_results h\n" {
		t.Errorf("got %q", got.Stdout)
	}
	if n := len(servertest.SentResults(t, dup, "own_results")); n != 1 {
		t.Errorf("the dupserver got %d results, want 1", n)
	}
	if strings.Contains(got.Stdout+got.Stderr, servertest.Key) {
		t.Errorf("shows the key: %q %q", got.Stdout, got.Stderr)
	}
}

// TestResultSendEncryption: on with a key, off without one, and an error where a configuration wants it.
func TestResultSendEncryption(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	for _, tc := range []struct {
		name string
		argv []string
		env  map[string]string
		form modgearman.Form
		err  string
	}{
		{"no key", nil, nil, modgearman.FormClear, "no key: sending unencrypted"},
		{"meant", []string{"--no-encryption"}, nil, modgearman.FormClear, ""},
		{"key in the environment", nil, map[string]string{"GEARCTL_KEY": servertest.Key}, modgearman.FormEncrypted, ""},
		{"key file", []string{"--key-file", servertest.KeyFile(t)}, nil, modgearman.FormEncrypted, ""},
		{"encryption off", []string{"--config", configWith(t, "encryption=no", "key="+servertest.Key)}, nil, modgearman.FormClear, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			argv := append([]string{"result", "send", "-s", addr, "--host", "h", "-m", "x"}, tc.argv...)
			got := commandtest.GearctlEnv(t.Context(), strings.NewReader(""), func(e *cli.Env) {
				e.Getenv = func(name string) string { return tc.env[name] }
			}, argv...)
			commandtest.WantRun(t, got, 0, tc.err)
			if tc.err == "" && got.Stderr != "" {
				t.Errorf("stderr %q", got.Stderr)
			}
			key, err := modgearman.NewKey([]byte(servertest.Key))
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range servertest.Workloads(t, addr, servertest.Results) {
				if p, err := modgearman.Decode([]byte(w), key); err != nil || p.Form != tc.form {
					t.Errorf("got %v, %v, want %v", p.Form, err, tc.form)
				}
			}
		})
	}
	got := commandtest.Gearctl(t, "", "result", "send", "-s", addr, "--host", "h", "-m", "x", "--config", configWith(t, "encryption=yes"))
	commandtest.WantRun(t, got, 2, "no Mod-Gearman key", "--key-file FILE", "GEARCTL_KEY=KEY", "--config FILE")
	if n := len(servertest.Workloads(t, addr, servertest.Results)); n != 0 {
		t.Errorf("%d results were sent in clear", n)
	}
}
