package doctor_test

import (
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/commandtest"
)

func TestDoctorOnAGoodHost(t *testing.T) {
	t.Parallel()
	h := newHost(t, "localhost:4730")
	rows, r := h.visit("--offline")
	if r.Code != 0 || r.Stderr != "" {
		t.Errorf("code %d, stderr %q\n%s", r.Code, r.Stderr, doctor.ShowRows(rows))
	}
	checks := map[string]bool{}
	for _, row := range rows {
		checks[row.Check] = true
	}
	for _, want := range []string{"module", "process", "configuration", "rights", "boot"} {
		if !checks[want] {
			t.Errorf("no row of %s in\n%s", want, doctor.ShowRows(rows))
		}
	}
}

const (
	icingaCfg  = "/etc/icinga/icinga.cfg"
	moduleCfg  = "/etc/icinga/modules/mod_gearman.cfg"
	nebConf    = "/etc/mod_gearman/mod_gearman_neb.conf"
	workerConf = "/etc/mod_gearman/mod_gearman_worker.conf"
	logDir     = "/var/log/mod_gearman"
)

// mistake is something that is wrong on a host, and what doctor must see of it.
type mistake struct {
	name string
	do   func(h *host)
	want seen
}

// codeFor is the exit code when a row of that state is the only one that is not ok.
func codeFor(state string) int {
	switch state {
	case doctor.DoctorOK:
		return commandtest.ExitOK
	case doctor.DoctorUnknown:
		return commandtest.ExitPartial
	}
	return commandtest.ExitFailed
}

// findMistakes makes one mistake on the good host each time.
func findMistakes(t *testing.T, mistakes []mistake) {
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, "localhost:4730")
			c.do(h)
			rows, r := h.visit("--offline")
			onlyFinding(t, rows, c.want)
			if want := codeFor(c.want.state); r.Code != want {
				t.Errorf("code %d, want %d", r.Code, want)
			}
		})
	}
}

func TestDoctorFindsWhatDoesNotStart(t *testing.T) {
	t.Parallel()
	findMistakes(t, []mistake{
		{"not in the default chkconfig", func(h *host) { h.remove("/etc/rc3.d/S85mod_gearman_worker") }, seen{"boot", "error", "mod_gearman_worker", "does not start at boot", "chkconfig --add mod_gearman_worker"}},
		{"gearmand not in chkconfig", func(h *host) { h.remove("/etc/rc3.d/S85gearmand") }, seen{"boot", "error", "gearmand", "gearmand does not start at boot", "chkconfig gearmand on"}},
		{"init scripts of Debian", func(h *host) { h.remove("/etc/rc3.d/S85gearmand"); h.write("/etc/debian_version", "8\n") }, seen{"boot", "error", "gearmand", "does not start", "update-rc.d gearmand defaults"}},
		{"the Perl server's package", func(h *host) {
			h.write("/var/lib/dpkg/status", "Package: gearman-server\nStatus: install ok installed\n\n")
		}, seen{"boot", "error", "gearman-server", "is the Perl Gearman::Server", "apt-get install gearman-job-server"}},
		{"a unit that is not enabled", func(h *host) {
			h.write("/usr/lib/systemd/system/gearmand.service", "[Service]\nExecStart=/usr/sbin/gearmand\n[Install]\nWantedBy=multi-user.target\n")
			h.write("/usr/lib/systemd/system-preset/99-default.preset", "disable *\n")
		}, seen{"boot", "error", "gearmand", "99-default.preset: disable *", "systemctl enable --now gearmand"}},
		{"an alias of a unit", func(h *host) {
			h.write("/lib/systemd/system/icinga.service", "[Install]\nAlias=monitor.service\n")
			h.link("/lib/systemd/system/icinga.service", "/etc/systemd/system/multi-user.target.wants/monitor.service")
		}, seen{"boot", "ok", "icinga", "multi-user.target.wants/monitor.service", ""}},
		{"both servers' packages", func(h *host) {
			h.write("/var/lib/dpkg/status", "Package: gearman-job-server\nStatus: install ok installed\n\nPackage: gearman-server\nStatus: install ok installed\n")
		}, seen{"boot", "warning", "gearman-server", "alongside gearman-job-server", "apt-get remove gearman-server"}},
		{"the Perl server's package was removed", func(h *host) {
			h.write("/var/lib/dpkg/status", "Package: gearman-server\nStatus: deinstall ok config-files\n\nPackage: x\nStatus: install ok installed\n")
		}, seen{"boot", "ok", "gearmand", "starts at boot", ""}},
		{"a masked unit", func(h *host) { h.link("/dev/null", "/etc/systemd/system/icinga.service") }, seen{"boot", "error", "icinga", "is masked", "systemctl unmask icinga"}},
		{"a unit without install section", func(h *host) {
			h.write("/lib/systemd/system/icinga.service", "[Service]\nExecStart=/usr/bin/icinga\n")
		}, seen{"boot", "unknown", "icinga", "cannot be enabled", "list-dependencies"}},
	})
}

