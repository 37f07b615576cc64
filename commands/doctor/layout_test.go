package doctor_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

// newNaemonHost is a host with Naemon, systemd and the packages of today.
func newNaemonHost(t testing.TB) *host {
	h := &host{t, t.TempDir()}
	unit := "[Service]\nUser=naemon\n[Install]\nWantedBy=multi-user.target\n"
	for name, text := range map[string]string{
		"/etc/naemon/naemon.cfg":                         "event_broker_options=-1\ninclude_dir=module-conf.d\ncfg_dir=conf.d\nlock_file=/run/naemon/naemon.pid\nnaemon_user=naemon\nobject_cache_file=/var/cache/naemon/objects.cache\n",
		"/etc/naemon/conf.d/hosts.cfg":                   "define host {\n}\n",
		"/etc/naemon/module-conf.d/mod_gearman.cfg":      "broker_module=/usr/lib/mod_gearman/mod_gearman_naemon.o config=/etc/mod-gearman/module.conf eventhandler=no\n",
		"/etc/mod-gearman/module.conf":                   "config=/etc/mod-gearman/shared.d\nhosts=yes\nservices=yes\neventhandler=yes\nlogfile=/var/log/mod_gearman/neb.log\n",
		"/etc/mod-gearman/worker.conf":                   "config=/etc/mod-gearman/shared.d\nhosts=yes\nservices=yes\neventhandler=yes\n",
		"/etc/mod-gearman/shared.d/10-server.conf":       "server=localhost\n",
		"/etc/mod-gearman/shared.d/20-key.conf":          "keyfile=/etc/mod-gearman/secret.key\n",
		"/etc/mod-gearman/secret.key":                    servertest.Key + "\n",
		"/opt/mod_gearman/mod_gearman_naemon.o":          "ELF\x00mod_gearman\x005.2.4\x00",
		"/var/log/mod_gearman/.keep":                     "",
		"/run/naemon/naemon.pid":                         "815\n",
		"/proc/815/comm":                                 "naemon\n",
		"/proc/815/maps":                                 "7f00-7f01 r-xp 00000000 fd:00 1 /opt/mod_gearman/mod_gearman_naemon.o\n",
		"/usr/lib/systemd/system/naemon.service":         unit,
		"/lib/systemd/system/gearman-job-server.service": unit,
		"/lib/systemd/system/mod-gearman-worker.service": unit,
	} {
		h.write(name, text)
	}
	h.link("/opt/mod_gearman", "/usr/lib/mod_gearman")
	for _, name := range []string{"naemon", "gearman-job-server", "mod-gearman-worker"} {
		h.link("/lib/systemd/system/"+name+".service", "/etc/systemd/system/multi-user.target.wants/"+name+".service")
	}
	h.write("/etc/passwd", "naemon:x:54321:54321::/:/bin/false\n# a comment\nbroken\n")
	h.write("/etc/group", fmt.Sprintf("lab:x:%d:root,naemon\nnaemon:x:54321:\n", os.Getgid()))
	h.chmod("/etc/mod-gearman/secret.key", 0o640)
	h.chmod("/var/log/mod_gearman", 0o775)
	return h
}

