package doctor_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gearctl/commands/doctor"
)

const (
	nagiosModule = "/usr/lib64/nagios-mod-gearman/nagios-mod-gearman.o"
	nagiosLine   = "broker_module=" + nagiosModule + " config=/etc/nagios-mod-gearman/module.conf\n"
)

// newNagiosHost is a host with Nagios Core and nagios-mod-gearman, as its packages install it.
func newNagiosHost(t testing.TB) *host {
	h := newNaemonHost(t)
	for _, name := range []string{"/etc/naemon/naemon.cfg", "/etc/mod-gearman/module.conf", "/etc/mod-gearman/worker.conf", "/run/naemon/naemon.pid"} {
		h.remove(name)
	}
	unit := "[Service]\nUser=nagios\nExecStart=/usr/bin/x\n[Install]\nWantedBy=multi-user.target\n"
	common := "config=/etc/nagios-mod-gearman/common.conf\nhosts=yes\nservices=yes\n"
	for name, text := range map[string]string{
		"/usr/local/nagios/etc/nagios.cfg":                          "event_broker_options=-1\nlock_file=/run/nagios.lock\nnagios_user=nagios\nstatus_file=/var/status.dat\n" + nagiosLine,
		nagiosModule:                                                "ELF\x00nagios-mod-gearman\x001.0.2\x00",
		"/etc/nagios-mod-gearman/module.conf":                       common,
		"/etc/nagios-mod-gearman/worker.conf":                       common,
		"/etc/nagios-mod-gearman/common.conf":                       "server=localhost\nkeyfile=/etc/mod-gearman/secret.key\n",
		"/run/nagios.lock":                                          "816\n",
		"/proc/816/comm":                                            "nagios\n",
		"/proc/816/maps":                                            "7f00-7f01 r-xp 00000000 fd:00 1 " + nagiosModule + "\n",
		"/usr/lib/systemd/system/nagios.service":                    unit,
		"/usr/lib/systemd/system/nagios-mod-gearman-worker.service": unit,
	} {
		h.write(name, text)
	}
	for _, name := range []string{"nagios", "nagios-mod-gearman-worker"} {
		h.link("/usr/lib/systemd/system/"+name+".service", "/etc/systemd/system/multi-user.target.wants/"+name+".service")
	}
	h.remove("/lib/systemd/system/mod-gearman-worker.service")
	h.remove("/etc/systemd/system/multi-user.target.wants/mod-gearman-worker.service")
	h.write("/etc/passwd", "nagios:x:54321:54321::/:/bin/false\n")
	h.write("/etc/group", fmt.Sprintf("lab:x:%d:root,nagios\nnagios:x:54321:\n", os.Getgid()))
	return h
}

// TestDoctorOnAHostWithNagios expects one row that is not ok for each mistake.
func TestDoctorOnAHostWithNagios(t *testing.T) {
	t.Parallel()
	const cfg = "/usr/local/nagios/etc/nagios.cfg"
	for _, c := range []struct {
		name string
		do   func(*host)
		want seen
	}{
		{"all is well", func(*host) {}, seen{"module", "ok", cfg + ":5", "config=/etc/nagios-mod-gearman/module.conf: nagios-mod-gearman 1.0.2", ""}},
		{"the worker's service", func(*host) {}, seen{"boot", "ok", "nagios-mod-gearman-worker", "starts at boot", ""}},
		{"no module line", func(h *host) { h.edit(cfg, nagiosLine, "") }, seen{"module", "error", cfg, "does not load Mod-Gearman", strings.TrimSpace(nagiosLine)}},
		{"the module that is gone", func(h *host) {
			h.edit(cfg, nagiosModule, "/usr/lib64/mod_gearman/mod_gearman_nagios3.o")
		}, seen{"module", "error", cfg + ":5", "that of nagios-mod-gearman is " + nagiosModule, nagiosModule}},
		{"nothing is installed", func(h *host) { h.remove(nagiosModule) }, seen{"module", "error", cfg + ":5", "cannot read the module", "install nagios-mod-gearman"}},
		{"Naemon's module", func(h *host) { h.edit(cfg, nagiosModule, "/opt/mod_gearman/mod_gearman_naemon.o") }, seen{"module", "error", cfg + ":5", "is a module for naemon: nagios cannot load it", nagiosModule}},
		{"a release with an advisory", func(h *host) { h.edit(nagiosModule, "1.0.2", "1.0.1") }, seen{"module", "advisory", nagiosModule, "nagios-mod-gearman 1.0.1: malformed base64", "give only trusted hosts access"}},
		{"no version", func(h *host) { h.edit(nagiosModule, "1.0.2", "x") }, seen{"module", "ok", cfg + ":5", "its version is not in the file", ""}},
		{"a user of LDAP", func(h *host) {
			h.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n")
			h.write("/proc/816/status", fmt.Sprintf("Name:\tnagios\nUid:\t0\t54321\t0\t0\nGid:\t0\t54321\t0\t0\nGroups:\t%d \n", os.Getgid()))
			h.workerIsRoot()
		}, seen{"rights", "ok", "/etc/mod-gearman/secret.key", "key file: nagios may read it", ""}},
		{"a user of LDAP that may not", func(h *host) {
			h.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n")
			h.write("/proc/816/status", "Uid:\t54321\t54321\t54321\t54321\nGid:\t54322\t54322\t54322\t54322\nGroups:\t\n")
			h.workerIsRoot()
		}, seen{"rights", "error", "/etc/mod-gearman/secret.key", "key file: nagios may not read it", "chgrp 54322 /etc/mod-gearman/secret.key"}},
		{"a directory", func(h *host) {
			h.write("/etc/nagios-mod-gearman/more/a.conf", "debug=0\n")
			h.write("/etc/nagios-mod-gearman/module.conf", "config=/etc/nagios-mod-gearman/more\nconfig=/etc/nagios-mod-gearman/common.conf\nhosts=yes\nservices=yes\n")
		}, seen{"configuration", "error", "/etc/nagios-mod-gearman/module.conf:1", "nagios-mod-gearman reads nothing in it", "set config= for each file"}},
		{"two modules", func(h *host) {
			h.edit(cfg, nagiosLine, nagiosLine+strings.Replace(nagiosLine, "module.conf", "common.conf", 1))
		}, seen{"module", "warning", cfg, "loads Mod-Gearman 2 times, each with settings of its own", "sed -i"}},
		{"two modules, one with a mistake", func(h *host) {
			h.write("/etc/nagios-mod-gearman/second.conf", "config=/etc/nagios-mod-gearman/common.conf\nperfdata_mode=2\n")
			h.edit(cfg, nagiosLine, nagiosLine+strings.Replace(nagiosLine, "module.conf", "second.conf", 1))
		}, seen{"configuration", "warning", "/etc/nagios-mod-gearman/second.conf:2", "perfdata_mode", "perfdata_mode=1"}},
		{"one module twice", func(h *host) { h.edit(cfg, nagiosLine, nagiosLine+nagiosLine) }, seen{"module", "error", cfg, "2 times with the same settings", "sed -i"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newNagiosHost(t)
			c.do(h)
			rows, _ := h.visit("--offline")
			if !c.want.in(rows) {
				t.Errorf("%v is not in\n%s", c.want, doctor.ShowRows(rows))
			}
			if c.want.state == "ok" {
				onlyFinding(t, rows, c.want)
			}
		})
	}
}

// workerIsRoot makes the worker run as root, so that only the core's user is another.
func (h *host) workerIsRoot() {
	h.edit("/usr/lib/systemd/system/nagios-mod-gearman-worker.service", "User=nagios", "User=root")
}