func TestDoctorFindsWhatIsNotLoaded(t *testing.T) {
	t.Parallel()
	findMistakes(t, []mistake{
		{"the module's definition is missing", func(h *host) { h.remove(moduleCfg) }, seen{"module", "error", icingaCfg, "does not load Mod-Gearman", "define module"}},
		{"the module's definition is commented out", func(h *host) { h.edit(moduleCfg, "define module", "#define module") }, seen{"module", "error", icingaCfg, "does not load Mod-Gearman", "define module"}},
		{"the directory of modules is not read", func(h *host) { h.edit(icingaCfg, "cfg_dir=/etc/icinga/modules\n", "") }, seen{"module", "error", icingaCfg, moduleCfg + ":1 would, but the core does not read it", "echo cfg_dir=/etc/icinga/modules >> " + icingaCfg + " && service icinga restart"}},
		{"the module is not there", func(h *host) { h.remove("/usr/lib64/mod_gearman/mod_gearman.o") }, seen{"module", "error", moduleCfg, "cannot read the module /usr/lib64/mod_gearman/mod_gearman.o", "yum install mod_gearman"}},
		{"the module twice", func(h *host) {
			h.write("/etc/icinga/modules/second.cfg", doctor.GoodFiles[moduleCfg])
		}, seen{"module", "error", icingaCfg, "loads Mod-Gearman 2 times", "sed -i --follow-symlinks '1,/}/s/^/#/' /etc/icinga/modules/second.cfg && service icinga restart"}},
		{"no events", func(h *host) { h.edit(icingaCfg, "event_broker_options=-1\n", "") }, seen{"module", "error", icingaCfg, "event_broker_options is not set", "event_broker_options=-1"}},
		{"zero events", func(h *host) { h.edit(icingaCfg, "options=-1", "options=0") }, seen{"module", "error", icingaCfg + ":9", "event_broker_options=0", "event_broker_options=-1"}},
		{"some events", func(h *host) { h.edit(icingaCfg, "options=-1", "options=1023") }, seen{"module", "warning", icingaCfg + ":9", "passes only some events", "event_broker_options=-1"}},
		{"an include that is not there", func(h *host) { h.edit(icingaCfg, "hosts.cfg", "none.cfg") }, seen{"module", "error", icingaCfg + ":2", "none.cfg: its settings are missing", "sed -i --follow-symlinks '2s/^/#/' " + icingaCfg}},
		{"a second configuration", func(h *host) { h.write("/etc/mod-gearman/module.conf", "server=elsewhere\n") }, seen{"module", "warning", "/etc/mod-gearman/module.conf", "changes to it have no effect", "mv /etc/mod-gearman/module.conf /etc/mod-gearman/module.conf.unused"}},
		{"the module is a directory", func(h *host) {
			h.remove("/usr/lib64/mod_gearman/mod_gearman.o")
			h.write("/usr/lib64/mod_gearman/mod_gearman.o/x", "")
		}, seen{"module", "error", moduleCfg, "mod_gearman.o is not a file", "yum install mod_gearman"}},
		{"no args", func(h *host) { h.edit(moduleCfg, "  args            config="+nebConf, "") }, seen{"module", "error", moduleCfg, "loaded without config=", "sed -i --follow-symlinks '4a args config=" + nebConf + "' " + moduleCfg}},
		{"all options in args", func(h *host) { h.edit(moduleCfg, "config="+nebConf, "server=localhost") }, seen{"module", "unknown", moduleCfg, "are in args, which are not checked", "into a file"}},
		{"a directory that is not there", func(h *host) { h.edit(icingaCfg, "icinga_group", "cfg_dir=gone\nicinga_group") }, seen{"module", "error", icingaCfg + ":7", "cannot read /etc/icinga/gone", "sed -i --follow-symlinks '7s/^/#/' " + icingaCfg}},
		{"options in args", func(h *host) { h.edit(moduleCfg, "neb.conf", "neb.conf debug=1") }, seen{"module", "unknown", moduleCfg, "beside config= are not checked", "move the options"}},
		{"the core is not running", func(h *host) { h.remove("/proc/4711/comm"); h.link("4711", "/proc/self") }, seen{"process", "error", "icinga", "is not running", "service icinga start"}},
		{"the module is not loaded", func(h *host) { h.write("/proc/4711/maps", "") }, seen{"process", "error", "mod_gearman.o", "has not loaded the module", "service icinga restart"}},
		{"the module was replaced", func(h *host) { h.edit("/proc/4711/maps", "mod_gearman.o", "mod_gearman.o (deleted)") }, seen{"process", "warning", "mod_gearman.o", "has since been replaced", "service icinga restart"}},
	})
}

