package doctor_test

import (
	"strings"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/servertest"
	"gearctl/wire/jobserver/gearmandtest"
)

// noted is a mistake that the notes of an operator warn of, or the missing step of theirs.
type noted struct {
	note string
	do   func(h *host)
	want seen
}

// operatorNotes are the mistakes that files and processes show.
var operatorNotes = []noted{
	{"yum install … mod_gearman: not installed", func(h *host) { h.remove("/usr/lib64/mod_gearman/mod_gearman.o") }, seen{"module", "error", moduleCfg, "cannot read the module", "yum install mod_gearman"}},
	{"the i386 package, and so another directory", func(h *host) {
		h.remove("/usr/lib64/mod_gearman/mod_gearman.o")
		h.write("/usr/lib/mod_gearman/mod_gearman.o", "ELF")
		h.edit("/proc/4711/maps", "lib64", "lib")
	}, seen{"module", "error", moduleCfg, "cannot read the module /usr/lib64/mod_gearman/mod_gearman.o", "|/usr/lib/mod_gearman/mod_gearman.o|"}},
	{"chkconfig --add mod_gearman_worker: it is not in chkconfig by default", func(h *host) { h.remove("/etc/rc3.d/S85mod_gearman_worker") }, seen{"boot", "error", "mod_gearman_worker", "does not start at boot", "chkconfig --add mod_gearman_worker && chkconfig mod_gearman_worker on"}},
	{"gearmand at boot", func(h *host) { h.remove("/etc/rc3.d/S85gearmand") }, seen{"boot", "error", "gearmand", "does not start at boot", "chkconfig gearmand on"}},
	{"no define module", func(h *host) { h.remove(moduleCfg) }, seen{"module", "error", icingaCfg, "does not load Mod-Gearman", "'define module{'"}},
	{"no define module, and no directory for it", func(h *host) {
		h.remove(moduleCfg)
		h.edit(icingaCfg, "cfg_dir=/etc/icinga/modules\n", "")
	}, seen{"module", "error", icingaCfg, "does not load Mod-Gearman", "echo cfg_dir=/etc/icinga/modules >> " + icingaCfg}},
	{"modules/mod_gearman.cfg that icinga.cfg does not read", func(h *host) { h.edit(icingaCfg, "cfg_dir=/etc/icinga/modules\n", "") }, seen{"module", "error", icingaCfg, "would, but the core does not read it", "echo cfg_dir="}},
	{"the module twice", func(h *host) { h.write("/etc/icinga/modules/second.cfg", doctor.GoodFiles[moduleCfg]) }, seen{"module", "error", icingaCfg, "loads Mod-Gearman 2 times", "second.cfg"}},
	{"args without config=", func(h *host) { h.edit(moduleCfg, "  args            config="+nebConf+"\n", "") }, seen{"module", "error", moduleCfg, "loaded without config=", "4a args config=" + nebConf}},
	{"args of a file that is not there", func(h *host) { h.edit(moduleCfg, "mod_gearman_neb.conf", "neb.conf") }, seen{"module", "error", moduleCfg, "config=/etc/mod_gearman/neb.conf does not exist", "|" + nebConf + "|"}},
	{"event_broker_options", func(h *host) { h.edit(icingaCfg, "event_broker_options=-1\n", "") }, seen{"module", "error", icingaCfg, "is not set", "echo event_broker_options=-1"}},
	{"event_broker_options=0", func(h *host) { h.edit(icingaCfg, "event_broker_options=-1", "event_broker_options=0") }, seen{"module", "error", icingaCfg, "passes no events", "9c event_broker_options=-1"}},
	{"perfdata_mode=1 forgotten", func(h *host) { h.edit(nebConf, "perfdata_mode=1", "perfdata_mode=2") }, seen{"configuration", "warning", nebConf, "perfdata_mode", "14c perfdata_mode=1"}},
	{"the core does not process performance data", func(h *host) {
		h.edit(icingaCfg, "process_performance_data=1", "process_performance_data=0")
	}, seen{"configuration", "warning", icingaCfg, "process_performance_data is off", "8c process_performance_data=1"}},
	{"chgrp icinga /var/log/mod_gearman", func(h *host) {
		h.remove(logDir + "/mod_gearman_neb.log")
		h.accounts(54321)
	}, seen{"rights", "error", logDir, "icinga may not write " + logDir, "chgrp icinga " + logDir}},
	{"service icinga restart: the module is not loaded", func(h *host) { h.write("/proc/4711/maps", "") }, seen{"process", "error", "mod_gearman.o", "has not loaded the module", "service icinga restart"}},
	{"service icinga start", func(h *host) { h.remove("/proc/4711/comm"); h.link("4711", "/proc/self") }, seen{"process", "error", "icinga", "is not running", "service icinga start"}},
	{"gearman-server instead of gearman-job-server", func(h *host) {
		h.write("/var/lib/dpkg/status", "Package: gearman-server\nStatus: install ok installed\n\n")
	}, seen{"boot", "error", "gearman-server", "is the Perl Gearman::Server", "apt-get install gearman-job-server && apt-get remove gearman-server"}},
	{"a group without worker on the slaves", func(h *host) { h.edit(workerConf, "hostgroups=dmz\n", "") }, seen{"configuration", "warning", nebConf, "hostgroup_dmz, which the worker does not register", "echo hostgroups=dmz >> " + workerConf}},
	{"a service group without worker", func(h *host) { h.edit(nebConf, "hostgroups=dmz\n", "hostgroups=dmz\nservicegroups=web\n") }, seen{"configuration", "warning", nebConf, "servicegroup_web, which the worker does not register", "echo servicegroups=web >> " + workerConf}},
	{"event handlers in their own queue, which no worker serves", func(h *host) { h.edit(workerConf, "eventhandler=yes", "eventhandler=no") }, seen{"configuration", "warning", nebConf, "eventhandler", "c eventhandler=yes' " + workerConf}},
	{"other servers in the worker's file", func(h *host) { h.edit(workerConf, "localhost:4730", "127.0.0.1:4731") }, seen{"configuration", "warning", workerConf, "none of 127.0.0.1:4731 is a server of the module", "name the same server"}},
	{"a second file that nothing reads", func(h *host) { h.write("/etc/mod-gearman/module.conf", "server=elsewhere\n") }, seen{"module", "warning", "/etc/mod-gearman/module.conf", "changes to it have no effect", "mv "}},
	{"gearmand keeps too few descriptors for the slaves", func(h *host) {
		h.process("812", "4730")
		h.edit(workerConf, "max-worker=50", "max-worker=600")
	}, seen{"gearmand", "warning", "process 812", "max-worker allows 600 workers", "echo 'ulimit -n 65536' >> /etc/default/gearmand && prlimit"}},
}

