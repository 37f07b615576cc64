package exporter

import (
	"net"
	"net/netip"
	"path"
	"strings"

	"gearctl/commands/internal/cmderr"
	"gearctl/commands/internal/glob"
	"gearctl/wire"
)

// targetPattern is a HOST[:PORT] of --allow-target with * or ?.
type targetPattern struct{ host, port string }

// allow adds the addresses and patterns of --allow-target.
func (f *fleet) allow(list []string) error {
	for _, text := range list {
		if !strings.ContainsAny(text, "*?") {
			addrs, err := wire.ParseServers(text)
			if err != nil || len(addrs) == 0 {
				return cmderr.Usagef("--allow-target %.100q: not HOST, HOST:PORT or a pattern of those", text)
			}
			for _, address := range addrs {
				if f.add(server{address: address, counted: true}, f.plain) {
					f.groups = append(f.groups, targetGroup{[]string{address}, map[string]string{}})
				}
			}
			continue
		}
		p, err := parsePattern(text)
		if err != nil {
			return err
		}
		f.patterns = append(f.patterns, p)
	}
	return nil
}

// parsePattern reads HOST[:PORT], of which the default port is that of Gearman.
func parsePattern(text string) (p targetPattern, err error) {
	p.host, p.port = strings.ToLower(text), wire.DefaultPort
	if host, port, err := net.SplitHostPort(p.host); err == nil {
		p.host, p.port = host, port
	}
	switch _, malformed := path.Match(p.host+p.port, ""); {
	case malformed != nil || strings.ContainsAny(p.host+p.port, "[]/\\@, ") || strings.Trim(p.port, "0123456789*?") != "":
		return p, cmderr.Usagef("--allow-target %.100q: not HOST, HOST:PORT or a pattern of those", text)
	case strings.Trim(p.host, "*?.:") == "":
		return p, cmderr.Usagef("--allow-target %.100q would let every client of the exporter connect to any host", text).
			Hint("name a domain: --allow-target '*.example.org'")
	}
	return p, nil
}

// match reports whether a pattern allows an address that canonical returned.
func (p targetPattern) match(address string) bool {
	host, port, err := net.SplitHostPort(address)
	return err == nil && glob.Match(p.host, host) && glob.Match(p.port, port)
}

// canonical returns an address host:port in the spelling that all of its spellings have, so far as that can be told without
// looking up names.
func canonical(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	host = strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	return net.JoinHostPort(host, port)
}
