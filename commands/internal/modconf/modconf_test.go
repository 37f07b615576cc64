package modconf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gearctl/wire/modgearman"
)

// config writes a configuration and returns it as read.
func config(t *testing.T, name, text string, r Role) Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := modgearman.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if r == "" {
		r = RoleOf(c)
	}
	return Config{Config: c, Role: r}
}

func TestRoleIsToldByNameElseByOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       Role
	}{
		{"mod_gearman_neb.conf", "max-worker=5\n", RoleNEB},
		{"mod_gearman_worker.conf", "localhostgroups=x\n", RoleWorker},
		{"my-module.cfg", "", RoleNEB},
		{"a.conf", "localhostgroups=x\n", RoleNEB},
		{"a.conf", "max-worker=5\n", RoleWorker},
		{"a.conf", "localhostgroups=x\nmax-worker=5\n", RoleBoth},
		{"a.conf", "server=gm1\n", RoleBoth},
		{"neb_and_worker.conf", "max-worker=5\n", RoleWorker},
	} {
		if got := config(t, c.name, c.text, "").Role; got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.name, c.text, got, c.want)
		}
	}
}

// TestUnservedQueueNeedsAllWorkersToAgree expects a finding about the module's queue only if no worker registers it.
func TestUnservedQueueNeedsAllWorkersToAgree(t *testing.T) {
	t.Parallel()
	const common = "server=gm1\nencryption=no\n"
	module := config(t, "neb.conf", common+"hostgroups=dmz\nhosts=yes\nservices=yes\n", RoleNEB)
	plain := config(t, "worker1.conf", common+"hosts=yes\nservices=yes\n", RoleWorker)
	serving := config(t, "worker2.conf", common+"hostgroups=dmz\nhosts=yes\nservices=yes\n", RoleWorker)
	unserved := func(configs ...Config) (n int) {
		for _, f := range Lint(configs) {
			if strings.Contains(f.Message, "hostgroup_dmz") {
				n++
			}
		}
		return n
	}
	if unserved(module, plain, plain) == 0 {
		t.Error("hostgroup_dmz is served by no worker, and there is no finding")
	}
	if n := unserved(module, plain, serving); n > 0 {
		t.Errorf("hostgroup_dmz is served by a worker, and there are %d findings", n)
	}
}

// TestCoresThatShareAResultQueue take each other's results.
func TestCoresThatShareAResultQueue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b   string
		role   Role
		shared bool
	}{
		{"server=gm1", "server=gm2,gm1", RoleNEB, true},
		{"server=gm1\nresult_queue=a", "server=gm1\nresult_queue=a", RoleNEB, true},
		{"server=gm1", "server=gm1\nresult_queue=b", RoleNEB, false},
		{"server=gm1", "server=gm2", RoleNEB, false},
		{"server=localhost", "server=localhost", RoleNEB, false}, // of two machines
		{"server=gm1", "server=gm1", RoleBoth, false},
	} {
		a, b := config(t, "a.conf", tt.a+"\n", RoleNEB), config(t, "b.conf", tt.b+"\n", tt.role)
		found := false
		for _, f := range Lint([]Config{a, b}) {
			found = found || f.File == b.Path && strings.Contains(f.Message, "as for the module of "+a.Path)
		}
		if found != tt.shared {
			t.Errorf("%q and %q: a finding: %v, want %v", tt.a, tt.b, found, tt.shared)
		}
	}
}
