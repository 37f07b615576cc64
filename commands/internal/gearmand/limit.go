package gearmand

import (
	"fmt"
	"path"
	"strconv"

	"gearctl/commands/internal/host"
)

// enoughDescriptors is the limit that RaiseLimit sets.
const enoughDescriptors = 65536

// RaiseLimit is the command that raises the limit of descriptors of a gearmand that runs on a host, and for its next start.
// It needs no restart, which would lose jobs.
func (g Instance) RaiseLimit(t host.Root) string {
	now := fmt.Sprintf("prlimit --pid %s --nofile=%d:", g.Process.PID, enoughDescriptors)
	if hard := g.Process.HardLimit; hard < enoughDescriptors {
		now += strconv.Itoa(enoughDescriptors) // which only root may
	}
	unit := g.Process.Unit
	if unit == "" && g.Files != nil && g.Files.Service.Unit {
		unit = g.Files.Service.Name
	}
	switch {
	case unit != "":
		dir := path.Join("/etc/systemd/system", unit+".service.d")
		return fmt.Sprintf(`mkdir -p %s && printf '[Service]\nLimitNOFILE=%d\n' > %s/limit.conf && systemctl daemon-reload && %s`, dir, enoughDescriptors, dir, now)
	case g.Files != nil && g.Files.Service.Name != "":
		file := path.Join("/etc/default", g.Files.Service.Name)
		if t.Exists("/etc/sysconfig") {
			file = path.Join("/etc/sysconfig", g.Files.Service.Name)
		}
		return fmt.Sprintf("echo 'ulimit -n %d' >> %s && %s", enoughDescriptors, file, now)
	}
	return now
}
