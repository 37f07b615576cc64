package doctor_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"gearctl/commands/doctor"
	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/servers"
)

// fixCommands are the programs that a fix may run.
const fixCommands = "systemctl service chkconfig update-rc.d omd apt-get yum sed echo mv mkdir printf chmod chgrp cp gearctl ssh mapfile prlimit tail " +
	"timedatectl sudo getent getfacl gearmand"

// fixVerbs begin the fixes that only a person can carry out.
const fixVerbs = "set write name install update remove restart start submit run do free move give"

var placeholder = regexp.MustCompile(`\b(FILE|QUEUE|NAME|VALUE|PATH|DIR|SERVER)\b`)

// fixFault says what is wrong with the fix of a row, empty if nothing is: there must be one, which is a command line that a
// shell can read, names the server, and has nothing left to fill in, or else one instruction without alternatives.
func fixFault(r doctor.DoctorRow) string {
	first, _, _ := strings.Cut(r.Fix, " ")
	hasWord := func(list string) bool { return slices.Contains(strings.Fields(list), first) }
	switch {
	case r.State == doctor.DoctorOK && r.Fix != "":
		return "an ok row has a fix"
	case r.Fix == "":
		if r.State == doctor.DoctorFinding || r.State == doctor.DoctorAdvisory {
			return "no fix"
		}
		return ""
	case hasWord(fixCommands):
		if placeholder.MatchString(r.Fix) {
			return "something is left to fill in"
		}
		if strings.HasPrefix(r.Fix, "gearctl ") && !strings.HasPrefix(r.Fix, "gearctl config") && !strings.Contains(r.Fix, " -s ") {
			return "the server is not named"
		}
		return shellFault(r.Fix)
	case !hasWord(fixVerbs):
		return "neither a command nor an instruction"
	}
	for _, word := range []string{", or ", "; ", ", then ", ": gearctl", " && "} {
		if strings.Contains(r.Fix, word) {
			return fmt.Sprintf("%q: more than one fix", word)
		}
	}
	return ""
}

var shellFaults sync.Map

// shellFault says what bash does not understand in a command line.
func shellFault(line string) string {
	if fault, known := shellFaults.Load(line); known {
		return fault.(string)
	}
	fault := ""
	if out, err := exec.Command("bash", "-n", "-c", line).CombinedOutput(); err != nil {
		fault = string(out)
	}
	shellFaults.Store(line, fault)
	return fault
}

// stub replaces the programs that change services, packages and groups. It does in $ROOT what they would.
const stub = `#!/bin/bash
start() { # of a core: it runs and has loaded the module
  echo icinga > $ROOT/proc/4711/comm
  [ "$1" = icinga ] && echo "7f00-7f01 r-xp 00000000 fd:00 1 /usr/lib64/mod_gearman/mod_gearman.o" > $ROOT/proc/4711/maps
  return 0
}
case "${0##*/} $*" in
  "chkconfig --add "*) ;;
  "chkconfig "*" on") ln -s ../init.d/$1 $ROOT/etc/rc3.d/S85$1;;
  "update-rc.d "*" defaults") ln -s ../init.d/$1 $ROOT/etc/rc3.d/S85$1;;
  "systemctl enable --now "*) mkdir -p $ROOT/etc/systemd/system/multi-user.target.wants; ln -s /usr/lib/systemd/system/$3.service $ROOT/etc/systemd/system/multi-user.target.wants/$3.service; start $3;;
  "systemctl unmask "*) rm $ROOT/etc/systemd/system/$2.service;;
  "service "*) start $1;;
  "systemctl "*) start $2;;
  "apt-get install gearman-job-server") printf 'Package: gearman-job-server\nStatus: install ok installed\n\n' > $ROOT/var/lib/dpkg/status;;
  "apt-get remove gearman-server") ;;
  "yum install mod_gearman") rm -rf $ROOT/usr/lib64/mod_gearman/mod_gearman.o; mkdir -p $ROOT/usr/lib64/mod_gearman; echo ELF > $ROOT/usr/lib64/mod_gearman/mod_gearman.o;;
  "chgrp icinga "*) sed -i "s/:54321::/:$(id -g)::/" $ROOT/etc/passwd;;
  "chgrp "*) ;;
  *) echo "stub: ${0##*/} $*" >&2; exit 1;;
esac
`

var rootedPath = regexp.MustCompile(`(^|[ ])(/(?:etc|usr|var|srv|lib|opt)/)`)

// typeFix types a fix on the host, with what is not in its root simulated.
func (h *host) typeFix(fix string) error {
	bin := h.t.TempDir()
	for _, name := range strings.Fields("chkconfig update-rc.d systemctl service apt-get yum chgrp") {
		h.must(os.WriteFile(filepath.Join(bin, name), []byte(stub), 0o755))
	}
	parts := strings.Split(fix, "'")
	for i := 0; i < len(parts); i += 2 { // what is not quoted
		parts[i] = rootedPath.ReplaceAllString(parts[i], "${1}"+h.root+"${2}")
	}
	cmd := exec.Command("bash", "-c", strings.Join(parts, "'"))
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "ROOT="+h.root)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// TestOneFixIsDemanded: what fixFault refuses.
func TestOneFixIsDemanded(t *testing.T) {
	t.Parallel()
	for fix, ok := range map[string]bool{
		"": false, "see the docs": false, "restart it, or remove it": false, "restart it; look": false, "start it: gearctl workers": false, "echo 'x": false,
		"gearctl drain --to FILE q": false, "gearctl -s a drain --to FILE q": false, "gearctl workers": false,
		"gearctl -s a workers q": true, "gearctl config show a b": true, "restart gearmand": true, "systemctl restart x && echo 'y'": true,
	} {
		if fault := fixFault(doctor.DoctorRow{State: doctor.DoctorFinding, Fix: fix}); (fault == "") != ok {
			t.Errorf("%q: got %q", fix, fault)
		}
	}
}

// TestTheFaultsOfReleasesHaveOneFix: those of every release.
func TestTheFaultsOfReleasesHaveOneFix(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"0.14", "1.0.6", "1.1.15", "1.1.22", "2.0.0"} {
		for _, f := range gearmand.Faults(servers.ParseVersion(version), gearmand.Options{{Name: "store-queue-on-shutdown"}}) {
			if fault := fixFault(doctor.DoctorRow{State: doctor.DoctorAdvisory, Fix: f.Fix}); fault != "" && f.Option == "" {
				t.Errorf("%s: %s: %s", version, f.Fix, fault)
			}
		}
	}
}
