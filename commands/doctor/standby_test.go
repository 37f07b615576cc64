package doctor_test

import (
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/commandtest"
	"gearctl/commands/internal/servertest"
)

const statusFile = "/var/spool/icinga/status.dat"

// TestDoctorOnAStandby: a core that executes no checks is reported as one. Its status file counts before its configuration.
func TestDoctorOnAStandby(t *testing.T) {
	t.Parallel()
	config := func(h *host, host, service string) {
		h.edit(icingaCfg, "event_broker", "execute_host_checks="+host+"\nexecute_service_checks="+service+"\nevent_broker")
	}
	running := func(h *host, host, service string) {
		h.edit(icingaCfg, "event_broker", "status_file="+statusFile+"\nevent_broker")
		h.write(statusFile, "info {\n\tversion=1\n\t}\n\nprogramstatus {\n\tactive_service_checks_enabled="+service+"\n\tactive_host_checks_enabled="+host+"\n\t}\n\nhoststatus {\n\tactive_checks_enabled=1\n\t}\n")
	}
	for _, c := range []struct {
		name string
		do   func(h *host)
		want string // empty: nothing is said
	}{
		{"active", func(h *host) { config(h, "1", "1") }, ""},
		{"standby", func(h *host) { config(h, "0", "0") }, "a standby: it executes no checks (" + icingaCfg + ":10: execute_service_checks=0)"},
		{"switched off while it runs", func(h *host) { config(h, "1", "1"); running(h, "0", "0") }, "a standby: it executes no checks (" + statusFile + ": active_service_checks_enabled=0)"},
		{"switched on while it runs", func(h *host) { config(h, "0", "0"); running(h, "1", "1") }, ""},
		{"no host checks", func(h *host) { config(h, "0", "1") }, "executes no host checks (" + icingaCfg + ":9"},
		{"a status file that is not there", func(h *host) {
			config(h, "0", "0")
			h.edit(icingaCfg, "event_broker", "status_file=/none\nevent_broker")
		}, "a standby"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, "localhost:4730")
			c.do(h)
			rows, r := h.visit("--offline")
			said := (seen{"module", "ok", icingaCfg, "execute", ""}).in(rows)
			if c.want != "" && !(seen{"module", "ok", icingaCfg, c.want, ""}).in(rows) || said != (c.want != "") || r.Code != commandtest.ExitOK {
				t.Errorf("code %d, want %q in\n%s", r.Code, c.want, doctor.ShowRows(rows))
			}
		})
	}
}

// TestAStandbyNeedsItsWorkersLater: a queue without workers is an error on the core that sends to it, a warning on a standby.
func TestAStandbyNeedsItsWorkersLater(t *testing.T) {
	t.Parallel()
	for severity, executes := range map[string]string{"error": "1", "warning": "0"} {
		addr := servertest.Embedded(t)
		h := newHost(t, addr)
		h.edit(icingaCfg, "event_broker", "execute_host_checks="+executes+"\nexecute_service_checks="+executes+"\nevent_broker")
		rows, _ := h.visit("--read-only")
		if want := (seen{"queue", severity, "hostgroup_dmz on ", "no worker serves it", "service mod_gearman_worker restart"}); !want.in(rows) {
			t.Errorf("no row is %+v in\n%s", want, doctor.ShowRows(rows))
		}
	}
}

// TestNoJobsWaitMeansIt: the check jobs does not say so while jobs wait in a queue without workers that another check reports.
func TestNoJobsWaitMeansIt(t *testing.T) {
	t.Parallel()
	addr := servertest.Embedded(t)
	l := &lab{newHost(t, addr), addr}
	l.fill("hostgroup_dmz", 3)
	rows, _ := l.visit("--read-only")
	if (seen{"jobs", "ok", addr, "no jobs wait", ""}).in(rows) ||
		!(seen{"jobs", "ok", addr, "only in those that are reported above: hostgroup_dmz", ""}).in(rows) ||
		!(seen{"queue", "error", "hostgroup_dmz on ", "no worker serves it; 3 jobs wait", ""}).in(rows) {
		t.Error(doctor.ShowRows(rows))
	}
}
