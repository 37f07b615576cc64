package proxy

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"

	"gearctl/commands/internal/roundtrip"
	"gearctl/wire"
	"gearctl/wire/modgearman"
)

// setting is a setting of a route as it is shown, without secrets. Two routes with the same settings are the same.
type setting struct{ name, value string }

func (r *route) settings() []setting {
	c := &r.recoder
	list := []setting{
		{"target", r.to.String()},
		{"sync", fmt.Sprint(r.sync)},
		{"parallel", fmt.Sprint(r.parallel)},
		{"decrypt key", keyNames(c.decrypt)},
		{"encrypt key", "none"},
		{"result queue", cmp.Or(c.resultQueue, "unchanged")},
		{"priority", cmp.Or(c.priority.String(), "by the kind of job")},
	}
	if c.encode {
		list[4].value = roundtrip.KeyName(c.encrypt)
	}
	return list
}

func keyNames(keys []modgearman.Key) string {
	if len(keys) == 0 {
		return "none"
	}
	var names []string
	for _, k := range keys {
		names = append(names, roundtrip.KeyName(k))
	}
	return strings.Join(names, ", ")
}

// changedSettings describes the routes and settings that differ.
func changedSettings(old, next *proxy) (list []string) {
	for _, r := range old.routes {
		if next.routeFrom(r.from.String()) == nil {
			list = append(list, fmt.Sprintf("route removed: %s", r))
		}
	}
	for _, r := range next.routes {
		before := old.routeFrom(r.from.String())
		if before == nil {
			list = append(list, fmt.Sprintf("route added: %s", r))
			continue
		}
		was := before.settings()
		for i, s := range r.settings() {
			if was[i] != s {
				list = append(list, fmt.Sprintf("route %s: %s: %s -> %s", before, s.name, was[i].value, s.value))
			}
		}
	}
	if was, is := old.statusName(), next.statusName(); was != is {
		list = append(list, fmt.Sprintf("status queue: %s -> %s", was, is))
	}
	for _, server := range next.servers() {
		was, is := tlsOf(old.supervisor.Dialer, server), tlsOf(next.supervisor.Dialer, server)
		if slices.Contains(old.servers(), server) && !sameTLS(was, is) {
			list = append(list, fmt.Sprintf("TLS of %s: %s", server, tlsChange(was, is)))
		}
	}
	return list
}

// differs reports whether u is not to run, or not so, with the settings of next.
func (u *unit) differs(next *proxy) bool {
	same := func(servers ...string) bool {
		return !slices.ContainsFunc(servers, func(server string) bool {
			return !sameTLS(tlsOf(u.p.supervisor.Dialer, server), tlsOf(next.supervisor.Dialer, server))
		})
	}
	if u.c == nil {
		return u.p.statusName() != next.statusName() || !same(u.p.status.Server)
	}
	r := u.c.route
	now := next.routeFrom(u.name)
	return now == nil || !slices.Equal(r.settings(), now.settings()) || !same(r.from.Server, r.to.Server)
}

// routeFrom returns the route with a source, or nil.
func (p *proxy) routeFrom(source string) *route {
	for _, r := range p.routes {
		if r.from.String() == source {
			return r
		}
	}
	return nil
}

func (p *proxy) statusName() string {
	if p.status == nil {
		return "none"
	}
	return p.status.String()
}

// tlsOf returns the TLS configuration for a server; nil: none.
func tlsOf(d *wire.Dialer, server string) *tls.Config {
	if c, own := d.ServerTLS[server]; own {
		return c
	}
	return d.TLS
}

// sameTLS compares what a configuration was read from.
func sameTLS(a, b *tls.Config) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ServerName == b.ServerName && a.InsecureSkipVerify == b.InsecureSkipVerify && a.RootCAs.Equal(b.RootCAs) &&
		slices.EqualFunc(a.Certificates, b.Certificates, func(a, b tls.Certificate) bool {
			return slices.EqualFunc(a.Certificate, b.Certificate, bytes.Equal)
		})
}

// tlsChange describes how two configurations that are not the same differ.
func tlsChange(was, is *tls.Config) string {
	switch {
	case was == nil:
		return "off -> on"
	case is == nil:
		return "on -> off"
	}
	return "changed"
}
