package cli

import (
	"slices"
	"strings"

	"gearctl/wire"
)

// contextFlags are the flags with which another gearctl reaches servers of the context, a comma separated list: the name of the
// context or of a member if that has those alone.
func (a *ActiveContext) contextFlags(list string) []string {
	servers := strings.Split(list, ",")
	first := a.Server(servers[0])
	if first == nil {
		return nil
	}
	whole, sameTLS := true, true // servers are all of one member; are reached in one way
	for _, s := range a.Servers {
		whole = whole && (s.Context != first.Context || slices.Contains(servers, s.Address))
	}
	for _, address := range servers {
		s := a.Server(address)
		if s == nil {
			return nil
		}
		whole = whole && s.Context == first.Context
		sameTLS = sameTLS && (s.TLS == nil) == (first.TLS == nil) && (s.TLS == nil || *s.TLS == *first.TLS)
	}
	switch {
	case sameSet(servers, a.addresses()):
		return []string{flagContext, a.Name}
	case whole:
		return []string{flagContext, first.Context}
	case sameTLS && first.TLS != nil:
		return append([]string{"-s", list}, tlsFlags(first.TLS)...)
	}
	return []string{"-s", list}
}

// tlsFlags are the flags that mean t.
func tlsFlags(t *wire.TLSFiles) []string {
	flags := []string{"--tls"}
	for _, f := range [][2]string{{"--tls-ca", t.CA}, {"--tls-cert", t.Cert}, {"--tls-key", t.Key}, {"--tls-server-name", t.ServerName}} {
		if f[1] != "" {
			flags = append(flags, f[0]+"="+f[1])
		}
	}
	if t.Insecure {
		flags = append(flags, "--tls-insecure")
	}
	return flags
}
