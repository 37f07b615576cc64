package doctor

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"gearctl/commands/internal/gearmand"
	"gearctl/commands/internal/host"
)

// localGearmands are the gearmands of the inspected host.
type localGearmands struct {
	running []gearmand.Process
	files   []gearmand.Configured
}

// localGearmand is one of them: its process and what the files say of it, each nil if there is none.
type localGearmand struct {
	process *gearmand.Process
	files   *gearmand.Configured
}

// gearmands reads the gearmands of the host, once. Those of containers are among the running ones.
func (d *inspection) gearmands() *localGearmands {
	if d.local == nil {
		d.local = &localGearmands{gearmand.Running(d.root), gearmand.FromFiles(d.root)}
	}
	return d.local
}

// ownGearmands returns those that run on the host itself, not in a container with a network of its own.
func (d *inspection) ownGearmands() (list []*gearmand.Process) {
	own, _ := os.Readlink(d.root.Path("/proc/self/ns/net"))
	running := d.gearmands().running
	for i := range running {
		if p := &running[i]; own == "" || p.Network == "" || p.Network == own {
			list = append(list, p)
		}
	}
	return list
}

// gearmandAt returns the local gearmand that serves a server, empty if the server is another host's.
func (d *inspection) gearmandAt(server string) (g localGearmand) {
	at, ok := d.localAddr(server)
	if !ok {
		return g
	}
	for _, p := range d.ownGearmands() {
		if p.Serves(at) && (g.process == nil || len(g.process.Listening) == 0) {
			g.process = p
		}
	}
	if g.process != nil {
		g.files = d.filesOf(g.process)
		return g
	}
	return localGearmand{files: d.gearmands().onPort(strconv.Itoa(int(at.Port())))}
}

// localAddr returns the address of a server of this host.
func (d *inspection) localAddr(server string) (netip.AddrPort, bool) {
	host, port, _ := net.SplitHostPort(server)
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || !d.isLocal(server) {
		return netip.AddrPort{}, false
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return netip.AddrPortFrom(ip, uint16(number)), true
}

// onPort returns what the files say of the gearmand on a port, nil if they start none there.
func (l *localGearmands) onPort(port string) *gearmand.Configured {
	for i := range l.files {
		if c := &l.files[i]; c.Options.Port() == port {
			return c
		}
	}
	return nil
}

// filesOf returns what the files say of a process: those of its unit, else those of its port.
func (d *inspection) filesOf(p *gearmand.Process) *gearmand.Configured {
	files := d.gearmands().files
	for i := range files {
		if c := &files[i]; p.Unit != "" && (c.Service.Name == p.Unit || strings.HasSuffix(d.root.Resolve(c.Service.Path), "/"+p.Unit+".service")) {
			return c
		}
	}
	if p.Unit != "" {
		return nil
	}
	return d.gearmands().onPort(p.Options.Port())
}

// options returns the options of the process, else those of the files.
func (g localGearmand) options() gearmand.Options {
	switch {
	case g.process != nil:
		return g.process.Options
	case g.files != nil:
		return g.files.Options
	}
	return nil
}

// gearmandCommand is the command that starts or restarts a gearmand.
func (d *inspection) gearmandCommand(verb string, g localGearmand) string {
	switch {
	case g.process != nil && g.process.Unit != "":
		return "systemctl " + verb + " " + g.process.Unit
	case g.files != nil && g.files.Service.Name != "":
		return serviceLine(g.files.Service, verb)
	case g.process != nil && g.files == nil:
		return g.process.RestartCommand()
	}
	return d.serviceCommand(verb, gearmand.Services())
}

// restartAt is the command that restarts the gearmand of a server.
func (d *inspection) restartAt(server string) string {
	if d.isLocal(server) {
		return d.gearmandCommand("restart", d.gearmandAt(server))
	}
	name, _, _ := net.SplitHostPort(server)
	return "ssh " + quoteAll(name) + " systemctl restart " + gearmand.Services()[1]
}

// serviceLine is the command that starts, stops or restarts a service.
func serviceLine(i host.Service, verb string) string {
	if i.Unit {
		return "systemctl " + verb + " " + i.Name
	}
	return "service " + i.Name + " " + verb
}

// isLocal reports whether a server runs on the inspected host.
func (d *inspection) isLocal(server string) bool {
	name, _, err := net.SplitHostPort(server)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback() || ip.IsUnspecified() || d.hasAddr(ip)
	}
	own := strings.TrimSpace(d.root.Text("/etc/hostname"))
	return name == "localhost" || own != "" && strings.EqualFold(name, own) || d.namesItself(name)
}

// hasAddr reports whether this host has an address; that of another root's is not known.
func (d *inspection) hasAddr(ip net.IP) bool {
	if d.root.Dir != "" {
		return false
	}
	addrs, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.Equal(ip)
	})
}

// namesItself reports whether /etc/hosts has a name at an address of the host.
func (d *inspection) namesItself(name string) bool {
	for line := range strings.Lines(d.root.Text("/etc/hosts")) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 || !slices.ContainsFunc(words[1:], func(w string) bool { return strings.EqualFold(w, name) }) {
			continue
		}
		if ip := net.ParseIP(words[0]); ip != nil && (ip.IsLoopback() || d.hasAddr(ip)) {
			return true
		}
	}
	return false
}
