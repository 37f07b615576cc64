package host

import (
	"net"
	"slices"
	"strings"
)

// IsLocal reports whether a server, host:port, is one of the host itself: by its address, its name or /etc/hosts.
func (t Root) IsLocal(server string) bool {
	name, _, err := net.SplitHostPort(server)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback() || ip.IsUnspecified() || t.hasAddr(ip)
	}
	own := strings.TrimSpace(t.Text("/etc/hostname"))
	return name == "localhost" || own != "" && strings.EqualFold(name, own) || t.namesItself(name)
}

// hasAddr reports whether this host has an address; that of another root's is not known.
func (t Root) hasAddr(ip net.IP) bool {
	if t.Dir != "" {
		return false
	}
	addrs, _ := net.InterfaceAddrs()
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.Equal(ip)
	})
}

// namesItself reports whether /etc/hosts has a name at an address of the host.
func (t Root) namesItself(name string) bool {
	for line := range strings.Lines(t.Text("/etc/hosts")) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) < 2 || !slices.ContainsFunc(words[1:], func(w string) bool { return strings.EqualFold(w, name) }) {
			continue
		}
		if ip := net.ParseIP(words[0]); ip != nil && (ip.IsLoopback() || t.hasAddr(ip)) {
			return true
		}
	}
	return false
}
