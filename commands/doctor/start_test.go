package doctor_test

import (
	"testing"

	"gearctl/commands/doctor"
)

// TestDoctorFollowsTheServices has services that are started with other files than those in the usual places.
func TestDoctorFollowsTheServices(t *testing.T) {
	t.Parallel()
	const other = "/srv/gearman/dmz.conf"
	unit := func(h *host, exec string) {
		h.write(doctor.WorkerUnit, "[Service]\nUser=naemon\nExecStart=/usr/bin/mod_gearman_worker -d "+exec+"\n[Install]\nWantedBy=multi-user.target\n")
	}
	move := func(h *host) {
		h.write(other, "config=/etc/mod-gearman/shared.d\nhosts=yes\nservices=yes\neventhandler=yes\n")
		h.remove("/etc/mod-gearman/worker.conf")
	}
	sysv := func(h *host, script, config string) {
		h.write(doctor.WorkerScript, script)
		h.write("/etc/sysconfig/mod_gearman_worker", config)
		h.write(other, "server=localhost\nhosts=yes\nservices=yes\neventhandler=yes\nhostgroups=dmz\nencryption=yes\nkeyfile=/etc/mod_gearman/secret.key\n")
		h.remove("/etc/mod_gearman/mod_gearman_worker.conf")
	}
	for _, c := range []struct {
		name string
		host func(testing.TB) *host
		do   func(h *host)
		want seen
	}{
		{"ExecStart", newNaemonHost, func(h *host) { move(h); unit(h, "--config="+other) }, seen{"configuration", "ok", other, "match", ""}},
		{"its rights, by the user of a drop-in", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "--config="+other)
			h.write("/etc/systemd/system/mod-gearman-worker.service.d/user.conf", "[Service]\nUser=nobody-we-know\n")
		}, seen{"rights", "unknown", "user nobody-we-know", "is not in /etc/passwd (" + doctor.WorkerUnit + ")", ""}},
		{"a drop-in", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "mv /etc/mod-gearman/worker.conf /etc/mod-gearman/worker.conf.unused")
			h.write("/etc/systemd/system/mod-gearman-worker.service.d/dmz.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/mod_gearman_worker --config="+other+"\n")
		}, seen{"configuration", "ok", other, "match", ""}},
		{"a variable in a file", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "--config=${CONFIG}\nEnvironmentFile=-/etc/default/mod-gearman-worker")
			h.write("/etc/default/mod-gearman-worker", "CONFIG="+other+"\n")
		}, seen{"configuration", "ok", other, "match", ""}},
		{"a file that is not there", newNaemonHost, func(h *host) { unit(h, "--config=/srv/none.conf"); h.remove("/etc/mod-gearman/worker.conf") }, seen{"configuration", "error", "/srv/none.conf", "cannot be read: no such file or directory, and " + doctor.WorkerUnit + " names it", "readable file"}},
		{"one in the usual place that nothing reads", newNaemonHost, func(h *host) {
			move(h)
			unit(h, "--config="+other)
			h.write("/etc/mod-gearman/worker.conf", "config=/etc/mod-gearman/shared.d\nhosts=yes\n")
		}, seen{"configuration", "warning", "/etc/mod-gearman/worker.conf", "no service starts a worker with it", "mv /etc/mod-gearman/worker.conf /etc/mod-gearman/worker.conf.unused"}},
		{"what cannot be told", newNaemonHost, func(h *host) { unit(h, "--config=/etc/%i.conf") }, seen{"configuration", "ok", "/etc/mod-gearman/worker.conf", "match", ""}},
		{"an init script", func(t testing.TB) *host { return newHost(t, "localhost") }, func(h *host) {
			sysv(h, "#!/bin/sh\nUSER=nagios\nCONFIG="+other+"\nCMD=\"w -d --config=$CONFIG\"\n", "")
		}, seen{"configuration", "ok", other, "match", ""}},
		{"an init script and sysconfig", func(t testing.TB) *host { return newHost(t, "localhost") }, func(h *host) {
			sysv(h, "#!/bin/sh\nUSER=nagios\nCONFIG=/etc/none.conf\n. /etc/sysconfig/mod_gearman_worker\nw --config=$CONFIG\n", "CONFIG="+other+"\n")
		}, seen{"rights", "ok", other, "nagios may read it", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := c.host(t)
			c.do(h)
			rows, r := h.visit("--offline")
			onlyFinding(t, rows, c.want)
			if want := codeFor(c.want.state); r.Code != want {
				t.Errorf("code %d, want %d\n%s", r.Code, want, doctor.ShowRows(rows))
			}
		})
	}
}