func TestDoctorFindsWhatIsConfiguredWrong(t *testing.T) {
	t.Parallel()
	findMistakes(t, []mistake{
		{"perfdata_mode 2", func(h *host) { h.edit(nebConf, "perfdata_mode=1", "perfdata_mode=2") }, seen{"configuration", "warning", nebConf + ":14", "memory is full", "sed -i --follow-symlinks '14c perfdata_mode=1' " + nebConf + " && service icinga restart"}},
		{"the core hands out no perfdata", func(h *host) { h.edit(icingaCfg, "process_performance_data=1", "process_performance_data=0") }, seen{"configuration", "warning", icingaCfg, "no performance data is sent", "8c process_performance_data=1"}},
		{"the sample's key", func(h *host) { h.edit(nebConf, "keyfile=", "key=should_be_changed\nkeyfile=") }, seen{"configuration", "error", nebConf, "should_be_changed", "key of your own"}},
		{"two keys", func(h *host) {
			h.edit(workerConf, "secret.key", "other.key")
			h.write("/etc/mod_gearman/other.key", "another key of the lab\n")
			h.chmod("/etc/mod_gearman/other.key", 0o640)
		}, seen{"configuration", "error", workerConf, "a C worker uses the key file /etc/mod_gearman/other.key", "the same keyfile"}},
		{"a queue without worker", func(h *host) { h.edit(workerConf, "hostgroups=dmz\n", "") }, seen{"configuration", "warning", nebConf, "hostgroup_dmz, which the worker does not register", "echo hostgroups=dmz >> " + workerConf}},
		{"a key file that all may write", func(h *host) { h.chmod("/etc/mod_gearman/secret.key", 0o642) }, seen{"configuration", "error", nebConf, "all users may write", "chmod 0640 /etc/mod_gearman/secret.key"}},
		{"a key file for all", func(h *host) { h.chmod("/etc/mod_gearman/secret.key", 0o644) }, seen{"configuration", "error", nebConf, "all users may read", "chmod 0640 /etc/mod_gearman/secret.key"}},
		{"another server", func(h *host) { h.edit(workerConf, "localhost:4730", "127.0.0.1:4731") }, seen{"configuration", "warning", workerConf, "none of 127.0.0.1:4731 is a server of the module", "the same server"}},
	})
}

func TestDoctorFindsWhatMayNotBeUsed(t *testing.T) {
	t.Parallel()
	findMistakes(t, []mistake{
		{"no chgrp of the log directory", func(h *host) {
			h.remove(logDir + "/mod_gearman_neb.log")
			h.accounts(54321)
		}, seen{"rights", "error", logDir, "icinga may not write " + logDir, "chgrp icinga " + logDir}},
		{"a log file of root", func(h *host) { h.chmod(logDir+"/mod_gearman_worker.log", 0o600) }, seen{"rights", "error", logDir + "/mod_gearman_worker.log", "nagios may not write it", "chmod g+w"}},
		{"a key that the core may not read", func(h *host) { h.chmod("/etc/mod_gearman/secret.key", 0o600) }, seen{"rights", "error", "/etc/mod_gearman/secret.key", "icinga may not read it", "chmod g+r /etc/mod_gearman/secret.key"}},
		{"a directory that nobody may enter", func(h *host) { h.chmod("/usr/lib64/mod_gearman", 0o700) }, seen{"rights", "error", "mod_gearman.o", "icinga may not enter the directory /usr/lib64/mod_gearman", "chmod g+x /usr/lib64/mod_gearman"}},
		{"no directory for the log", func(h *host) {
			h.edit(nebConf, logDir, "/var/log/gone")
		}, seen{"rights", "error", "/var/log/gone/mod_gearman_neb.log", "directory of the log file does not exist", "mkdir -p /var/log/gone"}},
		{"the old name of the user", func(h *host) { h.edit(icingaCfg, "icinga_user=icinga", "nagios_user=nagios") }, seen{"rights", "ok", "mod_gearman_neb.log", "nagios may write it", ""}},
		{"the user that is the default", func(h *host) { h.edit(icingaCfg, "icinga_user=icinga\n", "") }, seen{"rights", "ok", "mod_gearman_neb.log", "icinga may write it", ""}},
		{"a worker without user", func(h *host) { h.edit("/etc/init.d/mod_gearman_worker", "USER=nagios", "") }, seen{"rights", "unknown", workerConf, "cannot determine the user it runs as", ""}},
		{"a user that is not there", func(h *host) { h.edit(icingaCfg, "icinga_user=icinga", "icinga_user=monitor") }, seen{"rights", "unknown", "user monitor", "is not in /etc/passwd (" + icingaCfg + ":6)", "getent passwd monitor"}},
	})
}
