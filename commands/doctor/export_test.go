package doctor

import (
	"fmt"
	"strings"

	"gearctl/commands/internal/servertest"
)

// The files of a host on which all is well. SERVER stands for the job server.
var GoodFiles = map[string]string{
	"/etc/icinga/icinga.cfg": `# Icinga 1
cfg_file=/etc/icinga/objects/hosts.cfg
cfg_dir=/etc/icinga/modules
object_cache_file=/var/spool/icinga/objects.cache
lock_file=/var/run/icinga.pid
icinga_user=icinga
icinga_group=icinga
process_performance_data=1
event_broker_options=-1
`,
	"/etc/icinga/objects/hosts.cfg": "define host{\n  host_name web01\n}\n",
	"/etc/icinga/modules/mod_gearman.cfg": `define module{
  module_name     mod_gearman
  module_type     neb
  path            /usr/lib64/mod_gearman/mod_gearman.o
  args            config=/etc/mod_gearman/mod_gearman_neb.conf
}
`,
	"/usr/lib64/mod_gearman/mod_gearman.o": "ELF\x00mod_gearman\x005.2.4\x00",
	"/etc/mod_gearman/mod_gearman_neb.conf": `logfile=/var/log/mod_gearman/mod_gearman_neb.log
server=SERVER
eventhandler=yes
services=yes
hosts=yes
hostgroups=dmz
do_hostchecks=yes
route_eventhandler_like_checks=no
encryption=yes
keyfile=/etc/mod_gearman/secret.key
use_uniq_jobs=on
result_workers=1
perfdata=yes
perfdata_mode=1
`,
	"/etc/mod_gearman/mod_gearman_worker.conf": `logfile=/var/log/mod_gearman/mod_gearman_worker.log
server=SERVER
eventhandler=yes
services=yes
hosts=yes
hostgroups=dmz
encryption=yes
keyfile=/etc/mod_gearman/secret.key
min-worker=5
max-worker=50
`,
	"/etc/mod_gearman/secret.key":                 servertest.Key + "\n",
	"/var/log/mod_gearman/mod_gearman_neb.log":    "",
	"/var/log/mod_gearman/mod_gearman_worker.log": "",
	"/var/spool/icinga/objects.cache": `#       ICINGA OBJECT CACHE FILE
define host {
	host_name	web01
	check_command	ping
	}
define host {
	host_name	fw01
	check_command	ping
	}
define service {
	host_name	web01
	service_description	disk
	check_command	disk
	}
define hostgroup {
	hostgroup_name	dmz
	members	fw01
	}
`,
	"/var/run/icinga.pid":            "4711\n",
	"/proc/4711/comm":                "icinga\n",
	"/proc/4711/maps":                "7f3c5a000000-7f3c5a021000 r-xp 00000000 fd:00 393228                     /usr/lib64/mod_gearman/mod_gearman.o\n",
	"/etc/init.d/icinga":             "#!/bin/sh\n",
	"/etc/init.d/gearmand":           "#!/bin/sh\n",
	"/etc/init.d/mod_gearman_worker": "#!/bin/sh\nUSER=nagios\n",
}

// ShowRows is rows for a failure's text.
func ShowRows(rows []row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s | %s %s | %s | %s | %s\n", r.Check, r.State, r.Severity, r.Object, r.Finding, r.Fix)
	}
	return b.String()
}

const (
	WorkerUnit   = "/lib/systemd/system/mod-gearman-worker.service"
	WorkerScript = "/etc/init.d/mod_gearman_worker"
)

const DoctorFinding = stateFinding

const DoctorAdvisory = stateAdvisory

const DoctorOK = stateOK

type DoctorRow = row

const DoctorUnknown = stateUnknown