// newSiteHost is a host with a site of OMD, whose directory is a link.
func newSiteHost(t testing.TB) *host {
	h := &host{t, t.TempDir()}
	const site = "/omd/sites/demo/"
	for name, text := range map[string]string{
		"etc/omd/site.conf":                    "CONFIG_AUTOSTART='on'\nCONFIG_CORE='naemon'\nCONFIG_GEARMAND='on'\nCONFIG_GEARMAN_NEB='on'\nCONFIG_GEARMAN_WORKER='on'\nCONFIG_MOD_GEARMAN='on'\n",
		"etc/naemon/naemon.cfg":                "event_broker_options=-1\nlock_file=" + site + "tmp/run/naemon.pid\nobject_cache_file=" + site + "var/objects.cache\n",
		"etc/mod-gearman/naemon.cfg":           "broker_module=" + site + "lib/mod_gearman/mod_gearman_naemon.o config=" + site + "etc/mod-gearman/server.cfg\n",
		"etc/mod-gearman/server.cfg":           "server=localhost:4730\nhosts=yes\nservices=yes\neventhandler=yes\nkeyfile=" + site + "etc/mod-gearman/secret.key\nlogfile=" + site + "var/log/neb.log\n",
		"etc/mod-gearman/worker.cfg":           "server=localhost:4730\nhosts=yes\nservices=yes\neventhandler=yes\nkeyfile=" + site + "etc/mod-gearman/secret.key\nlogfile=" + site + "var/log/worker.log\n",
		"etc/mod-gearman/secret.key":           servertest.Key + "\n",
		"lib/mod_gearman/mod_gearman_naemon.o": "ELF\x00mod_gearman\x005.2.4\x00",
		"var/log/.keep":                        "",
		"tmp/run/naemon.pid":                   "816\n",
	} {
		h.write("/opt/omd/sites/demo/"+name, text)
	}
	h.link("/opt/omd", "/omd")
	h.link("../../mod-gearman/naemon.cfg", "/opt/omd/sites/demo/etc/naemon/naemon.d/mod-gearman.cfg")
	h.write("/proc/816/comm", "naemon\n")
	h.write("/proc/816/maps", "7f00-7f01 r-xp 00000000 fd:00 1 /opt/omd/sites/demo/lib/mod_gearman/mod_gearman_naemon.o\n")
	h.write("/usr/lib/systemd/system/omd.service", "[Install]\nWantedBy=multi-user.target\n")
	h.link("/usr/lib/systemd/system/omd.service", "/etc/systemd/system/multi-user.target.wants/omd.service")
	h.write("/etc/passwd", fmt.Sprintf("demo:x:54321:%d::/omd/sites/demo:/bin/bash\n", os.Getgid()))
	h.chmod("/opt/omd/sites/demo/etc/mod-gearman/secret.key", 0o640)
	h.chmod("/opt/omd/sites/demo/var/log", 0o775)
	return h
}