// TestDoctorOnTheHostOfTheNotes: on a host as in an operator's notes with each of their mistakes, doctor finds the mistake, and
// the fix that it prints, typed as it is, ends the finding. An instruction for a person is not typed, nor is one that raises
// the limit of a process.
func TestDoctorOnTheHostOfTheNotes(t *testing.T) {
	t.Parallel()
	for _, c := range operatorNotes {
		t.Run(c.note, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, "localhost:4730")
			c.do(h)
			rows, _ := h.visit("--offline")
			if !c.want.in(rows) {
				t.Fatalf("no row is %+v in\n%s", c.want, doctor.ShowRows(rows))
			}
			fix := ""
			for _, r := range rows {
				if c.want.in([]doctor.DoctorRow{r}) {
					fix = r.Fix
				}
			}
			if first, _, _ := strings.Cut(fix, " "); !strings.Contains(fixCommands, first) || strings.Contains(fix, "prlimit") {
				return
			}
			if err := h.typeFix(fix); err != nil {
				t.Fatalf("%s: %v", fix, err)
			}
			after, _ := h.visit("--offline")
			for _, r := range after {
				if r.State != doctor.DoctorOK {
					t.Errorf("after %s\n%s", fix, doctor.ShowRows([]doctor.DoctorRow{r}))
				}
			}
		})
	}
}

// TestDoctorOnTheServersOfTheNotes: the mistakes of the notes that the servers show.
func TestDoctorOnTheServersOfTheNotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		note string
		do   func(l *lab)
		want seen
	}{
		{"service gearmand start", func(l *lab) { l.deadServer("") }, seen{"server", "error", "127.0.0.1", "cannot be reached", "service gearmand start"}},
		{"service mod_gearman_worker start", func(l *lab) { l.edit(workerConf, "hosts=yes", "hosts=yes\nidentifier=mon") }, seen{"workers", "error", "mon on ", "is not connected", "service mod_gearman_worker restart"}},
		{"the core is not restarted: nobody reads the results", func(l *lab) { l.edit(nebConf, "result_workers=1", "result_workers=1\nresult_queue=own") }, seen{"results", "error", "own on ", "no consumer for the results", "service icinga restart"}},
		{"performance data that nothing reads, without perfdata_mode=1", func(l *lab) {
			l.edit(nebConf, "perfdata=yes", "perfdata=other")
			l.edit(nebConf, "perfdata_mode=1", "perfdata_mode=2")
		}, seen{"perfdata", "error", "other on ", "grows without limit", "14c perfdata_mode=1"}},
		{"a queue that has to be emptied", func(l *lab) { l.fill("old", 3) }, seen{"jobs", "error", "old on ", "3 jobs wait but no worker serves it", "drain --to old.jobs old"}},
		{"_WORKER without hostgroup_", func(l *lab) {
			l.edit(nebConf, "use_uniq_jobs=on", "use_uniq_jobs=on\nqueue_custom_variable=WORKER")
			l.edit("/var/spool/icinga/objects.cache", "check_command\tping", "check_command\tping\n\t_WORKER\ttest")
		}, seen{"queue", "error", "test on ", "without the prefix", "set the custom variable to hostgroup_test"}},
		{"_WORKER hostgroup_test, and no worker with hostgroups=test", func(l *lab) {
			l.edit(nebConf, "use_uniq_jobs=on", "use_uniq_jobs=on\nqueue_custom_variable=WORKER")
			l.edit("/var/spool/icinga/objects.cache", "check_command\tping", "check_command\tping\n\t_WORKER\thostgroup_test")
		}, seen{"queue", "error", "hostgroup_test on ", "no worker serves it", "echo hostgroups=test >> " + workerConf}},
		{"one of several servers is down", func(l *lab) { l.deadServer("") }, seen{"server", "error", "127.0.0.1", "cannot be reached", "service gearmand start"}},
		{"a dupserver is down", func(l *lab) {
			l.edit(workerConf, "eventhandler=yes", "dupserver="+gearmandtest.FreeAddr(l.t)+"\neventhandler=yes")
		}, seen{"server", "warning", "127.0.0.1", "cannot reach the dupserver", "write 127.0.0.1:4730 instead of 127.0.0.1:"}},
		{"several cores on one server, without a queue of results for each", func(l *lab) { servertest.NewSilentWorker(l.t, l.addr, "check_results") }, seen{"results", "error", "check_results", "two cores share the queue", "result_queue=check_results_icinga"}},
	} {
		t.Run(c.note, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, servertest.Embedded(t))
			c.do(l)
			rows, _ := l.visit("--read-only")
			if !c.want.in(rows) {
				t.Errorf("no row is %+v in\n%s", c.want, doctor.ShowRows(rows))
			}
		})
	}
}