func TestDoctorKnowsOtherLayouts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		host  func(testing.TB) *host
		do    func(h *host)
		flags []string
		want  seen
	}{
		{"Naemon", newNaemonHost, func(*host) {}, nil, seen{"module", "ok", "/etc/naemon/module-conf.d/mod_gearman.cfg:1", "eventhandler=no", ""}},
		{"Naemon, the link of its module", newNaemonHost, func(*host) {}, nil, seen{"process", "ok", "mod_gearman_naemon.o", "loaded by process 815", ""}},
		{"Naemon without module-conf.d", newNaemonHost, func(h *host) { h.edit("/etc/naemon/naemon.cfg", "include_dir=module-conf.d\n", "") }, nil, seen{"module", "error", "/etc/naemon/naemon.cfg", "does not read it", "echo include_dir=/etc/naemon/module-conf.d >> /etc/naemon/naemon.cfg && systemctl restart naemon"}},
		{"a broken link of a unit", newNaemonHost, func(h *host) { h.remove("/etc/systemd/system/multi-user.target.wants/mod-gearman-worker.service") }, nil, seen{"boot", "error", "mod-gearman-worker", "does not start", "systemctl enable --now mod-gearman-worker"}},
		{"no unit at all", newNaemonHost, func(h *host) { h.remove("/lib/systemd/system/gearman-job-server.service") }, nil, seen{"boot", "unknown", "gearmand", "no unit and no init script", "systemctl list-unit-files '*gearmand*'"}},
		{"no processes to see", newNaemonHost, func(h *host) { h.must(os.RemoveAll(h.at("/proc"))) }, nil, seen{"process", "unknown", "naemon", "no /proc", "on the host itself"}},
		{"maps that cannot be read", newNaemonHost, func(h *host) { h.remove("/proc/815/maps"); h.link("maps", "/proc/815/maps") }, nil, seen{"process", "unknown", "mod_gearman_naemon.o", "cannot see whether", ""}},
		{"two Naemons, one that was never used", newNaemonHost, func(h *host) { h.write("/etc/nagios/nagios.cfg", "x=y\n") }, nil, seen{"boot", "ok", "naemon", "the core starts", ""}},
		{"the worker's host", newNaemonHost, func(h *host) { h.remove("/etc/naemon/naemon.cfg"); h.remove("/etc/mod-gearman/module.conf") }, nil, seen{"module", "ok", "this host", "a worker host", ""}},
		{"the module without core", newNaemonHost, func(h *host) { h.remove("/etc/naemon/naemon.cfg") }, nil, seen{"module", "unknown", "/etc/mod-gearman/module.conf", "cannot determine what loads the module", "--core FILE"}},
		{"an include that is not there", newNaemonHost, func(h *host) { h.edit("/etc/mod-gearman/worker.conf", "shared.d", "shared") }, nil, seen{"configuration", "error", "/etc/mod-gearman/worker.conf:1", "cannot read /etc/mod-gearman/shared", "readable file"}},
		{"files by flags", newNaemonHost, func(*host) {}, []string{"--core", "/etc/naemon/naemon.cfg", "--config", "/etc/mod-gearman/module.conf", "--worker-config", "/etc/mod-gearman/worker.conf"}, seen{"configuration", "ok", "/etc/mod-gearman/module.conf", "match", ""}},

		{"OMD", newSiteHost, func(*host) {}, nil, seen{"boot", "ok", "OMD site demo", "with naemon, GEARMAND, GEARMAN_NEB, GEARMAN_WORKER", ""}},
		{"OMD, the rights of the site's user", newSiteHost, func(*host) {}, nil, seen{"rights", "ok", "/omd/sites/demo/var/log/neb.log", "demo may write it", ""}},
		{"OMD without start", newSiteHost, func(h *host) { h.edit("/opt/omd/sites/demo/etc/omd/site.conf", "AUTOSTART='on'", "AUTOSTART='off'") }, nil, seen{"boot", "error", "OMD site demo", "AUTOSTART=off", "omd config demo set AUTOSTART on"}},
		{"OMD without the module", newSiteHost, func(h *host) {
			h.remove("/opt/omd/sites/demo/etc/naemon/naemon.d/mod-gearman.cfg")
		}, nil, seen{"module", "error", "naemon.cfg", "does not load Mod-Gearman", "omd config demo set MOD_GEARMAN on"}},
		{"OMD without omd", newSiteHost, func(h *host) { h.remove("/etc/systemd/system/multi-user.target.wants/omd.service") }, nil, seen{"boot", "error", "omd", "does not start at boot", "systemctl enable --now omd"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := c.host(t)
			c.do(h)
			rows, r := h.visit(append([]string{"--offline"}, c.flags...)...)
			onlyFinding(t, rows, c.want)
			if want := codeFor(c.want.state); r.Code != want {
				t.Errorf("code %d, want %d\n%s", r.Code, want, doctor.ShowRows(rows))
			}
		})
	}
}

// TestDoctorStaysInsideTheRoot follows links that point out of the tree.
func TestDoctorStaysInsideTheRoot(t *testing.T) {
	t.Parallel()
	h := newHost(t, "localhost")
	outside := t.TempDir()
	h.must(os.WriteFile(outside+"/secret.key", []byte("a key that is none of its business\n"), 0o600))
	h.remove("/etc/mod_gearman/secret.key")
	h.link(outside+"/secret.key", "/etc/mod_gearman/secret.key")
	h.link("../../../../../../../../../etc", "/etc/mod-gearman")
	rows, r := h.visit("--offline", "-o", "json")
	if !(seen{"configuration", "error", nebConf, "secret.key", ""}).in(rows) || strings.Contains(r.Stdout, h.root) {
		t.Errorf("stdout %s", r.Stdout)
	}
}

func TestDoctorWithNothing(t *testing.T) {
	t.Parallel()
	h := &host{t, t.TempDir()}
	r := commandtest.Gearctl(t, "", "doctor", "--root", h.root, "--offline", "-o", "json")
	var rows []doctor.DoctorRow
	if err := json.Unmarshal([]byte(r.Stdout), &rows); err != nil || r.Code != commandtest.ExitPartial {
		t.Errorf("code %d, %v", r.Code, err)
	}
	onlyKnows := func(check string) bool {
		return (seen{check, "unknown", "this host", "in the usual places", "--config"}).in(rows)
	}
	if !onlyKnows("module") || !onlyKnows("configuration") {
		t.Errorf("got\n%s", doctor.ShowRows(rows))
	}
}
